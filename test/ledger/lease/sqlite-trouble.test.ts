import Libsql from 'libsql'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { sqliteLedger, type SqliteLedgerSettings } from '../../../lib/index.js'
import { hold } from '../../../lib/ledger/contract/case.js'
import type { SqliteDatabase } from '../../../lib/ledger/lease/sqlite-table.js'
import { deferred } from '../../support/upstream.js'

const key = 'imp_1:paid'
const paid = async () => 'paid'
const mustNotRun = () => Promise.reject(new Error('it ran'))

/** The row of an event whose process is gone: its lease of 50 ms is never renewed. */
const leftByGoneProcess = `insert into fastify_iamport_ledger (event_key, holder, beat, lease_ms, created_at)
  values ('${key}', 'gone', 3, 50, 1000)`

/** A database file, and connections to it that end with the test. */
async function openFile (t: Test) {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-sqlite-'))
  const opened: Libsql.Database[] = []
  t.teardown(() => {
    for (const db of opened) if (db.open) db.close()
    rmSync(directory, { recursive: true })
  })
  const connect = (options?: Libsql.Options) => {
    const db = new Libsql(join(directory, 'ledger.sqlite'), options)
    opened.push(db)
    return db
  }
  const open = (settings?: SqliteLedgerSettings) => sqliteLedger(connect(), settings)
  const admin = connect()
  admin.exec('pragma journal_mode = wal')
  return { admin, connect, open }
}

/** The same connection, which calls `onRun` after every statement that writes, with its error if it failed. */
function observe (db: Libsql.Database, onRun: (sql: string, error?: unknown) => void): SqliteDatabase {
  return {
    exec: (sql) => db.exec(sql),
    prepare (sql) {
      const statement = db.prepare(sql)
      return {
        get: (...params) => statement.get(...params),
        run (...params) {
          try {
            const result = statement.run(...params)
            onRun(sql)
            return result
          } catch (error) {
            onRun(sql, error)
            throw error
          }
        },
      }
    },
  }
}

test('the ledger waits until another connection unlocks the database, and no longer than waitMs', async (t) => {
  const { admin, connect, open } = await openFile(t)
  const refused = deferred()
  const observed = observe(connect(), (_, error) => { if (error !== undefined) refused.resolve() })
  const ledger = sqliteLedger(observed, { waitMs: 5000 })
  await ledger.migrate()
  admin.exec('begin immediate')
  const once = ledger.once(key, paid)
  await refused.promise
  admin.exec('rollback')
  t.strictSame(await once, { value: 'paid', replayed: false })
  admin.exec('begin immediate')
  const impatient = open({ waitMs: 200 })
  const unavailable = { code: 'IAMPORT_UNAVAILABLE', cause: { code: 'SQLITE_BUSY' } }
  await t.rejects(impatient.once('imp_2:paid', mustNotRun), unavailable)
  const replay = await impatient.once(key, mustNotRun)
  t.strictSame(replay, { value: 'paid', replayed: true }, 'reading does not wait in WAL mode')
  admin.exec('rollback')
  t.strictSame(await impatient.once('imp_2:paid', paid), { value: 'paid', replayed: false })
})

test('a missing table is IAMPORT_UNAVAILABLE, and the ledger works after migrate', async (t) => {
  const { open } = await openFile(t)
  const ledger = open()
  await t.rejects(ledger.once(key, mustNotRun), { code: 'IAMPORT_UNAVAILABLE', cause: { message: /no such table/ } })
  await Promise.all([ledger.migrate(), open().migrate(), open().migrate()])
  t.strictSame(await ledger.once(key, paid), { value: 'paid', replayed: false })
})

test('a read-only database replays events and runs none; a closed one is IAMPORT_UNAVAILABLE', async (t) => {
  const { connect, open } = await openFile(t)
  await open().migrate()
  await open().once(key, paid)
  const readOnly = connect()
  readOnly.exec('pragma query_only = on')
  const unavailable = { code: 'IAMPORT_UNAVAILABLE', cause: { code: 'SQLITE_READONLY' } }
  await t.rejects(sqliteLedger(readOnly).once('imp_2:paid', mustNotRun), unavailable)
  t.strictSame(await sqliteLedger(readOnly).once(key, mustNotRun), { value: 'paid', replayed: true })
  readOnly.close()
  await t.rejects(sqliteLedger(readOnly).once(key, mustNotRun), { code: 'IAMPORT_UNAVAILABLE' })
})

