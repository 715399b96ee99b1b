import Libsql from 'libsql'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tap, { test, type Test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { memoryLedger, postgresLedger, sqliteLedger, type AfterFailure, type Ledger } from '../../lib/index.js'
import { hold, newKey } from '../../lib/ledger/contract/case.js'
import { onceBefore } from '../../lib/ledger/once-before.js'
import { openPostgres, untilWaiting } from '../support/postgres.js'
import { deferred } from '../support/upstream.js'

const postgres = await openPostgres()
const admin = postgres.pool()
await postgresLedger(admin).migrate()
const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-after-failure-'))
tap.teardown(async () => {
  await postgres.remove()
  rmSync(directory, { recursive: true })
})

const failure = new Error('no stock')

/** Calls `once` with a work that throws after `fail()`. `afterFailure` is what the ledger passed to the work. */
function startRun<Tx> (ledger: Ledger<Tx>, key: string) {
  let begin = (_: AfterFailure | undefined) => {}
  const afterFailure = new Promise<AfterFailure | undefined>((resolve) => { begin = resolve })
  const end = deferred()
  const failed = ledger.once(key, async (_, afterFailure) => {
    begin(afterFailure)
    await end.promise
    throw failure
  }).catch((error: unknown) => error)
  return { afterFailure, fail: end.resolve, failed }
}

/** A run that has begun. */
async function holdKey<Tx> (ledger: Ledger<Tx>, key: string) {
  const run = startRun(ledger, key)
  await run.afterFailure
  return run
}

async function testInProcess<Tx> (t: Test, ledger: Ledger<Tx>) {
  const key = newKey()
  const first = await holdKey(ledger, key)
  const [second, third] = [startRun(ledger, key), startRun(ledger, key)]
  first.fail()
  t.equal(await second.afterFailure, true, 'it waited for a run that failed')
  second.fail()
  t.equal(await third.afterFailure, true, 'it waited for two runs that failed')
  third.fail()
  await Promise.all([first.failed, second.failed, third.failed])
  const alone = startRun(ledger, key)
  t.equal(await alone.afterFailure, false, 'it waited for no run')
  alone.fail()
  await alone.failed
}

/** `untilBlocked` resolves when a caller waits in the database. */
async function testAcrossProcesses<Tx> (t: Test, open: () => Ledger<Tx>, untilBlocked: () => Promise<void>) {
  const key = newKey()
  const first = await holdKey(open(), key)
  const second = startRun(open(), key)
  await untilBlocked()
  first.fail()
  t.equal(await second.afterFailure, true, 'it waited for a run that failed')
  const third = startRun(open(), key)
  await untilBlocked()
  second.fail()
  t.equal(await third.afterFailure, true, 'it waited for a run that had waited itself, and failed')
  third.fail()
  await Promise.all([first.failed, second.failed, third.failed])
  const alone = startRun(open(), key)
  t.equal(await alone.afterFailure, false, 'it waited for no run')
  alone.fail()
  await alone.failed

  const { held, end } = await hold(open(), key)
  const late = open().once(key, async () => 'not run')
  await untilBlocked()
  end()
  t.strictSame(await late, { value: 'held', replayed: true })
  await held
}

const untilBlocked = () => untilWaiting(admin, 1)

test('with the memory ledger, runs of one process learn of failures that they waited for', (t) =>
  testInProcess(t, memoryLedger()))

test('with PostgreSQL, runs of one process learn of failures that they waited for', (t) =>
  testInProcess(t, postgresLedger(postgres.pool())))

test('with PostgreSQL, runs of several processes learn of failures that they waited for', (t) =>
  testAcrossProcesses(t, () => postgresLedger(postgres.pool()), untilBlocked))

test('with PostgreSQL whose transactions are repeatable read, runs of several processes learn of failures', (t) => {
  const options = '-c default_transaction_isolation=repeatable\\ read'
  return testAcrossProcesses(t, () => postgresLedger(postgres.pool({ options })), untilBlocked)
})

test('with PostgreSQL whose clients leave values as text, runs of several processes learn of failures', (t) => {
  const types = { getTypeParser: () => (value: string | Buffer) => value }
  return testAcrossProcesses(t, () => postgresLedger(postgres.pool({ types })), untilBlocked)
})

test('with PostgreSQL, every one of five that wait in the database learns that a run before it failed', async (t) => {
  const key = newKey()
  const first = await holdKey(postgresLedger(postgres.pool()), key)
  const runs = Array.from({ length: 5 }, () => startRun(postgresLedger(postgres.pool()), key))
  for (const run of runs) run.fail()
  await untilWaiting(admin, 5)
  first.fail()
  t.strictSame(await Promise.all(runs.map(({ afterFailure }) => afterFailure)), Array(5).fill(true))
  await Promise.all([first.failed, ...runs.map(({ failed }) => failed)])
})

test('with PostgreSQL, a run waits for no other key, and for no other table', async (t) => {
  const other = postgresLedger(postgres.pool(), { table: 'other_ledger' })
  await other.migrate()
  const key = newKey()
  const ledger = postgresLedger(postgres.pool())
  const held = await holdKey(ledger, key)
  t.strictSame(await other.once(key, async (_, afterFailure) => afterFailure), { value: false, replayed: false })
  t.strictSame(await ledger.once(newKey(), async (_, afterFailure) => afterFailure), { value: false, replayed: false })
  held.fail()
  await held.failed
})

test('with SQLite, runs of one process, and of several, learn of failures that they waited for', async (t) => {
  const open = (leaseMs = 5000) => {
    const db = new Libsql(join(directory, 'ledger.sqlite'))
    t.teardown(() => db.close())
    db.exec('pragma journal_mode = wal')
    return sqliteLedger(db, { leaseMs })
  }
  await open().migrate()
  await testInProcess(t, open())
  // `once` reads the row before it returns: by then, the caller has found the holder.
  await testAcrossProcesses(t, open, async () => {})
})

test('with SQLite, a work that throws before it returns a promise gives its key up', async (t) => {
  const db = new Libsql(join(directory, 'ledger.sqlite'))
  t.teardown(() => db.close())
  const ledger = sqliteLedger(db)
  await ledger.migrate()
  const key = newKey()
  await t.rejects(ledger.once(key, () => { throw failure }), failure)
  t.strictSame(await ledger.once(key, async (_, afterFailure) => afterFailure), { value: false, replayed: false })
})

test('onceBefore passes afterFailure on', async (t) => {
  const ledger = memoryLedger()
  const key = newKey()
  const first = await holdKey(ledger, key)
  const next = onceBefore(ledger, key, monotonic() + 10_000, async (_, afterFailure) => afterFailure)
  first.fail()
  t.strictSame(await next, { value: true, replayed: false })
  await first.failed
})
