import mysql from 'mysql2/promise'
import tap, { test, type Test } from 'tap'
import { mysqlLedger, type LedgerSettings } from '../../../lib/index.js'
import { hold } from '../../../lib/ledger/contract/case.js'
import { startChild } from '../../support/child.js'
import { mysqlUrl, skipMysql } from '../../support/mysql.js'
import { freePort } from '../../support/postgres.js'
import { openProxy } from '../../support/proxy.js'
import { findsNothingOnDeadConnections } from '../dead-connections.js'

const skip = skipMysql()
const pools: mysql.Pool[] = []
tap.teardown(() => Promise.all(pools.map((pool) => pool.end())))

let keys = 0
/** A key that is new in this database, which outlives the test. */
const newKey = () => `imp_${process.pid}_${++keys}:paid`

function open (settings?: LedgerSettings, options: mysql.PoolOptions = {}) {
  const pool = mysql.createPool({ uri: mysqlUrl, ...options })
  pools.push(pool)
  return { pool, ledger: mysqlLedger(pool, settings) }
}
const pay = (key: string) => async (tx: mysql.Connection) => {
  await tx.execute('insert into trouble_orders values (?, 1) on duplicate key update paid = paid + 1', [key])
  return 'paid'
}
async function timesPaid (key: string): Promise<number> {
  const [rows] = await admin.pool.query<mysql.RowDataPacket[]>('select paid from trouble_orders where id = ?', [key])
  return rows[0]?.paid ?? 0
}
const mustNotRun = () => Promise.reject(new Error('it ran'))

/** Checks that nothing was written or recorded, and that the next run of the event succeeds. */
async function recovers (t: Test, ledger: typeof admin.ledger, key: string) {
  t.equal(await timesPaid(key), 0)
  t.strictSame(await ledger.once(key, pay(key)), { value: 'paid', replayed: false })
  t.equal(await timesPaid(key), 1)
}

const admin = open()
if (skip === false) {
  await admin.pool.query('drop table if exists trouble_orders')
  await admin.pool.query('create table trouble_orders (id varchar(255) primary key, paid int not null) engine = InnoDB')
  await Promise.all([admin, open(), open()].map(({ ledger }) => ledger.migrate()))
}

test('what a hook writes is rolled back when it throws, and committed with the record', { skip }, async (t) => {
  const key = newKey()
  await t.rejects(admin.ledger.once(key, async (tx) => {
    await pay(key)(tx)
    throw new Error('no stock')
  }), { message: 'no stock' })
  await recovers(t, admin.ledger, key)
})

test('the hook has the lock wait of the application, and the ledger restores its settings', { skip }, async (t) => {
  const { pool, ledger } = open({ waitMs: 4000, workMs: 5000 }, { connectionLimit: 1 })
  const limits = async (connection: mysql.Connection | mysql.Pool) => {
    const [rows] = await connection.query<mysql.RowDataPacket[]>(
      'select @@innodb_lock_wait_timeout as locks, @@wait_timeout as idle')
    return { ...rows[0] }
  }
  const before = await limits(pool)
  t.strictSame((await ledger.once(newKey(), limits)).value, { ...before, idle: 5 })
  t.strictSame(await limits(pool), before)
  const key = newKey()
  await t.rejects(ledger.once(key, async () => { throw new Error('no stock') }))
  t.strictSame(await limits(pool), before, 'after a hook that threw')
  await ledger.once(key, pay(key))
  await ledger.once(key, mustNotRun)
  t.strictSame(await limits(pool), before, 'after a replay')
})

test('a pool of one connection is enough for sixty calls at once', { skip }, async (t) => {
  const { ledger } = open({}, { connectionLimit: 1 })
  const many = Array.from({ length: 20 }, newKey)
  await Promise.all([...many, ...many, ...many].map((key) => ledger.once(key, pay(key))))
  for (const key of many) t.equal(await timesPaid(key), 1)
})

test('a hook that never returns loses its connection, and the event can run again', { skip }, async (t) => {
  const { ledger } = open({ workMs: 200 }, { connectionLimit: 1 })
  const key = newKey()
  let lost: mysql.PoolConnection | undefined
  await t.rejects(ledger.once(key, async (tx) => {
    lost = tx
    await pay(key)(tx)
    return new Promise(() => {})
  }), { code: 'IAMPORT_HOOK_FAILED' })
  await t.rejects(async () => lost?.query('select 1'), 'what it still writes goes nowhere')
  await recovers(t, ledger, key)
})

test('an event whose process freezes in its hook runs in another process', { skip }, async (t) => {
  const key = newKey()
  const child = startChild(new URL('../holder.ts', import.meta.url), [mysqlUrl, key, '{"workMs":1000}'])
  t.teardown(() => child.kill())
  await child.message()
  child.process.kill('SIGSTOP')
  await recovers(t, admin.ledger, key)
})

