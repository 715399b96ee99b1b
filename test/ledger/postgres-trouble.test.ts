import type pg from 'pg'
import tap, { test, type Test } from 'tap'
import { postgresLedger } from '../../lib/ledger/postgres-ledger.js'
import type { LedgerSettings } from '../../lib/ledger/settings.js'
import { startChild } from '../support/child.js'
import { freePort, openPostgres } from '../support/postgres.js'
import { openProxy } from '../support/proxy.js'

const postgres = await openPostgres()
const admin = postgres.pool()
await admin.query('create table orders (id text primary key, paid int not null default 0)')
await postgresLedger(admin).migrate()
tap.teardown(() => postgres.remove())

let keys = 0
const newKey = () => `imp_${++keys}:paid`
const open = (settings?: LedgerSettings, config?: pg.PoolConfig) => {
  const pool = postgres.pool(config)
  return { pool, ledger: postgresLedger(pool, settings) }
}
const pay = (key: string) => async (tx: pg.PoolClient) => {
  await tx.query('insert into orders (id, paid) values ($1, 1) on conflict (id) do update set paid = orders.paid + 1', [key])
  return 'paid'
}
const timesPaid = async (key: string) => (await admin.query('select paid from orders where id = $1', [key])).rows[0]?.paid ?? 0
const never = () => new Promise<never>(() => {})
const mustNotRun = () => Promise.reject(new Error('it ran'))

/** The ledger refused with this code, nothing was written or recorded, and it works again without help. */
async function recovers (t: Test, ledger: ReturnType<typeof open>['ledger'], key: string) {
  t.equal(await timesPaid(key), 0)
  t.strictSame(await ledger.once(key, pay(key)), { value: 'paid', replayed: false })
  t.equal(await timesPaid(key), 1)
}

test('what the hook writes is there with the record, and not without it', async (t) => {
  const { ledger } = open()
  const key = newKey()
  await t.rejects(ledger.once(key, async (tx) => {
    await pay(key)(tx)
    throw new Error('no stock')
  }), { message: 'no stock' })
  await recovers(t, ledger, key)
})

test('the hook has the limits of the application, and the connection has them afterwards', async (t) => {
  const { pool, ledger } = open({ waitMs: 4000, workMs: 5000 }, { max: 1, options: '-c lock_timeout=1234' })
  const limits = async (client: pg.PoolClient | pg.Pool) => (await client.query(
    "select current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle")).rows[0]
  const { value } = await ledger.once(newKey(), limits)
  t.strictSame(value, { lock: '1234ms', idle: '5s' })
  t.strictSame(await limits(pool), { lock: '1234ms', idle: '0' })
})

for (const isolation of ['repeatable read', 'serializable']) {
  test(`waiters get the result where transactions are ${isolation} by default`, async (t) => {
    const config = { options: `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}` }
    const ledgers = [open({}, config).ledger, open({}, config).ledger, open({}, config).ledger]
    const key = newKey()
    const all = await Promise.all(ledgers.map((ledger) => ledger.once(key, async (tx) => {
      t.equal((await tx.query('show transaction_isolation')).rows[0].transaction_isolation, isolation)
      await pay(key)(tx)
      await new Promise((resolve) => setTimeout(resolve, 100)) // so that the others have come to wait
      return 'paid'
    })))
    t.strictSame(all.map(({ replayed }) => replayed).sort(), [false, true, true])
    t.equal(await timesPaid(key), 1)
  })
}

test('a pool of one connection is enough', async (t) => {
  const { pool, ledger } = open({}, { max: 1 })
  const many = Array.from({ length: 20 }, newKey)
  await Promise.all([...many, ...many, ...many].map((key) => ledger.once(key, pay(key))))
  for (const key of many) t.equal(await timesPaid(key), 1)
  t.equal(pool.idleCount, 1)
})

test('duplicates in one process take no second connection', async (t) => {
  const { pool, ledger } = open()
  const key = newKey()
  await Promise.all(Array.from({ length: 50 }, () => ledger.once(key, pay(key))))
  t.equal(pool.totalCount, 1)
})

