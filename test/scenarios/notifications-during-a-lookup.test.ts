import { test } from 'tap'
import { openShop } from '../support/shop.js'
import { account, deferred, isCancellation, payment } from '../support/upstream.js'

const gone = () => payment({
  status: 'cancelled', cancel_amount: 14000, cancel_history: [{ amount: 14000, cancellation_id: 'c' }],
})

test('news that come while an earlier lookup is out are looked up anew, whatever they turn out to be', async (t) => {
  for (const [before, after, ran] of [
    [payment({ status: 'ready', paid_at: 0 }), payment({ status: 'failed' }), ['fail', 'fail']],
    [payment({ status: 'failed' }), payment(), ['fail', 'paid']],
    [account(), account({ status: 'cancelled' }), ['vbank', 'cancel']],
    [payment({ status: 'failed' }), gone(), ['fail', 'cancel']],
  ] as const) {
    const shop = await openShop(t, {}, [before])
    const gate = shop.upstream.hold('GET', /imp_1$/)
    const first = shop.notify()
    await gate.arrived
    shop.upstream.payments.set('imp_1', after)
    const second = shop.notify()
    await new Promise((resolve) => setImmediate(resolve))
    gate.open()
    await Promise.all([first, second])
    t.strictSame(shop.ran(), ran)
    t.equal(shop.upstream.lookups(), 2)
  }
})

test('any number of news that wait for a lookup share the next one', async (t) => {
  const shop = await openShop(t, {}, [payment({ status: 'failed' })])
  const gate = shop.upstream.hold('GET', /imp_1$/)
  const replies = Array.from({ length: 20 }, () => shop.notify())
  await gate.arrived
  gate.open()
  await Promise.all(replies)
  t.equal(shop.upstream.lookups(), 2)
  t.strictSame(shop.ran(), ['fail'])
})

test('an amount put right while its refund is under way does not fulfil what is refunded', async (t) => {
  let expected = 1
  const shop = await openShop(t, { getExpectedAmount: () => expected })
  const gate = shop.upstream.hold('POST', /cancel/)
  const first = shop.notify()
  await gate.arrived
  expected = 14000
  const second = shop.notify()
  while (shop.upstream.lookups() < 2) await new Promise((resolve) => setImmediate(resolve))
  gate.open()
  t.match((await first).json(), { status: 'failed', reason: 'amount_mismatch', refunded: true })
  t.match((await second).json(), { success: false })
  t.notOk(shop.ran().includes('paid'), 'nothing is shipped for money that went back')
  t.equal(shop.upstream.seen.filter(isCancellation).length, 1)
  t.match((await shop.notify()).json(), { success: false }, 'the money is gone: it must not end as paid')
})

test('a payment refunded by us is never fulfilled by a lookup from before the refund', async (t) => {
  let expected = 1
  const entered = deferred()
  const leave = deferred()
  const shop = await openShop(t, {
    getExpectedAmount: async () => {
      const answer = expected
      entered.resolve()
      await leave.promise
      return answer
    }
  })
  const first = shop.notify() // will be refunded
  await entered.promise
  const second = shop.notify() // has seen it paid, before the refund
  while (shop.upstream.lookups() < 2) await new Promise((resolve) => setImmediate(resolve))
  expected = 14000
  leave.resolve()
  t.match((await first).json(), { status: 'failed', reason: 'amount_mismatch', refunded: true })
  t.match((await second).json(), { success: false })
  t.notOk(shop.ran().includes('paid'), 'nothing is shipped for money that went back')
})