for (const then of ['ends', 'writes again']) {
  test(`a hook that swallows a deadlock and ${then} is IAMPORT_HOOK_FAILED, without a record`, { skip }, async (t) => {
    const [mine, theirs] = [newKey(), newKey()]
    await admin.pool.query('insert into trouble_orders values (?, 0), (?, 0)', [mine, theirs])
    const other = await admin.pool.getConnection()
    t.teardown(() => other.release())
    const lock = 'update trouble_orders set paid = paid + 100 where id = ?'
    const key = newKey()
    await t.rejects(admin.ledger.once(key, async (tx) => {
      await pay(key)(tx)
      await tx.execute(lock, [mine])
      await other.beginTransaction()
      // The server rolls back the transaction that has changed fewer rows: the hook's.
      for (let row = 0; row < 50; row++) await pay(newKey())(other)
      await other.execute(lock, [theirs])
      const crossing = other.execute(lock, [mine])
      await tx.execute(lock, [theirs]).then(() => t.fail('no deadlock'), ({ errno }) => t.equal(errno, 1213))
      await crossing
      await other.rollback()
      return then === 'ends' ? 'paid' : pay(key)(tx)
    }), { code: 'IAMPORT_HOOK_FAILED' })
    await recovers(t, admin.ledger, key)
  })
}

test('after a run each connection commits by itself as it did before', { skip }, async (t) => {
  for (const autocommit of [1, 0]) {
    const { pool, ledger } = open({}, { connectionLimit: 1 })
    await pool.query(`set session autocommit = ${autocommit}`)
    const key = newKey()
    await ledger.once(key, pay(key))
    await ledger.once(key, mustNotRun)
    await t.rejects(ledger.once(newKey(), mustNotRun), { message: 'it ran' })
    const [rows] = await pool.query<mysql.RowDataPacket[]>('select @@session.autocommit as autocommit')
    t.equal(rows[0]?.autocommit, autocommit)
    t.equal(await timesPaid(key), 1)
  }
})

test('a result is replayed as it was over a connection that does not speak UTF-8', { skip }, async (t) => {
  for (const charset of ['latin1', 'euckr']) {
    const { ledger } = open({}, { charset })
    const key = newKey()
    const value = { product: '한국 🧾 é' }
    t.strictSame(await ledger.once(key, async () => value), { value, replayed: false })
    t.strictSame(await ledger.once(key, mustNotRun), { value, replayed: true })
  }
})

test('a missing table is IAMPORT_UNAVAILABLE, and the ledger works after migrate', { skip }, async (t) => {
  const { pool, ledger } = open({ table: 'not_there_yet' })
  await pool.query('drop table if exists not_there_yet')
  const key = newKey()
  await t.rejects(ledger.once(key, pay(key)), { code: 'IAMPORT_UNAVAILABLE', cause: { errno: 1146 } })
  await ledger.migrate()
  await recovers(t, ledger, key)
  await pool.query('drop table not_there_yet')
})

test('prune deletes old records, and keeps newer ones', { skip }, async (t) => {
  const { pool, ledger } = open({ table: 'pruned' })
  await pool.query('drop table if exists pruned')
  await ledger.migrate()
  const key = newKey()
  await ledger.once(key, pay(key))
  const olderThan = new Date(Date.now() - 60_000)
  t.equal(await ledger.prune({ olderThan }), 0)
  const old = Array.from({ length: 2500 }, (_, index) => [`old_${index}`, '2020-01-01'])
  await pool.query('insert into pruned (event_key, created_at) values ?', [old])
  t.equal(await ledger.prune({ olderThan }), 2500)
  t.strictSame(await ledger.once(key, mustNotRun), { value: 'paid', replayed: true })
  await pool.query('drop table pruned')
})

test('prune waits for no hook in progress, and so holds up no other event', { skip }, async (t) => {
  const { pool, ledger } = open({ table: 'pruned' })
  await pool.query('drop table if exists pruned')
  await ledger.migrate()
  const old = ['old_1', 'old_2'].map((key) => [key, '2020-01-01'])
  await pool.query('insert into pruned (event_key, created_at) values ?', [old])
  // As a key of one's own may be that came over a connection of another character set.
  await pool.query("insert into pruned (event_key, created_at) values (x'ff80', '2020-01-01')")
  const { held, end } = await hold(ledger, newKey())
  t.equal(await ledger.prune({ olderThan: new Date(Date.now() - 60_000) }), 3)
  end()
  await held
  t.match(await pool.query("select 1 from pruned where created_at < '2021-01-01'"), [{ length: 0 }])
  await pool.query('drop table pruned')
})

