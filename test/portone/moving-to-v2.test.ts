import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import tap, { test, type Test } from 'tap'
import { build } from '../../examples/moving/app.js'
import { refundTwicePaid } from '../../examples/moving/refund-twice-paid.js'
import { createSandbox } from '../../lib/sandbox/index.js'
import { openPostgres } from '../support/postgres.js'

const postgres = await openPostgres()
tap.teardown(() => postgres.remove())

const sql = (file: string) => readFileSync(new URL(`../../examples/moving/${file}`, import.meta.url), 'utf8')

/** The example, in a schema of its own and on the sandbox, with an order and an attempt to pay it on V2. */
async function openMovingShop (t: Test) {
  const sandbox = createSandbox()
  const url = await sandbox.listen({ port: 0 })
  const schema = `of_${randomUUID().replaceAll('-', '')}`
  const databaseUrl = `${postgres.url}?options=-c%20search_path%3D${schema}`
  const pool = new pg.Pool({ connectionString: databaseUrl })
  pool.on('error', () => {}) // its connections may end after the server
  await pool.query(`create schema ${schema}`)
  await pool.query(sql('orders.sql'))
  await pool.query(sql('move.sql'))
  await pool.query("insert into orders values ('order_1', 14000)")
  const { baseUrl, apiSecret, storeId, webhookSecret } = sandbox.portone
  const app = await build({
    databaseUrl,
    v1: { impKey: 'imp_key', impSecret: 'imp_secret', baseUrl: url },
    v2: { baseUrl, apiSecret, storeId, webhookSecret },
    logger: false,
  })
  t.teardown(async () => {
    await app.close()
    await sandbox.close()
    await pool.end()
  })
  const paymentId: string = (await app.inject({ method: 'POST', url: '/orders/order_1/attempts' })).json().paymentId
  const rows = async (statement: string) => (await pool.query(statement)).rows
  return {
    app,
    sandbox,
    paymentId,
    v1: await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 }),
    v2: await sandbox.payV2({ paymentId, totalAmount: 14000 }),
    paidBeforeMove: () => pool.query("update orders set state = 'paid'"),
    orders: () => rows('select state, paid_by from orders'),
    due: () => rows('select * from refunds_due'),
  }
}

test('an order paid on both is fulfilled once, and the second payment is named', async (t) => {
  const { app, v1, v2, paymentId, ...shop } = await openMovingShop(t)
  const both = await Promise.all([app.iamport.complete(v1.imp_uid), app.portone.complete(paymentId)])
  t.match(both, [{ status: 'paid' }, { status: 'paid' }])
  const [order] = await shop.orders()
  const [due, ...others] = await shop.due()
  t.match(order, { state: 'paid' })
  t.strictSame(others, [])
  t.strictSame(new Set([order.paid_by, due.imp_uid]), new Set([v1.imp_uid, v2.txId]))
  t.match(due, { merchant_uid: due.api === 'v1' ? 'order_1' : paymentId })
  t.match(due, { amount: '14000', currency: 'KRW', refunded_at: null })
})

for (const first of ['v1', 'v2'] as const) {
  test(`the refund of a second payment leaves an order alone that ${first} has paid`, async (t) => {
    const { app, sandbox, v1, v2, paymentId, ...shop } = await openMovingShop(t)
    const complete = { v1: () => app.iamport.complete(v1.imp_uid), v2: () => app.portone.complete(paymentId) }
    const second = first === 'v1' ? 'v2' : 'v1'
    const paidBy = { v1: v1.imp_uid, v2: v2.txId }[first]
    await complete[first]()
    await complete[second]()
    const [due] = await shop.due()
    t.match(due, { api: second })
    t.ok(await refundTwicePaid(app, due))
    t.match(await complete[second](), { status: 'cancelled' })
    t.strictSame(await shop.orders(), [{ state: 'paid', paid_by: paidBy }])

    if (first === 'v1') sandbox.cancel(v1.imp_uid)
    else sandbox.v2.cancel(paymentId)
    t.match(await complete[first](), { status: 'cancelled' })
    t.strictSame(await shop.orders(), [{ state: 'cancelled', paid_by: paidBy }])
  })
}

test('an order that V1 paid before the move is not named when its payment is completed again', async (t) => {
  const { app, v1, ...shop } = await openMovingShop(t)
  await shop.paidBeforeMove()
  t.match(await app.iamport.complete(v1.imp_uid), { status: 'paid' })
  t.strictSame(await shop.due(), [])
  t.strictSame(await shop.orders(), [{ state: 'paid', paid_by: null }])
})

test('the cancellation of a payment from before the move reaches its order', async (t) => {
  const { app, sandbox, v1, ...shop } = await openMovingShop(t)
  await shop.paidBeforeMove()
  sandbox.cancel(v1.imp_uid)
  t.match(await app.iamport.complete(v1.imp_uid), { status: 'cancelled' })
  t.strictSame(await shop.orders(), [{ state: 'cancelled', paid_by: null }])
})

test('an order that V1 paid before the move and V2 after it: the second payment is named and refunded', async (t) => {
  const { app, v2, paymentId, ...shop } = await openMovingShop(t)
  await shop.paidBeforeMove()
  await app.portone.complete(paymentId)
  const [due, ...others] = await shop.due()
  t.match(due, { imp_uid: v2.txId, api: 'v2' })
  t.strictSame(others, [])
  t.ok(await refundTwicePaid(app, due))
  t.match(await app.portone.complete(paymentId), { status: 'cancelled' })
  t.strictSame(await shop.orders(), [{ state: 'paid', paid_by: null }])
})

test('a refund of V1 that is carried out later is not taken for one that is done', async (t) => {
  const { app, v1 } = await openMovingShop(t)
  const payment = await app.iamport.getPayment(v1.imp_uid)
  app.iamport.cancelPayment = async () => payment // as PayPal's
  t.equal(await refundTwicePaid(app, { api: 'v1', imp_uid: v1.imp_uid, merchant_uid: 'order_1', amount: 14000 }), false)
})

test('no attempt begins for an order that is paid, or that is not there', async (t) => {
  const { app, paymentId } = await openMovingShop(t)
  await app.portone.complete(paymentId)
  for (const id of ['order_1', 'order_2']) {
    t.equal((await app.inject({ method: 'POST', url: `/orders/${id}/attempts` })).statusCode, 404)
  }
})
