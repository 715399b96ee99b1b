import mysql from 'mysql2/promise'
import tap, { test, type Test } from 'tap'
import { mysqlLedger, type LedgerSettings } from '../../../lib/index.js'
import { mysqlDialect } from '../../../lib/ledger/sql/mysql-dialect.js'
import type { MysqlConnection, MysqlPool } from '../../../lib/ledger/sql/mysql-ledger.js'
import { mysqlUrl, skipMysql } from '../../support/mysql.js'

const skip = skipMysql()
const pools: mysql.Pool[] = []
tap.teardown(() => Promise.all(pools.map((pool) => pool.end())))
const TABLE = 'lock_events'
let keys = 0
const newKey = () => `imp_${process.pid}_${++keys}:paid`

/** A ledger on one connection, on which a lock that was left behind can be found. */
function open (settings: LedgerSettings = {}) {
  const pool = mysql.createPool({ uri: mysqlUrl, connectionLimit: 1 })
  pools.push(pool)
  return { pool, ledger: mysqlLedger(pool, { table: TABLE, ...settings }) }
}
const number = async (on: mysql.Pool | mysql.PoolConnection, sql: string, ...params: string[]) => {
  const [[row]] = await on.query<mysql.RowDataPacket[]>(`select ${sql} as number`, params)
  return Number(row?.number)
}
const held = (pool: mysql.Pool) => number(pool, 'release_all_locks()')
const isWaiting = "(select count(*) from information_schema.processlist where state = 'User lock')"

const admin = open()
if (skip === false) await admin.ledger.migrate()

async function isFree (t: Test, pool: mysql.Pool, path: string) {
  t.equal(await held(pool), 0, `${path}: no lock is left on the connection`)
}

test('the lock of an event is held while its hook runs, and on no path after that', { skip }, async (t) => {
  const { pool, ledger } = open({ waitMs: 1000, workMs: 60_000 })
  await isFree(t, pool, 'migrate')
  const key = newKey()
  await ledger.once(key, async (tx) => {
    t.equal(await number(tx, 'is_used_lock(@fastify_iamport_lock) = connection_id()'), 1)
  })
  await isFree(t, pool, 'recorded')
  await ledger.once(key, async () => t.fail('it ran'))
  await isFree(t, pool, 'replayed')
  await t.rejects(ledger.once(newKey(), async () => { throw new Error('no stock') }), { message: 'no stock' })
  await isFree(t, pool, 'a hook that threw')
  await t.rejects(ledger.once(newKey(), async () => 1n), { code: 'IAMPORT_HOOK_FAILED' })
  await isFree(t, pool, 'no JSON')
  await t.rejects(ledger.once(newKey(), async (tx) => { await tx.rollback() }), { code: 'IAMPORT_HOOK_FAILED' })
  await isFree(t, pool, 'a hook that rolled back itself')
  const busy = newKey()
  await admin.ledger.once(busy, () => t.rejects(ledger.once(busy, async () => t.fail('it ran')), { code: 'IAMPORT_BUSY' }))
  await isFree(t, pool, 'waited too long')
  const lost = newKey()
  await t.rejects(ledger.once(lost, async (tx) => { tx.destroy() }), { code: 'IAMPORT_UNAVAILABLE' })
  t.strictSame(await admin.ledger.once(lost, async () => 'paid'), { value: 'paid', replayed: false }, 'a lost connection')
  const late = newKey()
  await t.rejects(open({ workMs: 100 }).ledger.once(late, () => new Promise(() => {})), { code: 'IAMPORT_HOOK_FAILED' })
  t.strictSame(await admin.ledger.once(late, async () => 'paid'), { value: 'paid', replayed: false }, 'a hook that never returned')
})

