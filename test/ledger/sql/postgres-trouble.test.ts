import { test } from 'tap'
import { freePort } from '../../support/postgres.js'
import { openProxy } from '../../support/proxy.js'
import { mustNotRun, newKey, openShopDatabase } from '../postgres-shop.js'

const { postgres, admin, open, pay, timesPaid, recovers } = await openShopDatabase()

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
