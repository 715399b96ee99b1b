import { mock } from 'node:test'
import { test } from 'tap'
import { mysqlLedger, postgresLedger, sqliteLedger, sqlLedger, type SqlLedgerOptions } from '../../../lib/index.js'
import { openPostgres } from '../../support/postgres.js'
import { deferred } from '../../support/upstream.js'

const transaction = (run: (tx: string) => Promise<void>) => run('tx')
const query = async () => []
const unused = (): never => { throw new Error('it was used') }
const sqlite = { prepare: unused, exec: () => {} }
const open = (options: Partial<SqlLedgerOptions<string>> = {}) =>
  sqlLedger({ dialect: 'postgres', transaction, query, ...options })
const invalid = { code: 'IAMPORT_INVALID_OPTIONS' }

test('a table name that is not an identifier, or one behind a schema, is refused', (t) => {
  const longest = 'x'.repeat(52)
  const wrong = [
    '', ' ', '1st', 'a b', 'a;drop table orders', 'a"b', 'a`b', 'a.b.c', '.a', 'a.', 'a-b', 'á', `${longest}x`, 1, null,
  ]
  for (const table of wrong as string[]) {
    t.throws(() => open({ table }), invalid, String(table))
    t.throws(() => sqliteLedger(sqlite, { table }), invalid, String(table))
  }
  for (const table of ['a', '_a1', 'Payments', 'billing.payments', longest]) {
    t.match(open({ dialect: 'postgres', table }).schema(), table.replace('.', '"."'))
    t.match(open({ dialect: 'mysql', table }).schema(), table.replace('.', '`.`'))
  }
  t.end()
})

test('wrong settings are refused', (t) => {
  const pool = { connect: async () => unused() }
  const wrong = [
    { waitMs: 0 }, { waitMs: -1 }, { waitMs: 1.5 }, { waitMs: NaN }, { waitMs: 2 ** 31 }, { waitMs: '10' },
    { workMs: 0 }, { workMS: 10 }, { poolSize: 0 }, { poolSize: 1.5 }, { poolSize: '10' },
  ]
  for (const settings of wrong as object[]) {
    t.throws(() => postgresLedger(pool, settings), invalid, JSON.stringify(settings))
  }
  for (const settings of [{ poolSize: 10 }, { leaseMs: 0 }, { leaseMs: 10_000 }, { waitMs: 1000, leaseMs: 1000 }]) {
    t.throws(() => sqliteLedger(sqlite, settings), invalid, JSON.stringify(settings))
  }
  for (const nothing of [undefined, null, {}, 'postgres://'] as never[]) {
    t.throws(() => postgresLedger(nothing), invalid)
    t.throws(() => mysqlLedger(nothing), invalid)
    t.throws(() => sqliteLedger(nothing), invalid)
  }
  t.throws(() => open({ dialect: 'oracle' as 'mysql' }), invalid)
  t.throws(() => sqlLedger({ dialect: 'mysql', transaction: undefined as never, query }), invalid)
  t.throws(() => open({ query: 'select' as never }), invalid)
  for (const pool of ['postgres://', null, 10] as never[]) t.throws(() => open({ pool }), invalid)
  t.end()
})

test('a key that is empty, too long or not printable ASCII is refused', async (t) => {
  const ledger = open({ transaction: unused })
  for (const key of ['', 'x'.repeat(256), 'é', 'a\u0000', 'a\n', undefined as unknown as string]) {
    await t.rejects(ledger.once(key, async () => unused()), TypeError)
  }
})

test('a query without rows or text, and a transaction that runs nothing, are IAMPORT_UNAVAILABLE', async (t) => {
  const once = (ledger: ReturnType<typeof open>) => ledger.once('imp_1:paid', async () => 'paid')
  const unavailable = (message: string) => ({ code: 'IAMPORT_UNAVAILABLE', cause: { message } })
  const noRows = open({ query: async () => ({ rows: [] }) })
  await t.rejects(once(noRows), unavailable('query must resolve to the rows of its statement'))
  const notRun = open({ transaction: async () => {} })
  await t.rejects(once(notRun), unavailable('transaction must run what it is given'))
  await t.rejects(notRun.migrate(), { code: 'IAMPORT_UNAVAILABLE' })
  const noText = open({ query: async (_, sql) => sql.startsWith('select') ? [{ result: 1, done: true }] : [] })
  await t.rejects(once(noText), { code: 'IAMPORT_UNAVAILABLE' })
})

