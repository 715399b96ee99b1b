import Libsql from 'libsql'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import tap, { test, type Test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { memoryLedger, postgresLedger, sqliteLedger, type AfterFailure, type Ledger } from '../../lib/index.js'
import { hold, newKey } from '../../lib/ledger/contract/case.js'
import { onceBefore } from '../../lib/ledger/once-before.js'
import { openPostgres } from '../support/postgres.js'
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

/** Holds a key in one ledger, and fails when told to. */
async function holdAndFail<Tx> (ledger: Ledger<Tx>, key: string) {
  const begun = deferred()
  const end = deferred()
  const failed = ledger.once(key, async () => {
    begun.resolve()
    await end.promise
    throw failure
  }).catch((error: unknown) => error)
  await begun.promise
  return { fail: () => { end.resolve() }, failed }
}

/** Whether the run of this caller is told that it comes after a failure; it fails as well where it is told to. */
function caller<Tx> (ledger: Ledger<Tx>, key: string) {
  let tell = (_: AfterFailure | undefined) => {}
  const told = new Promise<AfterFailure | undefined>((resolve) => { tell = resolve })
  const end = deferred()
  const done = ledger.once(key, async (_, afterFailure) => {
    tell(afterFailure)
    await end.promise
    throw failure
  }).catch((error: unknown) => error)
  return { told, fail: () => { end.resolve() }, done }
}

async function testInProcess<Tx> (t: Test, ledger: Ledger<Tx>) {
  const key = newKey()
  const head = await holdAndFail(ledger, key)
  const [second, third] = [caller(ledger, key), caller(ledger, key)]
  head.fail()
  t.equal(await second.told, true, 'it stood behind one that failed')
  second.fail()
  t.equal(await third.told, true, 'and so did the one behind it')
  third.fail()
  await Promise.all([head.failed, second.done, third.done])
  const alone = caller(ledger, key)
  t.not(await alone.told, true, 'nobody was under way when this one came')
  alone.fail()
  await alone.done
}

/** `isWaiting` resolves when the caller stands in the database. */
async function testAcross<Tx> (t: Test, open: () => Ledger<Tx>, isWaiting: (callers: number) => Promise<void>) {
  const key = newKey()
  const head = await holdAndFail(open(), key)
  const second = caller(open(), key)
  await isWaiting(1)
  head.fail()
  t.equal(await second.told, true, 'another process failed while this one waited')
  const third = caller(open(), key)
  await isWaiting(1)
  second.fail()
  t.equal(await third.told, true, 'one that had waited itself has failed')
  third.fail()
  await Promise.all([head.failed, second.done, third.done])
  const alone = caller(open(), key)
  t.not(await alone.told, true, 'nobody was under way when this one came')
  alone.fail()
  await alone.done

  const { held, end } = await hold(open(), key)
  const late = open().once(key, async () => 'not run')
  await isWaiting(1)
  end()
  t.strictSame(await late, { value: 'held', replayed: true })
  await held
}

const inDatabase = async (callers: number) => {
  const waiting = "select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock'"
  while ((await admin.query(waiting)).rows[0].count < callers) await sleep(5)
}

test('in memory', (t) => testInProcess(t, memoryLedger()))

test('in the line of one process, with PostgreSQL', (t) => testInProcess(t, postgresLedger(postgres.pool())))

test('across processes, with PostgreSQL', (t) => testAcross(t, () => postgresLedger(postgres.pool()), inDatabase))

test('across processes, with PostgreSQL whose transactions are repeatable read', (t) =>
  testAcross(t, () => {
    const pool = postgres.pool({ options: '-c default_transaction_isolation=repeatable\\ read' })
    return postgresLedger(pool)
  }, inDatabase))

test('one that came while another took over is told too, with PostgreSQL', async (t) => {
  // Those behind the head are told whoever of them is next, and whenever they came.
  const key = newKey()
  const head = await holdAndFail(postgresLedger(postgres.pool()), key)
  const callers = Array.from({ length: 5 }, () => caller(postgresLedger(postgres.pool()), key))
  for (const one of callers) one.fail()
  await inDatabase(5)
  head.fail()
  t.strictSame(await Promise.all(callers.map(({ told }) => told)), [true, true, true, true, true])
  await Promise.all([head.failed, ...callers.map(({ done }) => done)])
})

test('two tables, or two keys, do not wait for each other', async (t) => {
  const other = postgresLedger(postgres.pool(), { table: 'other_ledger' })
  await other.migrate()
  const key = newKey()
  const head = await holdAndFail(postgresLedger(postgres.pool()), key)
  for (const free of [key, newKey()]) {
    const { value } = await other.once(free, async (_, afterFailure) => afterFailure ?? false)
    t.equal(value, false)
  }
  head.fail()
  await head.failed
})

test('in the line of one process, and across processes, with SQLite', async (t) => {
  const open = (leaseMs = 5000) => {
    const db = new Libsql(join(directory, 'ledger.sqlite'))
    t.teardown(() => db.close())
    db.exec('pragma journal_mode = wal')
    return sqliteLedger(db, { leaseMs })
  }
  await open().migrate()
  await testInProcess(t, open())
  // It looks at the row before it first pauses: the caller has seen the holder by then.
  await testAcross(t, open, async () => {})
})

test('with a bound on waiting it is passed on', async (t) => {
  const ledger = memoryLedger()
  const key = newKey()
  const head = await holdAndFail(ledger, key)
  const next = onceBefore(ledger, key, monotonic() + 10_000, async (_, afterFailure) => afterFailure ?? false)
  head.fail()
  t.strictSame(await next, { value: true, replayed: false })
  await head.failed
})
