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
/** A key that is new in this database, which outlives the test. */
const newKey = () => `imp_${process.pid}_${++keys}:paid`

/** A ledger on a pool of one connection, on which the test can look for locks. */
function open (settings: LedgerSettings = {}) {
  const pool = mysql.createPool({ uri: mysqlUrl, connectionLimit: 1 })
  pools.push(pool)
  return { pool, ledger: mysqlLedger(pool, { table: TABLE, ...settings }) }
}
const number = async (on: mysql.Pool | mysql.PoolConnection, sql: string) => {
  const [[row]] = await on.query<mysql.RowDataPacket[]>(`select ${sql} as number`)
  return Number(row?.number)
}
const callersWaiting = "(select count(*) from information_schema.processlist where state = 'User lock')"
const query = async (connection: mysql.PoolConnection, sql: string, params: (string | null)[]) =>
  (await connection.query(sql, params))[0]

const admin = open()
if (skip === false) await admin.ledger.migrate()

async function hasNoLock (t: Test, pool: mysql.Pool, path: string) {
  t.equal(await number(pool, 'release_all_locks()'), 0, path)
}

test('a connection has the lock of an event while its hook runs, and none afterwards', { skip }, async (t) => {
  const { pool, ledger } = open({ waitMs: 1000, workMs: 60_000 })
  await hasNoLock(t, pool, 'migrate')
  const key = newKey()
  await ledger.once(key, async (tx) => {
    t.equal(await number(tx, 'is_used_lock(@fastify_iamport_lock) = connection_id()'), 1)
  })
  await hasNoLock(t, pool, 'recorded')
  await ledger.once(key, async () => t.fail('it ran'))
  await hasNoLock(t, pool, 'replayed')
  await t.rejects(ledger.once(newKey(), async () => { throw new Error('no stock') }), { message: 'no stock' })
  await hasNoLock(t, pool, 'a hook that threw')
  await t.rejects(ledger.once(newKey(), async () => 1n), { code: 'IAMPORT_HOOK_FAILED' })
  await hasNoLock(t, pool, 'no JSON')
  await t.rejects(ledger.once(newKey(), (tx) => tx.rollback()), { code: 'IAMPORT_HOOK_FAILED' })
  await hasNoLock(t, pool, 'a hook that rolled back')
  const busy = newKey()
  await admin.ledger.once(busy, async () => {
    await t.rejects(ledger.once(busy, async () => t.fail('it ran')), { code: 'IAMPORT_BUSY' })
  })
  await hasNoLock(t, pool, 'waited too long')
  const lost = newKey()
  await t.rejects(ledger.once(lost, async (tx) => { tx.destroy() }), { code: 'IAMPORT_UNAVAILABLE' })
  const afterLoss = await admin.ledger.once(lost, async () => 'paid')
  t.strictSame(afterLoss, { value: 'paid', replayed: false }, 'a lost connection')
  const late = newKey()
  const impatient = open({ workMs: 100 }).ledger
  await t.rejects(impatient.once(late, () => new Promise(() => {})), { code: 'IAMPORT_HOOK_FAILED' })
  const afterLate = await admin.ledger.once(late, async () => 'paid')
  t.strictSame(afterLate, { value: 'paid', replayed: false }, 'a hook that never returned')
})

test('a connection whose lock cannot be released does not go back to its pool', { skip }, async (t) => {
  const ends: string[] = []
  /** The pool's connection, on which the release of the lock fails. */
  const failing: MysqlPool<MysqlConnection> = {
    async getConnection () {
      const connection = await admin.pool.getConnection()
      return {
        query: (statement) => statement.sql.includes('release_lock')
          ? Promise.reject(new Error('not now'))
          : connection.query(statement),
        execute: (statement, params) => connection.execute(statement, params),
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
  t.strictSame(await ledger.once(paid, async () => 'paid'), { value: 'paid', replayed: false }, 'it is recorded')
  await t.rejects(ledger.once(failed, async () => { throw new Error('no stock') }), { message: 'no stock' })
  t.strictSame(ends, ['destroy', 'destroy'])
  t.strictSame(await admin.ledger.once(paid, async () => 'again'), { value: 'paid', replayed: true })
  t.strictSame(await admin.ledger.once(failed, async () => 'paid'), { value: 'paid', replayed: false })
})

test('a claim says whether it waited for a run that failed, and what is recorded', { skip }, async (t) => {
  const dialect = mysqlDialect(TABLE, query)
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
  while (await number(admin.pool, callersWaiting) === 0);
  await dialect.restore?.(first, true)
  t.strictSame(await waiting, { recorded: false, hasWaited: true })
  await dialect.record(second, key, '"paid"')
  await second.commit()
  await dialect.restore?.(second, false)
  t.strictSame(await dialect.claim(first, key, 5000, 60_000), { recorded: true, text: '"paid"' })
  await dialect.restore?.(first, false)
  await first.rollback()
})

test('what a failed run still writes is rolled back', { skip }, async (t) => {
  const { pool } = open()
  await pool.query('create table if not exists lock_orders (id int primary key) engine = InnoDB')
  const dialect = mysqlDialect(TABLE, query)
  const connection = await pool.getConnection()
  await connection.beginTransaction()
  await dialect.claim(connection, newKey(), 5000, 60_000)
  await dialect.restore?.(connection, true)
  await connection.query('insert into lock_orders values (1)') // sent by a hook that had thrown
  await connection.rollback()
  connection.release()
  t.equal(await number(pool, '(select count(*) from lock_orders)'), 0)
  await pool.query('drop table lock_orders')
})

test('each event of each table has a lock of its own, with a name of at most 64 characters', { skip }, async (t) => {
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
  const ofTwoCases = [await nameOf(`${key}a`), await nameOf(`${key}A`)]
  const names = [...ofTwoCases, await nameOf(`${key}a`, 'lock_events2'), await nameOf("'\\")]
  t.equal(new Set(names).size, names.length)
  for (const name of names) t.match(name, /^fastify_iamport_[0-9a-f]{48}$/)
  const database = new URL(mysqlUrl).pathname.slice(1)
  t.equal(await nameOf(`${key}a`, `${database}.${TABLE}`), names[0], 'the same table, by its full name')
  await admin.pool.query('drop table lock_events2')
})
