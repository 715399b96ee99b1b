import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import tap, { test, type Test } from 'tap'
import iamport, { postgresLedger } from '../../lib/index.js'
import portone from '../../lib/portone/index.js'
import { WEBHOOK_SECRET } from '../support/portone-shop.js'
import { cancellation, createPortone, paid, STORE_ID, withCancellations } from '../support/portone-upstream.js'
import { openPostgres } from '../support/postgres.js'
import { createUpstream, payment, secondsAgo } from '../support/upstream.js'

const postgres = await openPostgres()
tap.teardown(() => postgres.remove())

const fencesOf = (file: string, language: string) => [
  ...readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8')
    .matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs')),
].map(([, code = '']) => code)
const AsyncFunction: FunctionConstructor = Object.getPrototypeOf(async () => {}).constructor

/** The page's own code, on scripted providers and a fresh schema of the database. */
async function openMovingShop (t: Test, file: string) {
  const [v1, v2] = [await createUpstream([payment()]), await createPortone([paid({ id: 'attempt_1' })])]
  const schema = `of_${randomUUID().replaceAll('-', '')}`
  const options = `-c search_path=${schema}`
  class Pool extends pg.Pool {
    constructor () { super({ connectionString: postgres.url, options }) }
  }
  const pool = new Pool()
  await pool.query(`create schema ${schema}`)
  await pool.query("create table orders (id text primary key, amount integer, state text default 'waiting')")
  await pool.query(fencesOf(file, 'sql')[0] ?? '')
  await pool.query("insert into orders values ('order_1', 14000); insert into attempts values ('attempt_1', 'order_1')")

  const app = Fastify()
  const pools: pg.Pool[] = [pool]
  const here = {
    pg: { Pool: class extends Pool { constructor () { super(); pools.push(this) } } },
    postgresLedger,
    iamport,
    portone,
    process: {
      env: {
        IMP_KEY: 'key',
        IMP_SECRET: 'secret',
        PORTONE_API_SECRET: v2.secret,
        PORTONE_STORE_ID: STORE_ID,
        PORTONE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      },
    },
    app: {
      log: app.log,
      register: (plugin: FastifyPluginAsync<{ baseUrl: string }>, given: object) =>
        app.register(plugin, { ...given, baseUrl: Object.is(plugin, iamport) ? v1.url : v2.url }),
    },
  }
  t.teardown(async () => {
    await app.close()
    await Promise.all([v1.close(), v2.close(), ...pools.map((one) => one.end())])
  })
  const [code = ''] = fencesOf(file, 'js')
  await AsyncFunction(...Object.keys(here), code.replaceAll(/^import .*$/gm, ''))(...Object.values(here))
  const rows = async (sql: string) => (await pool.query(sql)).rows
  return { app, v1, v2, orders: () => rows('select * from orders'), due: () => rows('select * from refunds_due') }
}

const completeV1 = (app: FastifyInstance) => app.iamport.complete('imp_1')
const completeV2 = (app: FastifyInstance) => app.portone.complete('attempt_1')

for (const file of ['moving-to-v2.md', 'moving-to-v2.ko.md']) {
  test(`docs/${file}: an order paid on both is fulfilled once, and the second payment is named`, async (t) => {
    const shop = await openMovingShop(t, file)
    const both = await Promise.all([completeV1(shop.app), completeV2(shop.app)])
    t.match(both, [{ status: 'paid' }, { status: 'paid' }])
    const [order] = await shop.orders()
    const [due, ...others] = await shop.due()
    t.match(order, { state: 'paid' })
    t.strictSame(others, [])
    t.strictSame(new Set([order.paid_by, due.imp_uid]), new Set(['imp_1', 'tx_1']))
    t.match(due, due.api === 'v1' ? { merchant_uid: 'order_1' } : { merchant_uid: 'attempt_1' })
    t.match(due, { amount: '14000', currency: 'KRW', refunded_at: null })
  })

  test(`docs/${file}: a refund of the second payment leaves the order alone`, async (t) => {
    const shop = await openMovingShop(t, file)
    await completeV2(shop.app)
    await completeV1(shop.app)
    t.match(await shop.due(), [{ api: 'v1', imp_uid: 'imp_1' }])
    const refunded = { status: 'cancelled', cancel_amount: 14000, cancelled_at: secondsAgo(1) }
    shop.v1.payments.set('imp_1', payment(refunded))
    t.match(await completeV1(shop.app), { status: 'cancelled' })
    t.match(await shop.orders(), [{ state: 'paid', paid_by: 'tx_1' }])
    const all = cancellation({ totalAmount: 14000 })
    shop.v2.payments.set('attempt_1', withCancellations(paid({ id: 'attempt_1' }), all))
    t.match(await completeV2(shop.app), { status: 'cancelled' })
    t.match(await shop.orders(), [{ state: 'cancelled', paid_by: 'tx_1' }])
  })
}
