import { Kysely, SqliteDialect, type Transaction } from 'kysely'
import Libsql from 'libsql'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { kyselyLedger, sqlLedger } from '../../../lib/index.js'
import { ledgerContract } from '../../../lib/ledger/contract/contract.js'
import { newKey } from '../../../lib/ledger/contract/case.js'

interface Tables { orders: { id: string } }

/** A file with a table of orders, and Kysely on it, which has one connection. */
async function openShop (t: Test) {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-sqlite-'))
  const database = new Libsql(join(directory, 'shop.sqlite'))
  database.exec('pragma journal_mode = wal; create table orders (id text primary key)')
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
  t.teardown(async () => {
    await db.destroy()
    rmSync(directory, { recursive: true })
  })
  const ledger = kyselyLedger(db, { waitMs: 60_000 })
  await ledger.migrate()
  return {
    ledger,
    database,
    pay: async (tx: Transaction<Tables>, id: string) => { await tx.insertInto('orders').values({ id }).execute() },
    isPaid: (id: string) => database.prepare('select 1 from orders where id = ?').get(id) !== undefined,
  }
}

test('a ledger on transactions of SQLite fulfils the contract, but for what needs a second writer', async (t) => {
  const { ledger } = await openShop(t)
  for (const { name, skip, run } of ledgerContract({ open: () => ledger, hasFind: true })) {
    if (/holds up no other event|^finding does not wait/.test(name)) continue
    t.test(name, { skip }, run)
  }
})

test('what a hook writes through tx is there if its run is recorded, and only then', async (t) => {
  const { ledger, pay, isPaid } = await openShop(t)
  const failure = new Error('no stock')
  await t.rejects(ledger.once('imp_1:paid', async (tx) => {
    await pay(tx, 'order_1')
    throw failure
  }), failure)
  t.notOk(isPaid('order_1'))
  t.equal((await ledger.once('imp_1:paid', (tx) => pay(tx, 'order_1'))).replayed, false)
  t.ok(isPaid('order_1'))
  t.equal((await ledger.once('imp_1:paid', (tx) => pay(tx, 'order_1'))).replayed, true)
})

test('a hook that rolls its transaction back is IAMPORT_HOOK_FAILED, and nothing is recorded', async (t) => {
  const { ledger, database } = await openShop(t)
  await t.rejects(ledger.once('imp_1:paid', async () => { database.exec('rollback; begin') }), {
    code: 'IAMPORT_HOOK_FAILED',
  })
  t.equal(await ledger.find('imp_1:paid'), undefined)
})

test('an event whose hook commits its transaction and then throws runs again', async (t) => {
  const { ledger, database } = await openShop(t)
  await t.rejects(ledger.once('imp_1:paid', async () => {
    database.exec('commit; begin')
    throw new Error('too late')
  }), { message: 'too late' })
  t.strictSame(await ledger.once('imp_1:paid', async () => 'paid'), { value: 'paid', replayed: false })
})

test('a run counts as one that waited: SQLite does not say', async (t) => {
  const { ledger } = await openShop(t)
  t.strictSame(await ledger.once(newKey(), async (_, afterFailure) => afterFailure), { value: true, replayed: false })
})

test('old records are deleted, some at a time, and only they', async (t) => {
  const { ledger, database } = await openShop(t)
  const insert = database.prepare(
    'insert into fastify_iamport_ledger (event_key, created_at, done_at) values (?, ?, ?)')
  const old = new Date(Date.now() - 200 * 86_400_000).toISOString()
  for (let n = 0; n < 1500; n++) insert.run(`old_${n}`, old, old)
  await ledger.once('imp_1:paid', async () => 'paid')
  const olderThan = new Date(Date.now() - 180 * 86_400_000)
  t.equal(await ledger.prune({ olderThan }), 1500)
  t.equal(await ledger.prune({ olderThan }), 0)
  t.strictSame(await ledger.find('imp_1:paid'), { value: 'paid' })
})

test('a table may be named with its schema', async (t) => {
  const { database } = await openShop(t)
  database.exec("attach ':memory:' as billing")
  const db = new Kysely({ dialect: new SqliteDialect({ database }) })
  const ledger = kyselyLedger(db, { table: 'billing.payments' })
  await ledger.migrate()
  t.strictSame(await ledger.once('imp_1:paid', async () => 'paid'), { value: 'paid', replayed: false })
  t.match(ledger.schema(), /"billing"\."payments_created_at" on "payments"/)
})

test('while another process has the file locked, a claim is tried again, until waitMs', async (t) => {
  let tries = 0
  const open = (locked: number, error: object, waitMs = 10_000) => sqlLedger({
    dialect: 'sqlite',
    waitMs,
    transaction: (run: (tx: string) => Promise<void>) => run('tx'),
    async query (_, sql) {
      if (sql.startsWith('insert') && tries++ < locked) throw Object.assign(new Error('locked'), error)
      return sql.startsWith('select') ? [{ result: null, done: 0 }] : [{ recorded: 1 }]
    },
  })
  const busy = { code: 'SQLITE_BUSY' }
  for (const error of [busy, { code: 'ERR_SQLITE_ERROR', errcode: 517 }, { cause: busy }, { code: 'SQLITE_LOCKED' }]) {
    tries = 0
    const done = await open(2, error).once('imp_1:paid', async () => 'paid')
    t.strictSame(done, { value: 'paid', replayed: false }, JSON.stringify(error))
    t.equal(tries, 3)
  }
  await t.rejects(open(Infinity, busy, 100).once('imp_1:paid', async () => t.fail('it ran')), { code: 'IAMPORT_BUSY' })
  tries = 0
  const full = open(1, { code: 'SQLITE_FULL' })
  await t.rejects(full.once('imp_1:paid', async () => t.fail('it ran')), { code: 'IAMPORT_UNAVAILABLE' })
  t.equal(tries, 1)
})

test('migrate waits while another process has the file locked, until waitMs', async (t) => {
  const { database } = await openShop(t)
  let locked = 3
  const open = (waitMs: number) => sqlLedger({
    dialect: 'sqlite',
    waitMs,
    async transaction (run: (tx: Libsql.Database) => Promise<void>) {
      database.exec('begin')
      try {
        await run(database)
        database.exec('commit')
      } catch (cause) {
        database.exec('rollback')
        throw new Error('wrapped', { cause })
      }
    },
    async query (_, sql, params) {
      if (/^(insert|create|delete)/.test(sql) && locked-- > 0) {
        throw new Error('wrapped', { cause: { code: 'SQLITE_BUSY' } })
      }
      const statement = database.prepare(sql)
      return statement.reader ? statement.all(...params) : [statement.run(...params)].slice(1)
    },
  })
  await t.resolves(open(10_000).migrate())
  locked = Infinity
  await t.rejects(open(100).migrate(), { code: 'IAMPORT_BUSY' })
})
