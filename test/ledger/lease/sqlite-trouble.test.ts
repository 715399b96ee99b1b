import Libsql from 'libsql'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { sqliteLedger, type SqliteLedgerSettings } from '../../../lib/index.js'

const key = 'imp_1:paid'
const paid = async () => 'paid'
const mustNotRun = () => Promise.reject(new Error('it ran'))

/** A file with the ledger's table, and connections to it that are closed with the test. */
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

test('a database that another connection has locked is waited for, and no longer than waitMs', async (t) => {
  const { admin, open } = await openFile(t)
  const ledger = open({ waitMs: 5000 })
  await ledger.migrate()
  admin.exec('begin immediate')
  const once = ledger.once(key, paid)
  await sleep(200)
  admin.exec('rollback')
  t.strictSame(await once, { value: 'paid', replayed: false })
  admin.exec('begin immediate')
  const impatient = open({ waitMs: 200 })
  await t.rejects(impatient.once('imp_2:paid', mustNotRun), { code: 'IAMPORT_UNAVAILABLE', cause: { code: 'SQLITE_BUSY' } })
  t.strictSame(await impatient.once(key, mustNotRun), { value: 'paid', replayed: true }, 'reading does not wait in WAL mode')
  admin.exec('rollback')
  t.strictSame(await impatient.once('imp_2:paid', paid), { value: 'paid', replayed: false })
})

test('no table, a read-only database, a closed one', async (t) => {
  const { connect, open } = await openFile(t)
  const ledger = open()
  await t.rejects(ledger.once(key, mustNotRun), { code: 'IAMPORT_UNAVAILABLE', cause: { message: /no such table/ } })
  await Promise.all([ledger.migrate(), open().migrate(), open().migrate()])
  t.strictSame(await ledger.once(key, paid), { value: 'paid', replayed: false })

  const readOnly = connect()
  readOnly.exec('pragma query_only = on')
  await t.rejects(sqliteLedger(readOnly).once('imp_2:paid', mustNotRun), { code: 'IAMPORT_UNAVAILABLE', cause: { code: 'SQLITE_READONLY' } })
  t.strictSame(await sqliteLedger(readOnly).once(key, mustNotRun), { value: 'paid', replayed: true })
  readOnly.close()
  await t.rejects(sqliteLedger(readOnly).once(key, mustNotRun), { code: 'IAMPORT_UNAVAILABLE' })
})

test('a hook that takes longer than the lease keeps it by renewing it', async (t) => {
  const { open } = await openFile(t)
  const settings = { leaseMs: 400, waitMs: 10_000 }
  const [first, second] = [open(settings), open(settings)]
  await first.migrate()
  const slow = first.once(key, () => sleep(1500, 'slow'))
  await sleep(50)
  t.strictSame(await second.once(key, mustNotRun), { value: 'slow', replayed: true })
  t.strictSame(await slow, { value: 'slow', replayed: false })
})

test('a hook that never returns loses its lease, and the payment is free', async (t) => {
  const { admin, open } = await openFile(t)
  const ledger = open({ workMs: 100, leaseMs: 200 })
  await ledger.migrate()
  await t.rejects(ledger.once(key, () => new Promise(() => {})), { code: 'IAMPORT_HOOK_FAILED', cause: { message: 'the hook did not end within 100 ms' } })
  t.strictSame(admin.prepare('select * from fastify_iamport_ledger where done_at is not null').all(), [], 'nothing is recorded')
  const next = await open().once(key, async (_, afterFailure) => afterFailure)
  t.strictSame(next, { value: 'abandoned', replayed: false }, 'it may have done its work')
})

test('the table has a schema where one is named, and is pruned', async (t) => {
  const { admin } = await openFile(t)
  for (const table of ['payments', 'main.payments']) {
    const ledger = sqliteLedger(admin, { table })
    admin.exec(ledger.schema())
    await ledger.once(key, paid)
    admin.exec(`with recursive n (n) as (select 1 union all select n + 1 from n where n < 1200)
      insert into ${table} (event_key, holder, beat, lease_ms, created_at, done_at) select 'old_' || n, '', 0, 0, 1000, 1000 from n`)
    t.equal(await ledger.prune({ olderThan: new Date(2000) }), 1200)
    t.equal(await ledger.prune({ olderThan: new Date(2000) }), 0)
    t.strictSame(await ledger.once(key, mustNotRun), { value: 'paid', replayed: true })
  }
})

test('whoever takes an event over from a process that is gone is told that nobody knows what it did', async (t) => {
  const { admin, open } = await openFile(t)
  const ledger = open({ leaseMs: 50 })
  await ledger.migrate()
  admin.exec(`insert into fastify_iamport_ledger (event_key, holder, beat, lease_ms, created_at) values ('${key}', 'gone', 3, 50, 1000)`)
  t.strictSame(await ledger.once(key, async (_, afterFailure) => afterFailure), { value: 'abandoned', replayed: false })
})

test('what an abandoned run did stays unknown after a later run that threw, until one is recorded', async (t) => {
  const { admin, open } = await openFile(t)
  const ledger = open({ leaseMs: 50 })
  await ledger.migrate()
  admin.exec(`insert into fastify_iamport_ledger (event_key, holder, beat, lease_ms, created_at) values ('${key}', 'gone', 3, 50, 1000)`)
  for (let times = 0; times < 2; times++) {
    await t.rejects(ledger.once(key, async (_, afterFailure) => { throw new Error(String(afterFailure)) }), { message: 'abandoned' })
  }
  t.strictSame(await ledger.once(key, async (_, afterFailure) => afterFailure), { value: 'abandoned', replayed: false })
  t.strictSame(await ledger.once(key, mustNotRun), { value: 'abandoned', replayed: true })
})
