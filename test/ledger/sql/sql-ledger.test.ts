import { test } from 'tap'
import { mysqlLedger, postgresLedger, sqliteLedger, sqlLedger } from '../../../lib/index.js'
import { openPostgres } from '../../support/postgres.js'

const transaction = (run: (tx: string) => Promise<void>) => run('tx')
const query = async () => []
const unused = (): never => { throw new Error('it was used') }

test('a table name that is no identifier is refused', (t) => {
  const long = 'x'.repeat(52)
  for (const table of ['', ' ', '1st', 'a b', 'a;drop table orders', 'a"b', 'a`b', 'a.b.c', '.a', 'a.', 'a-b', 'á', `${long}x`, 1, null]) {
    const settings = { table } as { table: string }
    t.throws(() => sqlLedger({ dialect: 'postgres', transaction, query, ...settings }), { code: 'IAMPORT_INVALID_OPTIONS' }, String(table))
    t.throws(() => sqliteLedger({ prepare: unused, exec: () => {} }, settings), { code: 'IAMPORT_INVALID_OPTIONS' }, String(table))
  }
  for (const table of ['a', '_a1', 'Payments', 'billing.payments', long]) {
    t.match(sqlLedger({ dialect: 'postgres', transaction, query, table }).schema(), table.replace('.', '"."'))
    t.match(sqlLedger({ dialect: 'mysql', transaction, query, table }).schema(), table.replace('.', '`.`'))
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
    t.throws(() => postgresLedger(pool, settings), { code: 'IAMPORT_INVALID_OPTIONS' }, JSON.stringify(settings))
  }
  for (const settings of [{ poolSize: 10 }, { leaseMs: 0 }, { leaseMs: 10_000 }, { waitMs: 1000, leaseMs: 1000 }]) {
    t.throws(() => sqliteLedger({ prepare: unused, exec: () => {} }, settings), { code: 'IAMPORT_INVALID_OPTIONS' }, JSON.stringify(settings))
  }
  for (const nothing of [undefined, null, {}, 'postgres://'] as never[]) {
    t.throws(() => postgresLedger(nothing), { code: 'IAMPORT_INVALID_OPTIONS' })
    t.throws(() => mysqlLedger(nothing), { code: 'IAMPORT_INVALID_OPTIONS' })
    t.throws(() => sqliteLedger(nothing), { code: 'IAMPORT_INVALID_OPTIONS' })
  }
  t.throws(() => sqlLedger({ dialect: 'oracle' as 'mysql', transaction, query }), { code: 'IAMPORT_INVALID_OPTIONS' })
  t.throws(() => sqlLedger({ dialect: 'mysql', transaction: undefined as never, query }), { code: 'IAMPORT_INVALID_OPTIONS' })
  t.throws(() => sqlLedger({ dialect: 'mysql', transaction, query: 'select' as never }), { code: 'IAMPORT_INVALID_OPTIONS' })
  for (const pool of ['postgres://', null, 10] as never[]) {
    t.throws(() => sqlLedger({ dialect: 'mysql', transaction, query, pool }), { code: 'IAMPORT_INVALID_OPTIONS' })
  }
  t.end()
})

test('a key that a database might take for another one is refused', async (t) => {
  const ledger = sqlLedger({ dialect: 'postgres', transaction: unused, query })
  for (const key of ['', 'x'.repeat(256), 'é', 'a\u0000', 'a\n', undefined as unknown as string]) {
    await t.rejects(ledger.once(key, async () => unused()), TypeError)
  }
})