test('a hook that never returns loses its connection, and the payment is free', async (t) => {
  const { pool, ledger } = open({ workMs: 200 })
  const key = newKey()
  let lost: pg.PoolClient | undefined
  await t.rejects(ledger.once(key, async (tx) => {
    lost = tx
    await pay(key)(tx)
    return never()
  }), { code: 'IAMPORT_HOOK_FAILED', cause: { message: 'the hook did not end within 200 ms' } })
  t.equal(pool.totalCount, 0)
  await t.rejects(async () => lost?.query('select 1'), 'what it still writes goes nowhere')
  await recovers(t, ledger, key)
})

test('a process that freezes in its hook holds the payment no longer than workMs', async (t) => {
  const key = newKey()
  const child = startChild(new URL('holder.ts', import.meta.url), [postgres.url, key, '{"workMs":1000}'])
  t.teardown(() => child.kill())
  await child.message()
  child.process.kill('SIGSTOP')
  await recovers(t, open().ledger, key)
})

test('a hook that swallows the error of a statement is found out', async (t) => {
  const { ledger } = open()
  const key = newKey()
  await t.rejects(ledger.once(key, async (tx) => {
    await pay(key)(tx)
    await tx.query('select nonsense').catch(() => {})
    return 'paid'
  }), { code: 'IAMPORT_HOOK_FAILED', cause: { code: '25P02' } })
  await recovers(t, ledger, key)
})

test('a hook that rolls back itself is found out', async (t) => {
  const { ledger } = open()
  const key = newKey()
  await t.rejects(ledger.once(key, async (tx) => {
    await pay(key)(tx)
    await tx.query('rollback')
  }), { code: 'IAMPORT_HOOK_FAILED' })
  await recovers(t, ledger, key)
})

test('a hook that commits itself, and fails, is run again', async (t) => {
  const { ledger } = open()
  const key = newKey()
  await t.rejects(ledger.once(key, async (tx) => {
    await tx.query('commit')
    throw new Error('too late')
  }), { message: 'too late' })
  await recovers(t, ledger, key)
  t.strictSame(await ledger.once(key, pay(key)), { value: 'paid', replayed: true })
})

test('a pooler that changes connections under the client, with its prepared statements', async (t) => {
  const { pool, ledger } = open({}, { max: 1 })
  for (const meddle of ['select 1', 'deallocate all', 'deallocate all']) {
    await pool.query(meddle)
    const key = newKey()
    await recovers(t, ledger, key)
    t.strictSame(await ledger.once(key, pay(key)), { value: 'paid', replayed: true })
  }
  const other = open({}, { max: 1 })
  const key = newKey()
  await other.ledger.once(newKey(), pay(newKey()))
  await t.rejects(other.ledger.once(key, async (tx) => {
    await pay(key)(tx)
    await tx.query('deallocate all')
  }), { code: 'IAMPORT_UNAVAILABLE', cause: { code: '26000' } }, 'by the hook itself')
  await recovers(t, other.ledger, key)
})

test('a result reads the same whatever the session says about backslashes', async (t) => {
  const { ledger } = open({}, { options: '-c standard_conforming_strings=off -c escape_string_warning=off' })
  const value = { text: "\\' || 'x \\\\ '' $1 \\n", list: ['\\'] }
  const key = newKey()
  await ledger.once(key, async () => value)
  t.strictSame(await ledger.once(key, async () => value), { value, replayed: true })
})

test('a statement_timeout that ends the waiting is waiting too long', async (t) => {
  const key = newKey()
  let end = () => {}
  const held = open().ledger.once(key, () => new Promise<void>((resolve) => { end = resolve }))
  await new Promise((resolve) => setTimeout(resolve, 100))
  await t.rejects(open({}, { options: '-c statement_timeout=200' }).ledger.once(key, pay(key)), { code: 'IAMPORT_BUSY', cause: { code: '57014' } })
  end()
  await held
})

test('no table', async (t) => {
  const { ledger } = open({ table: 'not_there_yet' })
  const key = newKey()
  await t.rejects(ledger.once(key, pay(key)), { code: 'IAMPORT_UNAVAILABLE', cause: { code: '42P01' } })
  await ledger.migrate()
  await recovers(t, ledger, key)
})

test('a read-only database', async (t) => {
  const { pool, ledger } = open({}, { max: 1 })
  const key = newKey()
  await pool.query('set default_transaction_read_only = on')
  await t.rejects(ledger.once(key, pay(key)), { code: 'IAMPORT_UNAVAILABLE', cause: { code: '25006' } })
  await pool.query('set default_transaction_read_only = off')
  await recovers(t, ledger, key)
})

