import { test } from 'tap'
import { openPortoneShop } from '../support/portone-shop.js'
import {
  cancellation, failed, issued, paid, ready, refusing, timeAgo, withCancellations,
} from '../support/portone-upstream.js'
import { json } from '../support/upstream.js'

const from = new Date(Date.now() - 3600_000)

test('what no notification reported is completed; what the ledger knows costs no lookup', async (t) => {
  const shop = await openPortoneShop(t, {}, [
    paid(),
    paid({ id: 'order_2', transactionId: 'tx_2' }),
    issued({ id: 'order_3', transactionId: 'tx_3' }),
    withCancellations(paid({ id: 'order_4', transactionId: 'tx_4' }), cancellation()),
    withCancellations(paid({ id: 'order_5', transactionId: 'tx_5' }), cancellation({ id: 'c5', totalAmount: 14000 })),
    paid({ id: 'order_6', transactionId: 'tx_6', total: 100 }),
    failed({ id: 'order_7', transactionId: 'tx_7' }),
    ready({ id: 'order_8', transactionId: 'tx_8' }),
  ])
  await shop.notify()
  const before = shop.upstream.lookups()
  t.match(await shop.app.portone.reconcile({ from }), { seen: 6, completed: 3, replayed: 1, failed: 2, errors: [] })
  t.equal(shop.upstream.lookups() - before, 5, 'order_1 was known, and 7 and 8 are not listed')
  t.strictSame(shop.ran().sort(), ['cancel', 'cancel', 'fail', 'paid', 'paid', 'paid', 'vbank'])
  const after = shop.upstream.lookups()
  t.match(await shop.app.portone.reconcile({ from }), { seen: 6, replayed: 6, errors: [] })
  t.equal(shop.upstream.lookups(), after, 'a second one has nothing left to look up')
  t.match(shop.calls.filter(({ hook }) => hook === 'vbank'), [{ context: { source: 'reconcile' } }])
})

test('a cancellation of a known payment is completed, as its onCancel runs', async (t) => {
  const shop = await openPortoneShop(t)
  await shop.notify()
  shop.upstream.payments.set('order_1', withCancellations(paid(), cancellation()))
  t.match(await shop.app.portone.reconcile({ from }), { seen: 1, completed: 1, replayed: 0 })
  t.match(await shop.app.portone.reconcile({ from }), { seen: 1, completed: 0, replayed: 1 })
  t.strictSame(shop.ran(), ['paid', 'cancel'])
})

test('errors name the payment and its order', async (t) => {
  const shop = await openPortoneShop(t, { onPaid () { throw new Error('no stock') } })
  const report = await shop.app.portone.reconcile({ from })
  t.match(report, {
    seen: 0, errors: [{ imp_uid: 'tx_1', merchant_uid: 'order_1', error: { code: 'IAMPORT_HOOK_FAILED' } }],
  })
})

test('a pending refund that was told is known; one under way of somebody else is an error', async (t) => {
  const shop = await openPortoneShop(t, {}, [
    paid({ total: 100 }),
    withCancellations(paid({ id: 'order_2', transactionId: 'tx_2' }),
      cancellation({ status: 'REQUESTED', totalAmount: 14000 })),
  ])
  shop.upstream.cancelsAs = 'REQUESTED'
  await shop.post({ paymentId: 'order_1' })
  t.match(await shop.app.portone.reconcile({ from }), {
    replayed: 1, errors: [{ imp_uid: 'tx_2', error: { code: 'IAMPORT_BUSY' } }],
  })
  shop.upstream.endCancellation('order_1', 'SUCCEEDED')
  shop.upstream.endCancellation('order_2', 'FAILED')
  t.match(await shop.app.portone.reconcile({ from }), { failed: 1, completed: 1, errors: [] })
  t.strictSame(shop.ran().sort(), ['fail', 'fail', 'paid'])
})

test('a list that cannot be read is an error of the reconciliation', async (t) => {
  const shop = await openPortoneShop(t)
  shop.upstream.on('list', refusing(401, 'UNAUTHORIZED'))
  await t.rejects(shop.app.portone.reconcile({ from }), { code: 'IAMPORT_UNAUTHORIZED', report: { seen: 0 } })
})

test('a payment that the lookup does not show as the list does, and that is no success, is an error', async (t) => {
  const second = { transactionId: 'tx_2' }
  const cancelled = withCancellations(paid(second), cancellation({ totalAmount: 14000 }))
  for (const listed of [paid(), withCancellations(paid(), cancellation()), issued()]) {
    for (const shown of [ready(second), failed(second), paid({ ...second, total: 100 }), cancelled]) {
      const shop = await openPortoneShop(t, {}, [shown])
      shop.upstream.on('list', (response) => json(response, { items: [listed] }))
      t.match(await shop.app.portone.reconcile({ from }), {
        seen: 0, errors: [{ imp_uid: 'tx_1', merchant_uid: 'order_1', error: { code: 'IAMPORT_BUSY' } }],
      }, `${listed.status}, ${shown.status}`)
      shop.upstream.payments.set('order_1', listed)
      t.match(await shop.app.portone.reconcile({ from }), { completed: 1, errors: [] })
    }
  }
  for (const shown of [ready(), failed()]) {
    const shop = await openPortoneShop(t, {}, [shown])
    shop.upstream.on('list', (response) => json(response, { items: [paid()] }))
    t.match(await shop.app.portone.reconcile({ from }), { seen: 0, errors: [{ error: { code: 'IAMPORT_BUSY' } }] })
  }
  const shop = await openPortoneShop(t, {}, [paid(second)])
  shop.upstream.on('list', (response) => json(response, { items: [issued()] }))
  t.match(await shop.app.portone.reconcile({ from }), { completed: 1, errors: [] }, 'the order is paid')
})

test('an old mismatch that was told is known', async (t) => {
  const shop = await openPortoneShop(t, {}, [paid({ total: 100, paidAt: timeAgo(7200) })])
  t.match((await shop.notify()).json(), { reason: 'amount_mismatch', refunded: false })
  t.match(await shop.app.portone.reconcile({ from }), { replayed: 1, failed: 0 })
  t.strictSame(shop.upstream.requests('cancel'), [])
})