test('a transaction that does not do its part is found out', async (t) => {
  const once = (ledger: ReturnType<typeof sqlLedger<string>>) => ledger.once('imp_1:paid', async () => 'paid')
  const noRows = sqlLedger({ dialect: 'postgres', transaction, query: async () => ({ rows: [] }) })
  await t.rejects(once(noRows), { code: 'IAMPORT_UNAVAILABLE', cause: { message: 'query must resolve to the rows of its statement' } })
  const notRun = sqlLedger<string>({ dialect: 'postgres', transaction: async () => {}, query })
  await t.rejects(once(notRun), { code: 'IAMPORT_UNAVAILABLE', cause: { message: 'transaction must run what it is given' } })
  await t.rejects(notRun.migrate(), { code: 'IAMPORT_UNAVAILABLE' })
  const noText = sqlLedger({ dialect: 'postgres', transaction, query: async (_, sql) => sql.startsWith('select') ? [{ result: 1, done: true }] : [] })
  await t.rejects(once(noText), { code: 'IAMPORT_UNAVAILABLE' })
})

test('an error comes out as it is, whatever the driver wraps around it', async (t) => {
  const wrapping = (run: (tx: string) => Promise<void>) => run('tx').catch((cause) => { throw new Error('transaction failed', { cause }) })
  const error = new Error('no stock')
  const claimed = sqlLedger({ dialect: 'postgres', transaction: wrapping, query: async () => [{}] })
  t.equal(await claimed.once('imp_1:paid', async () => { throw error }).catch((thrown) => thrown), error)
  for (const code of [{ code: '55P03' }, { code: 'P2010', meta: { code: '55P03' } }, { cause: { code: '55P03' } }]) {
    const locked = sqlLedger({ dialect: 'postgres', transaction: wrapping, query: async () => { throw Object.assign(new Error(), code) } })
    await t.rejects(locked.once('imp_1:paid', async () => unused()), { code: 'IAMPORT_BUSY' }, JSON.stringify(code))
  }
})

test('a transaction that lost to another one is tried again, until the work has begun', async (t) => {
  let tries = 0
  let statement = ''
  const failing = (at: string) => sqlLedger({
    dialect: 'postgres',
    transaction,
    async query (_, sql) {
      if (sql.startsWith(at) && tries++ < 2) throw Object.assign(new Error('serialization'), { code: '40001' })
      statement = sql
      return [{}]
    },
  })
  t.strictSame(await failing('insert').once('imp_1:paid', async () => 'paid'), { value: 'paid', replayed: false })
  t.equal(tries, 3)
  tries = 0
  let ran = 0
  await t.rejects(failing('update').once('imp_1:paid', async () => ++ran), { code: 'IAMPORT_UNAVAILABLE', cause: { code: '40001' } })
  t.equal(ran, 1)
  t.match(statement, /^insert/)
})

test('without a way to end its connection, a hook that never returns frees at least the line', async (t) => {
  let end = () => {}
  let commits = 0
  const held = sqlLedger({ dialect: 'postgres', workMs: 50, transaction: (run: (tx: string) => Promise<void>) => run('tx').then(() => { commits++ }), query: async () => [{}] })
  await t.rejects(held.once('imp_1:paid', () => new Promise<void>((resolve) => { end = resolve })), { code: 'IAMPORT_HOOK_FAILED' })
  t.strictSame(await held.once('imp_1:paid', async () => 'paid'), { value: 'paid', replayed: false })
  end()
  await new Promise(setImmediate)
  t.equal(commits, 1, 'what comes too late is not committed')
})

test('the table: created once by any number at the same time, as it is printed, and pruned', async (t) => {
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
    await admin.query(`insert into ${table} (event_key, created_at, done_at) select 'old_' || n, now() - interval '200 days', now() from generate_series(1, 2500) n`)
    t.equal(await ledger.prune({ olderThan: new Date(Date.now() - 180 * 86_400_000) }), 2500)
    t.equal(await ledger.prune({ olderThan: new Date(Date.now() - 180 * 86_400_000) }), 0)
    t.strictSame(await ledger.once('imp_1:paid', async () => 'again'), { value: 'paid', replayed: true })
    for (const olderThan of [new Date(NaN), 0, undefined, '2026-01-01'] as never[]) {
      await t.rejects(ledger.prune({ olderThan }), { code: 'IAMPORT_INVALID_OPTIONS' })
    }
  }
})