test('whatever the pool makes of rows and values, an event that has run is replayed', { skip }, async (t) => {
  const pools: [string, mysql.PoolOptions][] = [
    ['bytes', { typeCast: false }],
    ['text', { typeCast: (field) => field.string() }],
    ['numbers as text', { typeCast: (field, next) => /LONG/.test(field.type) ? field.string() : next() }],
    ['rows as arrays', { rowsAsArray: true }],
    ['columns by table', { nestTables: true }],
    ['columns with the name of their table', { nestTables: '_' }],
  ]
  for (const [name, options] of pools) {
    const { ledger } = open({}, options)
    await ledger.check()
    const key = newKey()
    t.strictSame(await ledger.once(key, pay(key)), { value: 'paid', replayed: false }, name)
    t.strictSame(await ledger.once(key, mustNotRun), { value: 'paid', replayed: true }, name)
    t.strictSame(await ledger.find(key), { value: 'paid' }, name)
  }
})

test('a hook that releases its connection does not give its transaction to another event', { skip }, async (t) => {
  const { pool, ledger } = open({}, { connectionLimit: 3 })
  const keys = Array.from({ length: 20 }, newKey)
  const all = await Promise.allSettled(keys.map((key, index) => ledger.once(key, async (tx) => {
    await pay(key)(tx)
    tx.release()
    await tx.query('select sleep(0.01)')
    if (index % 2 === 1) throw new Error('no stock')
  })))
  t.strictSame(all.map(({ status }) => status), keys.map((_, index) => index % 2 === 1 ? 'rejected' : 'fulfilled'))
  for (const [index, key] of keys.entries()) {
    t.equal(await timesPaid(key), index % 2 === 1 ? 0 : 1)
    t.equal(await ledger.find(key) === undefined, index % 2 === 1)
  }
  await pool.query('select 1')
})

test('a read-only database is IAMPORT_UNAVAILABLE, until it can be written', { skip }, async (t) => {
  const { pool, ledger } = open({}, { connectionLimit: 1 })
  const key = newKey()
  await pool.query('set session transaction read only')
  await t.rejects(ledger.once(key, pay(key)), { code: 'IAMPORT_UNAVAILABLE', cause: { errno: 1792 } })
  await pool.query('set session transaction read write')
  await recovers(t, ledger, key)
})

test('a pool without free connections is IAMPORT_UNAVAILABLE, until one is free', { skip }, async (t) => {
  const { pool, ledger } = open({ waitMs: 200 }, { connectionLimit: 1 })
  const key = newKey()
  const connection = await pool.getConnection()
  await t.rejects(ledger.once(key, pay(key)), { code: 'IAMPORT_UNAVAILABLE' })
  connection.release()
  await recovers(t, ledger, key)
})

test('a database that refuses the connection is IAMPORT_UNAVAILABLE', { skip }, async (t) => {
  const url = new URL(mysqlUrl)
  url.port = String(await freePort())
  const { ledger } = open({}, { uri: url.href })
  const unavailable = { code: 'IAMPORT_UNAVAILABLE', cause: { code: 'ECONNREFUSED' } }
  await t.rejects(ledger.once(newKey(), mustNotRun), unavailable)
})

test('what is read on connections that died without a word lets go of them: payments go on', { skip }, async (t) => {
  const url = new URL(mysqlUrl)
  const proxy = await openProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(proxy.port)
  const { pool, ledger } = open({ waitMs: 300 }, { uri: url.href, connectionLimit: 3 })
  t.teardown(() => proxy.close())
  await Promise.all([pool.query('select 1'), pool.query('select 1')])
  const key = newKey()
  await findsNothingOnDeadConnections(t, proxy, ledger, key)
  await recovers(t, ledger, key)
  t.strictSame(await ledger.find(key), { value: 'paid' })
})

test('a connection lost before the commit records nothing; lost after it, the record is there', { skip }, async (t) => {
  const url = new URL(mysqlUrl)
  const proxy = await openProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(proxy.port)
  const { pool, ledger } = open({}, { uri: url.href })
  t.teardown(() => proxy.close())
  await pool.query('select 1')
  const [before, after] = [newKey(), newKey()]
  proxy.cutAt('COMMIT', 'before')
  await t.rejects(ledger.once(before, pay(before)), { code: 'IAMPORT_UNAVAILABLE' })
  await recovers(t, ledger, before)
  proxy.cutAt('COMMIT', 'after')
  await t.rejects(ledger.once(after, pay(after)), { code: 'IAMPORT_UNAVAILABLE' })
  t.strictSame(await ledger.once(after, mustNotRun), { value: 'paid', replayed: true }, 'it was committed')
})