test('a hook that takes longer than its lease renews it, and another process waits for the result', async (t) => {
  const { connect, open } = await openFile(t)
  const settings = { leaseMs: 1600, waitMs: 10_000 }
  const renewedForTwoLeases = deferred()
  let renewals = 0
  const observed = observe(connect(), (sql) => {
    if (sql.includes('set beat = beat + 1') && ++renewals === 8) renewedForTwoLeases.resolve()
  })
  const ledger = sqliteLedger(observed, settings)
  await ledger.migrate()
  const { held, end } = await hold(ledger, key)
  const other = open(settings).once(key, mustNotRun)
  await renewedForTwoLeases.promise
  end()
  t.strictSame(await other, { value: 'held', replayed: true })
  t.strictSame(await held, { value: 'held', replayed: false })
})

test('a hook that never returns loses its lease, and the next run learns that it was abandoned', async (t) => {
  const { admin, open } = await openFile(t)
  const ledger = open({ workMs: 100, leaseMs: 200 })
  await ledger.migrate()
  const tooLong = { code: 'IAMPORT_HOOK_FAILED', cause: { message: 'the hook did not end within 100 ms' } }
  await t.rejects(ledger.once(key, () => new Promise(() => {})), tooLong)
  const recorded = admin.prepare('select * from fastify_iamport_ledger where done_at is not null').all()
  t.strictSame(recorded, [])
  const next = await open().once(key, async (_, afterFailure) => afterFailure)
  t.strictSame(next, { value: 'abandoned', replayed: false })
})

test('a table name may have a schema, and prune deletes only old records', async (t) => {
  const { admin } = await openFile(t)
  for (const table of ['payments', 'main.payments']) {
    const ledger = sqliteLedger(admin, { table })
    admin.exec(ledger.schema())
    await ledger.once(key, paid)
    admin.exec(`with recursive n (n) as (select 1 union all select n + 1 from n where n < 1200)
      insert into ${table} (event_key, holder, beat, lease_ms, created_at, done_at)
        select 'old_' || n, '', 0, 0, 1000, 1000 from n`)
    t.equal(await ledger.prune({ olderThan: new Date(2000) }), 1200)
    t.equal(await ledger.prune({ olderThan: new Date(2000) }), 0)
    t.strictSame(await ledger.once(key, mustNotRun), { value: 'paid', replayed: true })
  }
})

test('prune keeps a run in progress, and the trace of an abandoned one', async (t) => {
  const { admin, open } = await openFile(t)
  const ledger = open()
  await ledger.migrate()
  admin.exec(leftByGoneProcess)
  const { held, end } = await hold(ledger, 'imp_2:paid')
  t.equal(await ledger.prune({ olderThan: new Date(Date.now() + 60_000) }), 0)
  end()
  t.strictSame(await held, { value: 'held', replayed: false })
  t.strictSame(await ledger.once('imp_2:paid', mustNotRun), { value: 'held', replayed: true })
  t.strictSame(await ledger.once(key, async (_, afterFailure) => afterFailure), { value: 'abandoned', replayed: false })
})

test('the run that takes an event over from a process that is gone learns that it was abandoned', async (t) => {
  const { admin, open } = await openFile(t)
  const ledger = open()
  await ledger.migrate()
  admin.exec(leftByGoneProcess)
  t.strictSame(await ledger.once(key, async (_, afterFailure) => afterFailure), { value: 'abandoned', replayed: false })
})

test('an event stays abandoned after later runs that throw, until a run is recorded', async (t) => {
  const { admin, open } = await openFile(t)
  const ledger = open()
  await ledger.migrate()
  admin.exec(leftByGoneProcess)
  for (let times = 0; times < 2; times++) {
    const failed = ledger.once(key, async (_, afterFailure) => { throw new Error(String(afterFailure)) })
    await t.rejects(failed, { message: 'abandoned' })
  }
  t.strictSame(await ledger.once(key, async (_, afterFailure) => afterFailure), { value: 'abandoned', replayed: false })
  t.strictSame(await ledger.once(key, mustNotRun), { value: 'abandoned', replayed: true })
})
