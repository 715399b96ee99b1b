import { test } from 'tap'
import type { IamportOptions } from '../../lib/index.js'
import { openShop, type Shop } from '../support/shop.js'
import { account, deferred, isLookup, payment, refuse } from '../support/upstream.js'

/** The three ways in at once, before the first lookup is answered. */
async function threeAtOnce (shop: Shop) {
  const gate = shop.upstream.hold('GET', /^\/payments\/imp_1$/)
  const replies = [shop.redirect(), shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_1' }), shop.notify()]
  await gate.arrived
  gate.open()
  return Promise.all(replies)
}

test('redirect, browser and webhook in the same millisecond: two lookups, onPaid once, one answer', async (t) => {
  let runs = 0
  const shop = await openShop(t, {
    exposeData: true, redirects: { paid: '/done' }, onPaid: async () => ({ run: ++runs }),
  })
  const [redirect, browser, webhook] = await threeAtOnce(shop)
  t.equal(runs, 1)
  t.equal(redirect?.headers.location, '/done?imp_uid=imp_1&merchant_uid=order_1&status=paid')
  const answer = { status: 'paid', amount: 14000, data: { run: 1 }, replayed: true } // the redirect was the first
  for (const reply of [browser, webhook]) t.match(reply?.json(), answer)
  t.equal(shop.upstream.lookups(), 2, 'a webhook uses only a lookup sent after it arrived')
})

test('redirect and browser share a lookup that shows paid', async (t) => {
  const shop = await openShop(t, { redirects: { paid: '/done' } })
  const gate = shop.upstream.hold('GET', /^\/payments\/imp_1$/)
  const replies = [shop.redirect(), shop.post({ imp_uid: 'imp_1' })]
  await gate.arrived
  gate.open()
  t.strictSame((await Promise.all(replies)).map(({ statusCode }) => statusCode), [302, 200])
  t.equal(shop.upstream.lookups(), 1)
})

test('of many at once exactly one is told that it was the first', async (t) => {
  let runs = 0
  const shop = await openShop(t, { onPaid: async () => { runs++ } })
  const gate = shop.upstream.hold('GET', /imp_1$/)
  const replies = Array.from({ length: 200 }, () => shop.notify())
  await gate.arrived
  gate.open()
  const answers = (await Promise.all(replies)).map((reply) => reply.json())
  t.equal(runs, 1)
  t.equal(answers.filter(({ replayed }) => replayed === false).length, 1)
  t.ok(answers.every(({ status }) => status === 'paid'))
  t.ok(shop.upstream.lookups() <= 2, `${shop.upstream.lookups()} lookups`)
})

test('a failed payment announced three times at once is told once, by at most two lookups', async (t) => {
  const shop = await openShop(t, { redirects: { fail: '/failed' } }, [payment({ status: 'failed' })])
  const [redirect, browser, webhook] = await threeAtOnce(shop)
  t.match(redirect?.headers.location, /reason=payment_failed/)
  t.match([browser?.json().status, webhook?.json().status], ['failed', 'failed'])
  t.strictSame(shop.ran(), ['fail'])
  t.ok(shop.upstream.lookups() <= 2, `${shop.upstream.lookups()} lookups`)
})

test('a paid webhook while an earlier ready is still being looked up ends in onPaid', async (t) => {
  const shop = await openShop(t, {}, [account()])
  const gate = shop.upstream.hold('GET', /imp_1$/)
  const ready = shop.notify()
  await gate.arrived
  shop.upstream.payments.set('imp_1', payment({ pay_method: 'vbank' }))
  const paid = shop.notify()
  await new Promise((resolve) => setImmediate(resolve))
  gate.open()
  t.match((await ready).json(), { status: 'vbank_issued' })
  t.match((await paid).json(), { status: 'paid', replayed: false })
  t.strictSame(shop.ran(), ['vbank', 'paid'])
})

test('a paid webhook while onVbank of an earlier ready still runs waits for it, and ends in onPaid', async (t) => {
  const entered = deferred()
  const leave = deferred()
  const order: string[] = []
  const shop = await openShop(t, {
    onVbank: async () => {
      entered.resolve()
      await leave.promise
      order.push('vbank ended')
    },
    onPaid: () => { order.push('paid began') },
  }, [account()])
  const ready = shop.notify()
  await entered.promise
  shop.upstream.payments.set('imp_1', payment({ pay_method: 'vbank' }))
  const gate = shop.upstream.hold('GET', /imp_1$/)
  const paid = shop.notify()
  await gate.arrived
  gate.open()
  leave.resolve()
  t.match((await ready).json(), { status: 'vbank_issued' })
  t.match((await paid).json(), { status: 'paid' })
  t.strictSame(order, ['vbank ended', 'paid began'])
})

test('a paid webhook while not_paid of an earlier ready is being told ends in onPaid', async (t) => {
  const entered = deferred()
  const leave = deferred()
  const shop = await openShop(t, {
    onFail: async () => {
      entered.resolve()
      await leave.promise
    }
  }, [payment({ status: 'ready', paid_at: 0 })])
  const ready = shop.notify()
  await entered.promise
  shop.upstream.payments.set('imp_1', payment())
  const paid = shop.notify()
  leave.resolve()
  t.match((await ready).json(), { status: 'failed', reason: 'not_paid' })
  t.match((await paid).json(), { status: 'paid', replayed: false })
})

test('a cancellation while onPaid still runs is told after it', async (t) => {
  const entered = deferred()
  const leave = deferred()
  const order: string[] = []
  const shop = await openShop(t, {
    onPaid: async () => {
      entered.resolve()
      await leave.promise
      order.push('paid')
    },
    onCancel: () => { order.push('cancelled') },
  })
  const paid = shop.notify()
  await entered.promise
  shop.upstream.payments.set('imp_1', payment({
    status: 'cancelled', cancel_amount: 14000, cancel_history: [{ amount: 14000, cancellation_id: 'c' }],
  }))
  const cancelled = shop.notify()
  leave.resolve()
  t.match((await paid).json(), { status: 'paid' })
  t.match((await cancelled).json(), { status: 'cancelled', replayed: false })
  t.strictSame(order, ['paid', 'cancelled'])
})

test('one that joined a lookup which fails asks by itself', async (t) => {
  const shop = await openShop(t)
  const gate = shop.upstream.hold('GET', /imp_1$/)
  shop.upstream.script = (seen, response) => isLookup(seen) && shop.upstream.lookups() === 1 && refuse(response, 404)
  const [one, other] = [shop.notify(), shop.notify()]
  await gate.arrived
  gate.open()
  t.equal((await one).statusCode, 404)
  t.equal((await other).statusCode, 200)
})

test('after a hook that threw, those who waited for it run it again, one after the other', async (t) => {
  let runs = 0
  let atOnce = 0
  const shop = await openShop(t, {
    onPaid: async () => {
      runs++
      atOnce++
      await new Promise((resolve) => setImmediate(resolve))
      if (atOnce-- > 1) throw new Error('two at once')
      if (runs < 3) throw new Error('not yet')
    }
  })
  const gate = shop.upstream.hold('GET', /imp_1$/)
  const replies = Array.from({ length: 10 }, () => shop.notify())
  await gate.arrived
  gate.open()
  const statuses = (await Promise.all(replies)).map((reply) => reply.statusCode).sort()
  t.strictSame(statuses, [200, 200, 200, 200, 200, 200, 200, 200, 500, 500])
  t.equal(runs, 3)
})

test('one order mismatch among many at once concerns nobody else', async (t) => {
  const shop = await openShop(t)
  const gate = shop.upstream.hold('GET', /imp_1$/)
  const replies = [
    'order_2', 'order_1', undefined, 'order_3', 'order_1',
  ].map((merchant_uid) => shop.post({ imp_uid: 'imp_1', merchant_uid }))
  await gate.arrived
  gate.open()
  t.strictSame((await Promise.all(replies)).map((reply) => reply.statusCode), [409, 200, 200, 409, 200])
  t.strictSame(shop.ran(), ['paid'])
})

test('a hook that never returns keeps only its own payment busy, and that one not for ever', async (t) => {
  const entered = deferred()
  const options: Partial<IamportOptions> = {
    budgetMs: 1500,
    onPaid: ({ imp_uid }) => {
      if (imp_uid !== 'imp_1') return
      entered.resolve()
      return new Promise(() => {})
    }
  }
  // The endless one would hold the app's end back for as long as it may: this app is never closed.
  const shop = await openShop(t, options, [payment(), payment({ imp_uid: 'imp_2' })], { neverClosed: true })
  shop.notify().catch(() => {})
  await entered.promise
  const busy = await shop.notify()
  t.match(busy.json(), { statusCode: 503, code: 'IAMPORT_BUSY' })
  t.match(busy.headers['retry-after'], /^[1-9]\d*$/)
  t.match((await shop.notify({ imp_uid: 'imp_2' })).json(), { status: 'paid' })
})

test('payments do not wait for each other', async (t) => {
  const leave = deferred()
  const shop = await openShop(t, {
    onPaid: ({ imp_uid }) => imp_uid === 'imp_1' ? leave.promise : undefined,
  }, [payment(), payment({ imp_uid: 'imp_2' })])
  const slow = shop.notify()
  t.match((await shop.notify({ imp_uid: 'imp_2' })).json(), { status: 'paid' })
  leave.resolve()
  t.match((await slow).json(), { status: 'paid' })
})

test('the work of a hook that takes longer than the budget is not cut off', async (t) => {
  const entered = deferred()
  const leave = deferred()
  const shop = await openShop(t, {
    budgetMs: 1500,
    onPaid: async () => {
      entered.resolve()
      await leave.promise
    }
  })
  const slow = shop.notify()
  await entered.promise
  const busy = await shop.notify()
  t.equal(busy.json().code, 'IAMPORT_BUSY')
  leave.resolve()
  t.match((await slow).json(), { status: 'paid', replayed: false })
})