test('a driver that wraps errors hides neither the error of a hook nor a lock wait', async (t) => {
  const wrapping = async (run: (tx: string) => Promise<void>) => {
    try {
      await run('tx')
    } catch (cause) {
      throw new Error('transaction failed', { cause })
    }
  }
  const error = new Error('no stock')
  const claimed = open({ transaction: wrapping, query: async () => [{ waited: 0 }] })
  t.equal(await claimed.once('imp_1:paid', async () => { throw error }).catch((thrown) => thrown), error)
  for (const code of [{ code: '55P03' }, { code: 'P2010', meta: { code: '55P03' } }, { cause: { code: '55P03' } }]) {
    const locked = open({ transaction: wrapping, query: async () => { throw Object.assign(new Error(), code) } })
    await t.rejects(locked.once('imp_1:paid', async () => unused()), { code: 'IAMPORT_BUSY' }, JSON.stringify(code))
  }
})

test('a transaction that fails to serialize is tried again, unless its work has begun', async (t) => {
  let tries = 0
  let statement = ''
  const failing = (at: string) => open({
    async query (_, sql) {
      if (sql.startsWith(at) && tries++ < 2) throw Object.assign(new Error('serialization'), { code: '40001' })
      statement = sql
      return [{ waited: 0 }]
    },
  })
  t.strictSame(await failing('insert').once('imp_1:paid', async () => 'paid'), { value: 'paid', replayed: false })
  t.equal(tries, 3)
  tries = 0
  let ran = 0
  const unavailable = { code: 'IAMPORT_UNAVAILABLE', cause: { code: '40001' } }
  await t.rejects(failing('update').once('imp_1:paid', async () => ++ran), unavailable)
  t.equal(ran, 1)
  t.match(statement, /^insert/)
})

test('without onLate, an event can run again after workMs, and its late run is not committed', async (t) => {
  const end = deferred()
  let commits = 0
  const ledger = open({
    workMs: 50,
    async transaction (run) {
      await run('tx')
      commits++
    },
    query: async () => [{ waited: 0 }],
  })
  await t.rejects(ledger.once('imp_1:paid', () => end.promise), { code: 'IAMPORT_HOOK_FAILED' })
  t.strictSame(await ledger.once('imp_1:paid', async () => 'paid'), { value: 'paid', replayed: false })
  end.resolve()
  await new Promise(setImmediate)
  t.equal(commits, 1)
})

test('every method gives its connection up when its time is over, and its share of the pool with it', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { now } = performance
  let passedMs = 0
  performance.now = () => passedMs
  t.teardown(() => { performance.now = now })
  const pass = (ms: number) => {
    passedMs += ms
    mock.timers.tick(ms)
  }
  const ended: Error[] = []
  const ledger = open({
    poolSize: 1,
    waitMs: 3000,
    async transaction (run, onLate) {
      onLate((error) => ended.push(error))
      await run('tx')
    },
    query: () => new Promise(() => {}),
  })
  const unavailable = 'IAMPORT_UNAVAILABLE'
  const olderThan = new Date()
  const methods: [name: string, ms: number, code: string, call: () => Promise<unknown>][] = [
    ['find', 3000, unavailable, () => ledger.find('imp_1:paid')],
    ['prune', 20_000, unavailable, () => ledger.prune({ olderThan })],
    ['migrate', 20_000, 'IAMPORT_INVALID_OPTIONS', () => ledger.migrate()], // its query may be to blame
    ['once', 5000, unavailable, () => ledger.once('imp_1:paid', async () => unused())],
  ]
  for (const [name, ms, code, call] of methods) {
    const rejected = t.rejects(call(), { code }, name)
    await new Promise(setImmediate)
    pass(ms - 1)
    t.strictSame(ended.splice(0), [], `${name} waits`)
    pass(1)
    t.equal(ended.splice(0).length, 1, `${name} ends its connection after ${ms} ms`)
    await rejected
  }
})

test('eight ledgers may create one table at once, and prune deletes only its old records', async (t) => {
  const postgres = await openPostgres()
  t.teardown(() => postgres.remove())
  const admin = postgres.pool()
  await admin.query('create schema billing')
  for (const table of ['payments', 'billing.payments']) {
    await Promise.all(Array.from({ length: 8 }, () => postgresLedger(postgres.pool({ max: 1 }), { table }).migrate()))
    const ledger = postgresLedger(admin, { table })
    await ledger.migrate()
    await admin.query(ledger.schema())

    t.strictSame(await ledger.once('imp_1:paid', async () => 'paid'), { value: 'paid', replayed: false })
    await admin.query(`insert into ${table} (event_key, created_at, done_at)
      select 'old_' || n, now() - interval '200 days', now() from generate_series(1, 2500) n`)
    const olderThan = new Date(Date.now() - 180 * 86_400_000)
    t.equal(await ledger.prune({ olderThan }), 2500)
    t.equal(await ledger.prune({ olderThan }), 0)
    t.strictSame(await ledger.once('imp_1:paid', async () => 'again'), { value: 'paid', replayed: true })
    for (const olderThan of [new Date(NaN), 0, undefined, '2026-01-01'] as never[]) {
      await t.rejects(ledger.prune({ olderThan }), invalid)
    }
  }
})
