import mysql from 'mysql2/promise'
import tap, { test } from 'tap'
import { mysqlLedger } from '../../../lib/index.js'
import { mysqlUrl, skipMysql } from '../../support/mysql.js'
import { openShop } from '../../support/shop.js'
import { payment } from '../../support/upstream.js'

const skip = skipMysql()
// A hook that waits for a connection while its own is held would wait for workMs, and fail.
const settings = { waitMs: 3000, workMs: 3000 }
const tables = ['pool_ledger_one', 'pool_ledger_two']

const pools: mysql.Pool[] = []
function openPool (connectionLimit: number): mysql.Pool {
  const pool = mysql.createPool({ uri: mysqlUrl, connectionLimit })
  pools.push(pool)
  return pool
}
tap.teardown(() => Promise.all(pools.map((pool) => pool.end())))

const orders = Array.from({ length: 10 }, (_, index) => `order_${index}`)
const admin = openPool(2)
if (skip === false) {
  await admin.query(`drop table if exists pool_orders, ${tables.join()}`)
  await admin.query('create table pool_orders (id varchar(64) primary key, paid int not null default 0)')
  for (const order of orders) await admin.query('insert into pool_orders (id) values (?)', [order])
  for (const table of tables) await mysqlLedger(admin, { table }).migrate()
}
const amountOf = 'select 14000 as amount from pool_orders where id = ?'
const timesPaid = async () =>
  (await admin.query<mysql.RowDataPacket[]>('select paid from pool_orders order by id'))[0].map(({ paid }) => paid)

test('two ledgers on one pool of three complete twenty payments whose hooks query that pool', { skip }, async (t) => {
  await admin.query('update pool_orders set paid = 0')
  const pool = openPool(3)
  const payments = orders.map((order, index) => payment({ imp_uid: `imp_${index}`, merchant_uid: order }))
  const replies = await Promise.all(tables.map(async (table) => {
    const shop = await openShop(t, {
      ledger: mysqlLedger(pool, { ...settings, table }),
      getExpectedAmount: async ({ merchant_uid: order }) =>
        (await pool.query<mysql.RowDataPacket[]>(amountOf, [order]))[0][0]?.amount,
      onPaid: ({ merchant_uid: order }) => pool.query('update pool_orders set paid = paid + 1 where id = ?', [order]),
    }, payments)
    return Promise.all(payments.map(({ imp_uid: id }) => shop.notify({ imp_uid: id })))
  }))
  t.strictSame(replies.flat().map(({ statusCode }) => statusCode), Array(20).fill(200))
  t.strictSame(await timesPaid(), Array(10).fill(2))
})

test('a pool of one connection is enough for two ledgers whose hooks use tx', { skip }, async (t) => {
  await admin.query('update pool_orders set paid = 0')
  const pool = openPool(1)
  const ledgers = tables.map((table) => mysqlLedger(pool, { ...settings, table }))
  const pay = (order: string) => async (tx: mysql.PoolConnection) => {
    await tx.query('update pool_orders set paid = paid + 1 where id = ?', [order])
  }
  await Promise.all(orders.flatMap((order) =>
    ledgers.map((ledger) => ledger.once(`imp_one_${order}:paid`, pay(order)))))
  t.strictSame(await timesPaid(), Array(10).fill(2))
})
