import diagnostics from 'node:diagnostics_channel'
import { test, type Test } from 'tap'
import { MANUAL_REFUND_CHANNEL, memoryLedger, type Ledger, type ManualRefundEvent } from '../../lib/index.js'
import { openPortoneShop } from '../support/portone-shop.js'
import { paid, timeAgo } from '../support/portone-upstream.js'
import { openShop } from '../support/shop.js'
import { account, isCancellation, isToken, payment, refuse, secondsAgo } from '../support/upstream.js'

/** What is published from now on. */
function listen (t: Test): unknown[] {
  const events: unknown[] = []
  const note = (event: unknown) => { events.push(event) }
  diagnostics.subscribe(MANUAL_REFUND_CHANNEL, note)
  t.teardown(() => diagnostics.unsubscribe(MANUAL_REFUND_CHANNEL, note))
  return events
}

const old = { amount: 100, paid_at: secondsAgo(3601) }

test('a payment that needs a person is published once, whoever reports it how often', async (t) => {
  const events = listen(t)
  const ledger = memoryLedger()
  const shop = await openShop(t, { ledger }, [payment({ ...old, cancel_amount: 30 })])
  const other = await openShop(t, { ledger }, undefined, { upstream: shop.upstream })
  await Promise.all([shop.notify(), shop.notify(), other.post({ imp_uid: 'imp_1' })])
  await shop.redirect()
  t.equal(shop.failures().length + other.failures().length, 1)
  const [event, ...more] = events
  t.strictSame(more, [])
  t.match(event, {
    provider: 'Iamport',
    imp_uid: 'imp_1',
    merchant_uid: 'order_1',
    reason: 'amount_mismatch',
    why: 'old',
    held: { amount: 70, currency: 'KRW' },
    pay_method: 'card',
    source: /^(webhook|browser)$/,
  } satisfies Record<keyof ManualRefundEvent, unknown>)
})

test('it is published after onFail has run and is recorded, and not while onFail throws', async (t) => {
  const events = listen(t)
  let isBroken = true
  const shop = await openShop(t, {
    onFail () {
      t.strictSame(events, [])
      if (isBroken) throw new Error('no database')
    },
  }, [payment(old)])
  t.equal((await shop.notify()).statusCode, 500)
  isBroken = false
  await shop.notify()
  t.equal(events.length, 1)
})

test('each reason that needs a person is published, and none that does not', async (t) => {
  const events = listen(t)
  const shop = await openShop(t, {
    cancelOnMismatch: true,
    getExpectedAmount: ({ merchant_uid }) => merchant_uid === 'order_1' ? 14000 : null,
  }, [
    payment({ imp_uid: 'imp_paid' }),
    payment({ imp_uid: 'imp_refunded', amount: 100 }),
    payment({ imp_uid: 'imp_foreign', merchant_uid: 'order_2', paid_at: secondsAgo(3601) }),
    payment({ imp_uid: 'imp_test', amount: 100, sandbox: true }),
    payment({ imp_uid: 'imp_failed', status: 'failed' }),
    payment({ imp_uid: 'imp_vbank', amount: 100, pay_method: 'vbank', vbank_num: '1' }),
    payment({ imp_uid: 'imp_dollars', currency: 'USD', paid_at: secondsAgo(3601) }),
  ])
  for (const imp_uid of shop.upstream.payments.keys()) await shop.notify({ imp_uid })
  t.match(events, [
    { imp_uid: 'imp_vbank', pay_method: 'vbank', why: 'virtual_account' },
    { imp_uid: 'imp_dollars', reason: 'currency_mismatch', why: 'old' },
  ])
  t.equal(events.length, 2)
})

test('a revocation and a refund that are refused are published; the account holds nothing yet', async (t) => {
  const events = listen(t)
  const shop = await openShop(t, {}, [account({ amount: 100 }), payment({ imp_uid: 'imp_2', amount: 100 })])
  shop.upstream.script = (seen, response) => seen.method !== 'GET' && !isToken(seen) && refuse(response, 200, 'no', 1)
  await Promise.all([shop.notify(), shop.notify({ imp_uid: 'imp_2' })])
  t.equal(shop.upstream.seen.filter(isCancellation).length, 1)
  const held = (id: string) => events.filter((event) => typeof event === 'object' && event && 'imp_uid' in event &&
    event.imp_uid === id)
  t.match(held('imp_1'), [{ held: { amount: 0 }, why: 'refused' }])
  t.match(held('imp_2'), [{ held: { amount: 100 }, why: 'refused' }])
  shop.upstream.payments.set('imp_1', payment({ amount: 100, pay_method: 'vbank', vbank_num: '100-200-300' }))
  await shop.notify()
  t.match(held('imp_1'), [{ why: 'refused' }, { held: { amount: 100 }, why: 'virtual_account' }],
    'its deposit is another event')
})

test('of a payment that may have been delivered it says so', async (t) => {
  const events = listen(t)
  const memory = memoryLedger()
  const abandoning: Ledger = {
    ...memory, once: (key, work) => memory.once(key, (tx) => work(tx, key === 'imp_1:paid' ? 'abandoned' : false)),
  }
  const shop = await openShop(t, { ledger: abandoning }, [payment({ amount: 100 })])
  await shop.notify()
  t.match(events, [{ imp_uid: 'imp_1', why: 'maybe_delivered' }])
})

test('of V2 it names the order, and comes when a pending refund has failed, not before', async (t) => {
  const events = listen(t)
  const shop = await openPortoneShop(t, {}, [paid({ total: 100 }), paid({
    id: 'order_2', transactionId: 'tx_2', total: 100, paidAt: timeAgo(3601),
  })])
  shop.upstream.cancelsAs = 'REQUESTED'
  for (const paymentId of ['order_1', 'order_2']) await shop.post({ paymentId })
  t.match(events, [{ provider: 'PortOne', imp_uid: 'tx_2', merchant_uid: 'order_2', held: { amount: 100 } }])
  t.equal(events.length, 1)
  shop.upstream.endCancellation('order_1', 'FAILED')
  await shop.post({ paymentId: 'order_1' })
  t.match(events[1], { imp_uid: 'tx_1', reason: 'amount_mismatch', why: 'refused' })
})
