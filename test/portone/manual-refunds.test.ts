import { test } from 'tap'
import { memoryLedger } from '../../lib/index.js'
import { openPortoneShop, type PortoneShop } from '../support/portone-shop.js'
import {
  cancellation, failed, hangUp, issued, paid, pending, refusing, timeAgo, withCancellations, type Changes,
} from '../support/portone-upstream.js'

const wrong = (changes: Changes = {}) => paid({ total: 100, ...changes })
const old = (changes: Changes = {}) => wrong({ paidAt: timeAgo(3601), ...changes })
const page = { paymentId: 'order_1' }

async function collect ({ app }: PortoneShop) {
  const collected = []
  for await (const item of app.portone.manualRefunds({ from: new Date(Date.now() - 3600_000) })) collected.push(item)
  return collected
}

test('what is held is in the major unit, and what refunds it is V2\'s own, in the minor unit', async (t) => {
  const shop = await openPortoneShop(t, { getExpectedAmount: () => ({ amount: 7, currency: 'USD' }) }, [
    withCancellations(old({ total: 650, currency: 'USD' }), cancellation({ totalAmount: 30 })),
  ])
  const [item, ...more] = await collect(shop)
  t.strictSame(more, [])
  t.match(item, {
    payment: { imp_uid: 'tx_1', merchant_uid: 'order_1', amount: 6.5, portone: { amount: { total: 650 } } },
    reason: 'amount_mismatch',
    why: 'old',
    held: { amount: 6.2, currency: 'USD' },
    reported: false,
  })
  t.strictSame(item?.cancellation, {
    paymentId: 'order_1', reason: 'fastify-iamport: amount_mismatch', currentCancellableAmount: 620,
  })
  if (item) await shop.app.portone.cancelPayment(item.cancellation)
  t.strictSame(await collect(shop), [])
  t.strictSame(shop.ran(), [])
  t.match((await shop.post(page)).json(), { status: 'failed', reason: 'amount_mismatch', refunded: true })
})

test('a refund that is pending is not a person\'s; one that has failed since is', async (t) => {
  const shop = await openPortoneShop(t, { ledger: memoryLedger() }, [wrong()])
  shop.upstream.cancelsAs = 'REQUESTED'
  t.match((await shop.post(page)).json(), { refund_pending: true })
  t.strictSame(await collect(shop), [])
  shop.upstream.endCancellation('order_1', 'FAILED')
  t.match(await collect(shop), [{ why: 'refused', reported: false }], 'before any notification of it')
  t.match((await shop.post(page)).json(), { refunded: false })
  t.match(await collect(shop), [{ why: 'refused', reported: true }])
  shop.upstream.cancelsAs = 'SUCCEEDED'
  t.match((await shop.post(page)).json(), { refunded: true })
  shop.upstream.payments.set('order_1', wrong())
  t.strictSame(await collect(shop), [], 'an answer from before the refund')
})

test('once the closing of an account was refused, its deposit is a person\'s, whatever method is shown', async (t) => {
  const shop = await openPortoneShop(t, {}, [issued({ total: 100 })])
  shop.upstream.on('close', refusing(409, 'PAYMENT_NOT_WAITING_FOR_DEPOSIT'))
  t.match((await shop.post(page)).json(), { refunded: false })
  shop.upstream.payments.set('order_1', wrong({ method: undefined }))
  t.match(await collect(shop), [{ why: 'refused', reported: false }])
})

test('a pending refund that is not listed any more has failed', async (t) => {
  const shop = await openPortoneShop(t, {}, [wrong()])
  shop.upstream.cancelsAs = 'REQUESTED'
  await shop.post(page)
  shop.upstream.payments.set('order_1', wrong())
  t.match(await collect(shop), [{ why: 'refused', reported: false }])
})

test('a cancellation of the console that is under way is nobody\'s any more, unless it leaves a part', async (t) => {
  const open = (totalAmount: number) => cancellation({ status: 'REQUESTED', totalAmount })
  const shop = await openPortoneShop(t, {}, [
    withCancellations(old({ id: 'all', transactionId: 'tx_all' }), open(100)),
    withCancellations(old({ id: 'part', transactionId: 'tx_part' }), open(40)),
  ])
  t.match((await collect(shop)).map(({ payment, held }) => [payment.imp_uid, held.amount]), [['tx_part', 100]])
})

test('accounts, payments that wait for approval, failed ones, and what matches are not found', async (t) => {
  const shop = await openPortoneShop(t, {}, [
    issued({ total: 100 }),
    pending({ id: 'order_2', transactionId: 'tx_2', total: 100 }),
    failed({ id: 'order_3', transactionId: 'tx_3', total: 100 }),
    paid({ id: 'order_4', transactionId: 'tx_4', paidAt: timeAgo(7200) }),
  ])
  t.strictSame(await collect(shop), [])
})

test('a deposit into an account whose closing had begun is a person\'s, if it is known to be one', async (t) => {
  const shop = await openPortoneShop(t, {}, [issued({ total: 100 })])
  shop.upstream.once('close', hangUp)
  t.equal((await shop.post(page)).statusCode, 503)
  shop.upstream.payments.set('order_1', wrong({ method: { type: 'PaymentMethodVirtualAccount', accountNumber: '1' } }))
  t.match(await collect(shop), [{ why: 'virtual_account', reported: false }])
  shop.upstream.payments.set('order_1', wrong({ method: undefined }))
  t.strictSame(await collect(shop), [], 'without a method the plugin tries to refund it')
})

test('a deposit into an account that we had closed is a person\'s', async (t) => {
  const shop = await openPortoneShop(t, {}, [issued({ total: 100 })])
  t.match((await shop.post(page)).json(), { refunded: true })
  shop.upstream.payments.set('order_1', wrong({ method: issued().method }))
  t.match(await collect(shop), [{ why: 'virtual_account', reported: false }])
})

test('money from an unknown channel, and an attempt that is out of sight, are errors at the end', async (t) => {
  const shop = await openPortoneShop(t, {}, [
    paid({ id: 'order_1', transactionId: 'tx_1', channel: undefined, statusChangedAt: timeAgo(60) }),
    old({ id: 'order_2', transactionId: 'tx_2', statusChangedAt: timeAgo(50) }),
  ])
  shop.upstream.once('lookup', () => {
    shop.upstream.payments.set('order_2', failed({ id: 'order_2', transactionId: 'tx_3' }))
    return false
  }, 'order_2')
  await t.rejects(collect(shop), {
    name: 'ManualRefundsError',
    code: 'IAMPORT_BAD_GATEWAY',
    errors: [
      { imp_uid: 'tx_1', merchant_uid: 'order_1', error: { message: /neither a live nor a test channel/ } },
      { imp_uid: 'tx_2', merchant_uid: 'order_2', error: { code: 'IAMPORT_BUSY' } },
    ],
  })
})

test('a delivered payment is none, even if its channel is not shown any more', async (t) => {
  const shop = await openPortoneShop(t, {}, [paid()])
  t.match((await shop.post(page)).json(), { status: 'paid' })
  shop.upstream.payments.set('order_1', paid({ channel: undefined }))
  t.strictSame(await collect(shop), [])
})
