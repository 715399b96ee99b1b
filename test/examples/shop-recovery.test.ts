import diagnostics from 'node:diagnostics_channel'
import Database from 'libsql'
import { test, type Test } from 'tap'
import { buildShop } from '../../examples/shop/app.js'
import { createOrders } from '../../examples/shop/orders.js'
import { COMPLETION_CHANNEL, type CompletionEvent } from '../../lib/index.js'
import { createSandbox } from '../../lib/sandbox/index.js'

const MUG = { name: '달항아리 머그컵', price: 14000 }

async function open (t: Test, everyMs?: number) {
  const sandbox = createSandbox()
  await sandbox.listen({ port: 0 })
  const db = new Database(':memory:')
  const reconcile = everyMs === undefined ? undefined : { everyMs, lookbackMs: 3600_000 }
  const shop = await buildShop({ db, iamportUrl: sandbox.url, portone: sandbox.portone, reconcile })
  t.teardown(async () => {
    await shop.close()
    await sandbox.close()
    db.close()
  })
  const complete = (impUid: string) =>
    shop.inject({ method: 'POST', url: '/payments/complete', payload: { imp_uid: impUid } })
  return { shop, sandbox, orders: createOrders(db), complete }
}

/** The next completion of that kind, whichever way it comes. */
function next (t: Test, expected: Pick<CompletionEvent, 'source' | 'status'>): Promise<void> {
  return new Promise((resolve) => {
    const look = (message: unknown) => {
      const { source, status } = message as CompletionEvent
      if (source === expected.source && status === expected.status) resolve()
    }
    diagnostics.subscribe(COMPLETION_CHANNEL, look)
    t.teardown(() => { diagnostics.unsubscribe(COMPLETION_CHANNEL, look) })
  })
}

test('the timer finds a payment that nobody reported, and an account that has expired', async (t) => {
  const { shop, sandbox, orders } = await open(t, 20)
  const paid = next(t, { source: 'reconcile', status: 'paid' })
  const issued = next(t, { source: 'reconcile', status: 'vbank_issued' })
  const cancelled = next(t, { source: 'reconcile', status: 'cancelled' })
  const [card, account] = [orders.open(MUG), orders.open(MUG)]
  await sandbox.pay({ merchant_uid: card, amount: 14000 })
  const { imp_uid } = await sandbox.pay({ merchant_uid: account, amount: 14000, pay_method: 'vbank' })
  await shop.ready()
  await Promise.all([paid, issued])
  t.match(orders.get(card), { state: 'paid', deliveries: 1 })
  t.match(orders.get(account), { state: 'waiting', imp_uid })
  sandbox.expire(imp_uid)
  await cancelled
  t.match(orders.get(account), { state: 'cancelled', note: '입금 기한이 지나 가상계좌를 더 이상 사용할 수 없습니다.' })
})

test('a buyer who pays again while the first approval is pending gets the second payment back', async (t) => {
  const { sandbox, orders, complete } = await open(t)
  const id = orders.open(MUG)
  sandbox.fault({ name: 'late_settlement', times: 1 })
  const first = await sandbox.pay({ merchant_uid: id, amount: 14000 })
  await complete(first.imp_uid)
  t.match(orders.get(id), { state: 'failed' })
  const second = await sandbox.pay({ merchant_uid: id, amount: 14000 })
  await complete(second.imp_uid)
  sandbox.settle(first.imp_uid)
  await complete(first.imp_uid)
  t.match(orders.get(id), { state: 'paid', deliveries: 1, imp_uid: second.imp_uid })
  t.match(sandbox.payments.get(first.imp_uid), { status: 'cancelled', cancel_amount: 14000, cancel_reason: '중복 결제' })
  t.match(sandbox.payments.get(second.imp_uid), { status: 'paid', cancel_amount: 0 })
  await complete(first.imp_uid)
  t.match(orders.get(id), { state: 'paid', imp_uid: second.imp_uid })
})

test('a second payment whose refund gets no answer is refunded at the next notification', async (t) => {
  const { sandbox, orders, complete } = await open(t)
  const id = orders.open(MUG)
  sandbox.fault({ name: 'late_settlement', times: 1 })
  const first = await sandbox.pay({ merchant_uid: id, amount: 14000 })
  await complete((await sandbox.pay({ merchant_uid: id, amount: 14000 })).imp_uid)
  sandbox.settle(first.imp_uid)
  sandbox.fault({ name: 'disconnect', on: 'cancel', times: 1 })
  t.equal((await complete(first.imp_uid)).statusCode, 500)
  t.match(sandbox.payments.get(first.imp_uid), { cancel_amount: 0 })
  t.equal((await complete(first.imp_uid)).statusCode, 200)
  t.match(sandbox.payments.get(first.imp_uid), { cancel_amount: 14000 })
})

test('an order that could not be registered during an outage is not kept', async (t) => {
  const { shop, sandbox, orders } = await open(t)
  sandbox.fault({ name: 'disconnect' })
  t.equal((await shop.inject({ method: 'POST', url: '/orders', payload: { product: 'mug' } })).statusCode, 503)
  t.strictSame(orders.latest(), [])
})

test('a phone that comes back during an outage is not asked to pay again, whatever the order was before', async (t) => {
  const { shop, sandbox, orders, complete } = await open(t)
  const id = orders.open(MUG)
  const account = await sandbox.pay({ merchant_uid: id, amount: 14000, pay_method: 'vbank' })
  await complete(account.imp_uid)
  sandbox.expire(account.imp_uid)
  await complete(account.imp_uid)
  t.match(orders.get(id), { state: 'cancelled' })
  const { imp_uid } = await sandbox.pay({ merchant_uid: id, amount: 14000 })
  sandbox.fault({ name: 'rate_limit', retryAfterSec: 60 })
  const query = `imp_uid=${imp_uid}&merchant_uid=${id}&imp_success=true`
  const { headers } = await shop.inject(`/payments/complete/mobile?${query}`)
  const { body } = await shop.inject(String(headers.location))
  t.match(body, '다시 결제하지 마시고')
  t.notMatch(body, '다시 결제하기')
})

test('orders of an earlier version are kept, and a new sandbox says what it has forgotten', async (t) => {
  const db = new Database(':memory:')
  t.teardown(() => { db.close() })
  db.exec(`create table orders (id text primary key, product text not null, amount integer not null,
    state text not null default 'open', deliveries integer not null default 0, imp_uid text, note text,
    created_at text not null default current_timestamp)`)
  db.exec("insert into orders (id, product, amount, state, deliveries) values ('order_1', '머그컵', 14000, 'paid', 1)")
  const orders = createOrders(db)
  const waiting = orders.open(MUG, { isRegistered: true })
  orders.markWaiting(waiting, 'imp_1', { num: '1' })
  orders.forgetPayments('지워졌습니다')
  t.match(orders.get('order_1'), { state: 'paid', note: null })
  t.match(orders.get(waiting), { state: 'cancelled', note: '지워졌습니다', is_registered: 0 })
})
