import type pg from 'pg'
import { test } from 'tap'
import { postgresLedger, sqlLedger, type IamportOptions, type Payment, type StoredLedger } from '../../../lib/index.js'
import { hold } from '../../../lib/ledger/contract/case.js'
import { glueOf } from '../../support/postgres.js'
import { openShop } from '../../support/shop.js'
import { payment } from '../../support/upstream.js'
import { openShopDatabase } from '../postgres-shop.js'

// A hook that waits for a connection while its own is held would wait for workMs, and fail.
const settings = { waitMs: 3000, workMs: 3000 }

const { postgres, admin, timesPaid } = await openShopDatabase()
for (const table of ['one', 'two']) await postgresLedger(admin, { table }).migrate()

let keys = 0
/** Ten payments and their orders. */
async function placeOrders (): Promise<Payment[]> {
  const payments = Array.from({ length: 10 }, () => {
    keys++
    return payment({ imp_uid: `imp_${keys}`, merchant_uid: `order_${keys}` })
  })
  for (const { merchant_uid: order } of payments) await admin.query('insert into orders (id) values ($1)', [order])
  return payments
}
const allTimesPaid = (payments: Payment[]) =>
  Promise.all(payments.map(({ merchant_uid: order }) => timesPaid(order)))

/** Hooks that query the pool, and not `tx`. */
const hooksOnPool = (pool: pg.Pool): Pick<IamportOptions<never>, 'getExpectedAmount' | 'onPaid'> => ({
  getExpectedAmount: async ({ merchant_uid: order }) =>
    (await pool.query('select 14000 as amount from orders where id = $1', [order])).rows[0]?.amount,
  onPaid: ({ merchant_uid: order }) => pool.query('update orders set paid = paid + 1 where id = $1', [order]),
})

const ledgers: Record<string, (pool: pg.Pool) => StoredLedger<pg.PoolClient>> = {
  postgresLedger: (pool) => postgresLedger(pool, { ...settings, table: 'one' }),
  'sqlLedger with `pool`': (pool) =>
    sqlLedger({ ...settings, table: 'one', dialect: 'postgres', pool, ...glueOf(pool) }),
  'sqlLedger with `poolSize`': (pool) =>
    sqlLedger({ ...settings, table: 'one', dialect: 'postgres', poolSize: 3, ...glueOf(pool) }),
}

for (const [name, open] of Object.entries(ledgers)) {
  test(`ten payments at once complete though their hooks query the ledger's own pool of three: ${name}`, async (t) => {
    const pool = postgres.pool({ max: 3 })
    const payments = await placeOrders()
    const shop = await openShop(t, { ledger: open(pool), ...hooksOnPool(pool) }, payments)
    const replies = await Promise.all(payments.map(({ imp_uid: id }) => shop.notify({ imp_uid: id })))
    t.strictSame(replies.map(({ statusCode }) => statusCode), Array(10).fill(200))
    t.strictSame(await allTimesPaid(payments), Array(10).fill(1))
  })
}

test('two ledgers on one pool of three complete twenty payments whose hooks query that pool', async (t) => {
  const pool = postgres.pool({ max: 3 })
  const ledgers = [
    postgresLedger(pool, { ...settings, table: 'one' }),
    sqlLedger({ ...settings, table: 'two', dialect: 'postgres', pool, ...glueOf(pool) }),
  ]
  const payments = [await placeOrders(), await placeOrders()]
  const replies = await Promise.all(ledgers.map(async (ledger, index) => {
    const ofLedger = payments[index] ?? []
    const shop = await openShop(t, { ledger, ...hooksOnPool(pool) }, ofLedger)
    return Promise.all(ofLedger.map(({ imp_uid: id }) => shop.notify({ imp_uid: id })))
  }))
  t.strictSame(replies.flat().map(({ statusCode }) => statusCode), Array(20).fill(200))
  t.strictSame(await allTimesPaid(payments.flat()), Array(20).fill(1))
})

test('ledgers with `poolSize` and the same `transaction` share the connections, without `pool`', async (t) => {
  const pool = postgres.pool()
  const glue = glueOf(pool)
  const open = (waitMs: number) => sqlLedger({ waitMs, table: 'one', dialect: 'postgres', poolSize: 2, ...glue })
  const { held, end } = await hold(open(10_000), 'held_by_one')
  await t.rejects(open(50).once('other', async () => {}), { code: 'IAMPORT_UNAVAILABLE' })
  t.equal(pool.totalCount, 1, 'there was no second connection')
  end()
  await held
})

test('a pool of one connection is enough for two ledgers whose hooks use tx', async (t) => {
  const pool = postgres.pool({ max: 1 })
  const ledgers = ['one', 'two'].map((table) => postgresLedger(pool, { ...settings, table }))
  const payments = await placeOrders()
  const pay = (order: string) => async (tx: pg.PoolClient) => {
    await tx.query('update orders set paid = paid + 1 where id = $1', [order])
  }
  await Promise.all(payments.flatMap(({ imp_uid: id, merchant_uid: order }) =>
    ledgers.map((ledger) => ledger.once(id, pay(order)))))
  t.strictSame(await allTimesPaid(payments), Array(10).fill(2))
  await ledgers[0]?.migrate()
})

test("a caller that waits for the ledgers' share gives up after waitMs, and never queues at the pool", async (t) => {
  const pool = postgres.pool({ max: 2 })
  const ledger = postgresLedger(pool, { table: 'one' })
  const impatient = postgresLedger(pool, { table: 'one', waitMs: 50 })
  const { held, end } = await hold(ledger, 'held')
  const noConnection = { code: 'IAMPORT_UNAVAILABLE', message: /the ledger got no connection in time$/ }
  await t.rejects(impatient.once('late', async () => {}), noConnection)
  t.equal(pool.waitingCount, 0)
  end()
  await held
  t.strictSame(await ledger.once('late', async () => 'paid'), { value: 'paid', replayed: false })
})

test("a hook that never returns frees its place in the ledgers' share after workMs", async (t) => {
  const pool = postgres.pool({ max: 2 })
  const ledger = postgresLedger(pool, { table: 'one', workMs: 100 })
  const stuck = ledger.once('stuck', () => new Promise<void>(() => {}))
  const next = ledger.once('next', async () => 'paid')
  await t.rejects(stuck, { code: 'IAMPORT_HOOK_FAILED' })
  t.strictSame(await next, { value: 'paid', replayed: false })
})
