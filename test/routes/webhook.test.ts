import { test } from 'tap'
import { openShop } from '../support/shop.js'
import { account, hangUp, html, isLookup, outage, payment, refuse, type Script } from '../support/upstream.js'

test('JSON and form are read alike, and answered with exactly 200', async (t) => {
  const shop = await openShop(t)
  const json = await shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_1', status: 'paid' }, '/payments/webhook')
  const form = await shop.form('imp_uid=imp_1&merchant_uid=order_1&status=paid', '/payments/webhook')
  t.strictSame([json.statusCode, form.statusCode], [200, 200])
  t.match(json.json(), { success: true, status: 'paid', replayed: false })
  t.match(form.json(), { success: true, status: 'paid', replayed: true })
  t.match(shop.calls, [{ hook: 'paid', context: { source: 'webhook', request: { body: { status: 'paid' } } } }])
})

test('nothing but imp_uid is read: what else it says is not believed, and makes no error', async (t) => {
  const shop = await openShop(t)
  for (const more of [
    { merchant_uid: 'order_2' }, { merchant_uid: null }, { merchant_uid: 7 }, { merchant_uid: {} },
    { merchant_uid: ['a'] },
    { status: 'cancelled' }, { status: 'exploded' }, { status: 7 }, { cancellation_id: {} }, { new_field: [[]] },
    { amount: 1 },
  ]) {
    const reply = await shop.notify({ imp_uid: 'imp_1', ...more })
    t.equal(reply.statusCode, 200, JSON.stringify(more))
    t.match(reply.json(), { status: 'paid', merchant_uid: 'order_1' })
  }
  t.strictSame(shop.ran(), ['paid'])
})

test('a forged "paid" of an unpaid payment fulfils nothing', async (t) => {
  const shop = await openShop(t, {}, [payment({ status: 'ready', paid_at: 0 })])
  t.match((await shop.notify({
    imp_uid: 'imp_1', merchant_uid: 'order_1', status: 'paid',
  })).json(), { status: 'failed', reason: 'not_paid' })
  t.equal(shop.upstream.lookups(), 1, 'only a buyer who waits is looked at again')
  t.strictSame(shop.ran(), ['fail'])
})

test('everything decided or ignored is 200', async (t) => {
  const payments = [
    account({ imp_uid: 'issued' }), payment({ imp_uid: 'failed', status: 'failed' }),
    payment({ imp_uid: 'cancelled', status: 'cancelled', cancel_amount: 14000 }),
    payment({ imp_uid: 'ignored', customer_uid_usage: 'issue', amount: 0 }),
    payment({ imp_uid: 'test', sandbox: true }), payment({ imp_uid: 'wrong', amount: 1 }),
    payment({ imp_uid: 'foreign', merchant_uid: 'other' }),
  ]
  const shop = await openShop(t, {
    getExpectedAmount: ({ merchant_uid }) => merchant_uid === 'other' ? null : 14000,
  }, payments)
  for (const { imp_uid } of payments) t.equal((await shop.notify({ imp_uid })).statusCode, 200, imp_uid)
})

test('what no resending can mend is 4xx', async (t) => {
  const shop = await openShop(t)
  t.equal((await shop.notify({ imp_uid: 'imp_9' })).statusCode, 404)
  t.equal((await shop.notify({ imp_uid: null })).statusCode, 400)
  t.equal((await shop.notify({ imp_uid: '../x' })).statusCode, 400)
  t.equal((await shop.notify({ merchant_uid: 'order_1' })).statusCode, 400)
})

for (const [what, script, statusCode, code] of [
  ['an outage', (seen, response) => isLookup(seen) && outage(response, 500), 503, 'IAMPORT_UNAVAILABLE'],
  ['a lost connection', (seen, response) => isLookup(seen) && hangUp(response), 503, 'IAMPORT_UNAVAILABLE'],
  ['silence', (seen) => isLookup(seen), 504, 'IAMPORT_TIMEOUT'],
  ['a page', (seen, response) => isLookup(seen) && html(response, 200), 502, 'IAMPORT_BAD_GATEWAY'],
  ['a refused key', (_, response) => refuse(response, 401), 502, 'IAMPORT_UNAUTHORIZED'],
] as [string, Script, number, string][]) {
  test(`${what} is ${statusCode}, so that it is sent again, and then decided`, async (t) => {
    const shop = await openShop(t, what === 'silence' ? { budgetMs: 500, timeoutMs: 250 } : {})
    shop.upstream.script = script
    const reply = await shop.notify()
    t.equal(reply.statusCode, statusCode)
    t.match(reply.json(), { statusCode, code, error: String, message: String })
    t.equal('retry-after' in reply.headers, statusCode > 502)
    t.strictSame(shop.ran(), [])
    shop.upstream.script = () => undefined
    t.match((await shop.notify()).json(), { status: 'paid', replayed: false })
  })
}

test('a hook that throws is 500, so that it is sent again, and then runs again', async (t) => {
  let broken = true
  const shop = await openShop(t, {
    exposeData: true,
    onPaid: () => {
      if (broken) throw new Error('the database is away')
      return { shipped: true }
    }
  })
  const reply = await shop.notify()
  t.match(reply.json(), { statusCode: 500, code: 'IAMPORT_HOOK_FAILED' })
  t.notMatch(reply.payload, 'database')
  broken = false
  t.match((await shop.notify()).json(), { status: 'paid', replayed: false, data: { shipped: true } })
  t.match((await shop.notify()).json(), { status: 'paid', replayed: true, data: { shipped: true } })
})

test('the provider\'s answer comes within the budget, whatever its tries', async (t) => {
  const shop = await openShop(t, { budgetMs: 1500, timeoutMs: 1500 })
  shop.upstream.script = isLookup
  t.equal((await shop.notify()).statusCode, 504)
  t.equal(shop.upstream.lookups(), 1, 'a second try would have come later')
})