test('no connection left in the pool', async (t) => {
  const { pool, ledger } = open({ waitMs: 200 }, { max: 1 })
  const key = newKey()
  const client = await pool.connect()
  await t.rejects(ledger.once(key, pay(key)), { code: 'IAMPORT_UNAVAILABLE' })
  client.release()
  await recovers(t, ledger, key)
  t.equal(pool.idleCount, 1)
})

test('no connection left in the server', async (t) => {
  const role = open({}, { user: 'few', password: 'few', connectionString: undefined, host: '127.0.0.1', port: Number(new URL(postgres.url).port), database: 'postgres' })
  await admin.query("create role few login password 'few' connection limit 0; grant all on all tables in schema public to few")
  const key = newKey()
  await t.rejects(role.ledger.once(key, pay(key)), { code: 'IAMPORT_UNAVAILABLE', cause: { code: '53300' } })
  await admin.query('alter role few connection limit 1')
  await recovers(t, role.ledger, key)
})

test('a database that cannot be reached', async (t) => {
  const { ledger } = open({}, { connectionString: `postgres://postgres:password@127.0.0.1:${await freePort()}/postgres` })
  await t.rejects(ledger.once(newKey(), mustNotRun), { code: 'IAMPORT_UNAVAILABLE', cause: { code: 'ECONNREFUSED' } })
  await t.rejects(ledger.migrate(), { code: 'IAMPORT_UNAVAILABLE', cause: { code: 'ECONNREFUSED' } })
  await t.rejects(ledger.prune({ olderThan: new Date() }), { code: 'IAMPORT_UNAVAILABLE', cause: { code: 'ECONNREFUSED' } })
})

test('a database that goes silent before the hook, and one that goes silent behind it', async (t) => {
  const proxy = await openProxy({ host: '127.0.0.1', port: Number(new URL(postgres.url).port) })
  t.teardown(() => proxy.close())
  const url = new URL(postgres.url)
  url.port = String(proxy.port)
  const { pool, ledger } = open({ waitMs: 300 }, { connectionString: url.href })
  await pool.query('select 1')
  const key = newKey()
  proxy.freeze()
  await t.rejects(ledger.once(key, mustNotRun), { code: 'IAMPORT_UNAVAILABLE' })
  proxy.thaw()
  await recovers(t, ledger, key)
  const other = newKey()
  await t.rejects(ledger.once(other, async (tx) => {
    await pay(other)(tx)
    proxy.freeze()
  }), { code: 'IAMPORT_UNAVAILABLE' })
  proxy.thaw()
  await recovers(t, ledger, other)
  t.equal(pool.totalCount, pool.idleCount, 'no connection is lost for good')
})

test('a connection that is lost at the commit', async (t) => {
  const proxy = await openProxy({ host: '127.0.0.1', port: Number(new URL(postgres.url).port) })
  t.teardown(() => proxy.close())
  const url = new URL(postgres.url)
  url.port = String(proxy.port)
  const { ledger } = open({}, { connectionString: url.href })
  const [before, after] = [newKey(), newKey()]
  proxy.cutAt('commit', 'before')
  await t.rejects(ledger.once(before, pay(before)), { code: 'IAMPORT_UNAVAILABLE' })
  await recovers(t, ledger, before)
  proxy.cutAt('commit', 'after')
  await t.rejects(ledger.once(after, pay(after)), { code: 'IAMPORT_UNAVAILABLE' })
  t.strictSame(await ledger.once(after, pay(after)), { value: 'paid', replayed: true }, 'it had come through')
  t.equal(await timesPaid(after), 1)
})

test('a database that is restarted while the hook runs', async (t) => {
  const { ledger } = open()
  const key = newKey()
  await t.rejects(ledger.once(key, async (tx) => {
    await pay(key)(tx)
    await postgres.stop()
    return 'paid'
  }), { code: 'IAMPORT_UNAVAILABLE' })
  await t.rejects(ledger.once(key, mustNotRun), { code: 'IAMPORT_UNAVAILABLE' }, 'as long as it is down')
  await postgres.start()
  await recovers(t, ledger, key)
})