test('a connection that may still hold a lock does not go back to its pool', { skip }, async (t) => {
  const ends: string[] = []
  /** The pool's connection, on which the release of the lock fails. */
  const failing: MysqlPool<MysqlConnection> = {
    async getConnection () {
      const connection = await admin.pool.getConnection()
      return {
        query: (sql) => sql.includes('release_lock') ? Promise.reject(new Error('not now')) : connection.query(sql),
        execute: (sql, params) => connection.execute(sql, params),
        beginTransaction: () => connection.beginTransaction(),
        commit: () => connection.commit(),
        rollback: () => connection.rollback(),
        release: () => ends.push('release'),
        destroy: () => {
          ends.push('destroy')
          connection.destroy()
        },
      }
    },
  }
  const ledger = mysqlLedger(failing, { table: TABLE })
  const [paid, failed] = [newKey(), newKey()]
  t.strictSame(await ledger.once(paid, async () => 'paid'), { value: 'paid', replayed: false }, 'it is recorded all the same')
  await t.rejects(ledger.once(failed, async () => { throw new Error('no stock') }), { message: 'no stock' })
  t.strictSame(ends, ['destroy', 'destroy'])
  t.strictSame(await admin.ledger.once(paid, async () => 'again'), { value: 'paid', replayed: true })
  t.strictSame(await admin.ledger.once(failed, async () => 'paid'), { value: 'paid', replayed: false })
})

test('a claim says whether another run had the event and failed', { skip }, async (t) => {
  const dialect = mysqlDialect<mysql.PoolConnection>(TABLE, async (connection, sql, params) => (await connection.query(sql, params))[0])
  const begin = async () => {
    const connection = await open().pool.getConnection()
    t.teardown(() => connection.release())
    await connection.beginTransaction()
    return connection
  }
  const [first, second] = [await begin(), await begin()]
  const key = newKey()
  t.strictSame(await dialect.claim(first, key, 5000, 60_000), { recorded: false, hasWaited: false })
  const waiting = dialect.claim(second, key, 5000, 60_000)
  while (await number(admin.pool, isWaiting) === 0);
  await dialect.restore?.(first, true)
  t.strictSame(await waiting, { recorded: false, hasWaited: true })
  await dialect.record(second, key, '"paid"')
  await second.commit()
  await dialect.restore?.(second, false)
  t.strictSame(await dialect.claim(first, key, 5000, 60_000), { recorded: true, text: '"paid"' })
  await dialect.restore?.(first, false)
  await first.rollback()
})

test('after a run that failed, what the transaction still does is rolled back with it', { skip }, async (t) => {
  const { pool } = open()
  await pool.query('create table if not exists lock_orders (id int primary key) engine = InnoDB')
  const dialect = mysqlDialect<mysql.PoolConnection>(TABLE, async (connection, sql, params) => (await connection.query(sql, params))[0])
  const connection = await pool.getConnection()
  await connection.beginTransaction()
  await dialect.claim(connection, newKey(), 5000, 60_000)
  await dialect.restore?.(connection, true)
  await connection.query('insert into lock_orders values (1)') // as by a hook that threw before its last query was sent
  await connection.rollback()
  connection.release()
  t.equal(await number(pool, '(select count(*) from lock_orders)'), 0)
  await pool.query('drop table lock_orders')
})

test('the name of the lock fits, and is one for each event of each table', { skip }, async (t) => {
  const nameOf = async (key: string, table = TABLE) => {
    const { ledger } = open({ table })
    let name = ''
    await t.rejects(ledger.once(key, async (tx) => {
      const [[row]] = await tx.query<mysql.RowDataPacket[]>('select @fastify_iamport_lock as name')
      name = row?.name
      throw new Error('seen')
    }), { message: 'seen' })
    return name
  }
  await open({ table: 'lock_events2' }).ledger.migrate()
  const key = 'k'.repeat(254)
  const names = [await nameOf(`${key}a`), await nameOf(`${key}A`), await nameOf(`${key}a`, 'lock_events2'), await nameOf("'\\")]
  t.equal(new Set(names).size, names.length)
  for (const name of names) t.match(name, /^fastify_iamport_[0-9a-f]{48}$/)
  const database = new URL(mysqlUrl).pathname.slice(1)
  t.equal(await nameOf(`${key}a`, `${database}.${TABLE}`), names[0], 'the same table, by its full name')
  await admin.pool.query('drop table lock_events2')
})
