import { mock } from 'node:test'
import { test } from 'tap'
import type { Completion } from '../../lib/index.js'
import { openShop } from '../support/shop.js'
import { deferred, hangUp, idsOf, isLookup, isToken, ok, outage, payment } from '../support/upstream.js'

test('a clock that is years off, or jumps, changes nothing', async (t) => {
  const shop = await openShop(t)
  t.teardown(() => mock.timers.reset())
  for (const now of [0, Date.UTC(2099, 0, 1), Date.UTC(1990, 0, 1)]) {
    mock.timers.enable({ apis: ['Date'], now })
    t.match((await shop.notify()).json(), { status: 'paid' })
    mock.timers.reset()
  }
  t.equal(shop.upstream.count('POST', /getToken/), 1, 'the token lives on a clock of its own')
})

for (const others of [[], ['imp_2']]) {
  const how = others.length > 0 ? 'looked up with another' : 'looked up alone'
  test(`an outage is never a failed payment, and later it is as if nothing had been: ${how}`, async (t) => {
    const shop = await openShop(t, { budgetMs: 2000, timeoutMs: 1500 }, [payment(), payment({ imp_uid: 'imp_2' })])
    const postAll = () => Promise.all(['imp_1', ...others].map((imp_uid) => shop.post({ imp_uid })))
    for (const script of [
      (...[seen, response]: Parameters<typeof shop.upstream.script>) => idsOf(seen).length > 0 && outage(response),
      (...[, response]: Parameters<typeof shop.upstream.script>) => hangUp(response),
      () => true,
    ]) {
      shop.upstream.script = script
      for (const { statusCode } of await postAll()) t.ok(statusCode >= 503)
    }
    t.strictSame(shop.ran(), [])
    shop.upstream.script = () => undefined
    for (const reply of await postAll()) t.match(reply.json(), { status: 'paid', replayed: false })
  })
}

test('an outage while a refund would be due cancels nothing', async (t) => {
  const shop = await openShop(t, {}, [payment({ amount: 1 })])
  shop.upstream.script = (seen, response) => isToken(seen) && outage(response)
  t.equal((await shop.notify()).statusCode, 503)
  t.strictSame(shop.upstream.cancellations(), [])
})

test('a found payment whose imp_uid is a path is never asked for', async (t) => {
  const shop = await openShop(t, { redirects: { pending: '/checking', fail: '/failed', paid: '/done' } })
  for (const imp_uid of ['../../users/getToken', 'a/b', 'a?b', 'a b', '결제', 'x'.repeat(65)]) {
    shop.upstream.script = (seen, response) => seen.path.includes('/find/') && ok(response, payment({ imp_uid }))
    const before = shop.upstream.seen.length
    t.match((await shop.redirect('?merchant_uid=order_1')).headers.location, /^\/checking/, imp_uid)
    t.ok(shop.upstream.seen.slice(before).every((seen) => isToken(seen) || seen.path.includes('/find/')), imp_uid)
  }
})

test('a found payment of another order completes nothing', async (t) => {
  const shop = await openShop(t, { redirects: { pending: '/checking', fail: '/failed', paid: '/done' } })
  shop.upstream.script = (seen, response) => seen.path.includes('/find/') && ok(response, payment({
    merchant_uid: 'order_2',
  }))
  t.notMatch((await shop.redirect('?merchant_uid=order_2')).headers.location, /^\/done/)
  t.strictSame(shop.ran(), [])
})

test('looking again at an unsettled payment stays within the budget', async (t) => {
  const shop = await openShop(t, { budgetMs: 1400 }, [payment({ status: 'ready', paid_at: 0 })])
  t.match((await shop.post({ imp_uid: 'imp_1' })).json(), { status: 'failed', reason: 'not_paid' })
  t.equal(shop.upstream.lookups(), 3, 'after 250 ms and another 500, and not after another 750')
})

test('an outage while looking again is an error, not a failure', async (t) => {
  const shop = await openShop(t, {}, [payment({ status: 'ready', paid_at: 0 })])
  shop.upstream.script = (seen, response) => isLookup(seen) && shop.upstream.lookups() > 1 && outage(response)
  t.equal((await shop.post({ imp_uid: 'imp_1' })).json().code, 'IAMPORT_UNAVAILABLE')
  t.strictSame(shop.ran(), [])
})

test('a hook that completes its own payment is told that it is busy, and nothing hangs', async (t) => {
  let inner: unknown
  const shop = await openShop(t, {
    budgetMs: 1500,
    onPaid: async () => { inner = await shop.app.iamport.complete('imp_1').catch((error: unknown) => error) }
  })
  t.match((await shop.notify()).json(), { status: 'paid', replayed: false })
  t.match(inner, { code: 'IAMPORT_BUSY' })
})

test('what one caller does to its answer is not seen by another', async (t) => {
  const shop = await openShop(t, { exposeData: true, onPaid: () => ({ list: [1] }) })
  const gate = shop.upstream.hold('GET', /imp_1$/)
  const spoil = async (completing: Promise<Completion>) => {
    const completion = await completing
    const { data } = completion
    t.strictSame(data, { list: [1] })
    Object.assign(completion, { status: 'failed', success: false })
    if (typeof data === 'object' && data !== null) Object.assign(data, { list: 'spoilt' })
    return completion
  }
  const spoilt = [spoil(shop.app.iamport.complete('imp_1')), spoil(shop.app.iamport.complete('imp_1'))]
  const other = shop.notify()
  await gate.arrived
  gate.open()
  await Promise.all(spoilt)
  t.match((await other).json(), { status: 'paid', data: { list: [1] } })
  t.match((await shop.notify()).json(), { status: 'paid', data: { list: [1] } })
})

test('a buyer who hangs up does not stop what has begun', async (t) => {
  const entered = deferred()
  const leave = deferred()
  const done = deferred()
  const shop = await openShop(t, {
    onPaid: async () => {
      entered.resolve()
      await leave.promise
      done.resolve()
    }
  })
  const url = await shop.listen()
  const away = new AbortController()
  const request = fetch(`${url}/payments/complete`, {
    method: 'POST', body: new URLSearchParams({ imp_uid: 'imp_1' }), signal: away.signal,
  }).catch((error: unknown) => error)
  await entered.promise
  away.abort()
  await request
  leave.resolve()
  await done.promise
  t.match((await shop.notify()).json(), { status: 'paid', replayed: true })
})

test('a thousand different payments at once are each completed once', async (t) => {
  const payments = Array.from({ length: 1000 }, (_, index) => payment({
    imp_uid: `imp_${index}`, merchant_uid: `order_${index}`,
  }))
  const shop = await openShop(t, {}, payments)
  const answers = await Promise.all(payments.map(({ imp_uid }) => shop.app.iamport.complete(imp_uid)))
  t.ok(answers.every(({ status, replayed }) => status === 'paid' && !replayed))
  t.equal(shop.calls.length, 1000)
  t.equal(shop.upstream.lookups(), 1000)
  t.equal(shop.upstream.batches().length, 10, 'a hundred in each request')
  t.equal(shop.upstream.count('POST', /getToken/), 1)
})

test('nothing is kept of payments that are done with', async (t) => {
  const shop = await openShop(t)
  for (let i = 0; i < 3; i++) await shop.notify()
  t.equal(shop.upstream.lookups(), 3, 'each news is looked up anew')
  shop.upstream.payments.set('imp_1', payment({ status: 'cancelled', cancel_amount: 14000 }))
  t.match((await shop.notify()).json(), { status: 'cancelled' })
})
