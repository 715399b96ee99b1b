import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { test } from 'tap'
import { postgresLedger } from '../../../lib/index.js'
import { freePort } from '../../support/postgres.js'
import { openProxy } from '../../support/proxy.js'
import { findsNothingOnDeadConnections } from '../dead-connections.js'
import { mustNotRun, newKey, openShopDatabase } from '../postgres-shop.js'

const { postgres, admin, open, pay, timesPaid, recovers } = await openShopDatabase()

test('a missing table is IAMPORT_UNAVAILABLE, and the ledger works after migrate', async (t) => {
  const { ledger } = open({ table: 'not_there_yet' })
  const key = newKey()
  await t.rejects(ledger.once(key, pay(key)), { code: 'IAMPORT_UNAVAILABLE', cause: { code: '42P01' } })
  await ledger.migrate()
  await recovers(t, ledger, key)
})

test('a read-only database is IAMPORT_UNAVAILABLE, until it can be written', async (t) => {
  const { pool, ledger } = open({}, { max: 1 })
  const key = newKey()
  await pool.query('set default_transaction_read_only = on')
  await t.rejects(ledger.once(key, pay(key)), { code: 'IAMPORT_UNAVAILABLE', cause: { code: '25006' } })
  await pool.query('set default_transaction_read_only = off')
  await recovers(t, ledger, key)
})

test('a pool without free connections is IAMPORT_UNAVAILABLE, until one is free', async (t) => {
  const { pool, ledger } = open({ waitMs: 1000 }, { max: 1 })
  const key = newKey()
  const client = await pool.connect()
  await t.rejects(ledger.once(key, pay(key)), { code: 'IAMPORT_UNAVAILABLE' })
  client.release()
  await recovers(t, ledger, key)
  t.equal(pool.idleCount, 1)
})

test('a server without free connections is IAMPORT_UNAVAILABLE, until there is one', async (t) => {
  await admin.query("create role few login password 'few' connection limit 0")
  await admin.query('grant all on all tables in schema public to few')
  const url = new URL(postgres.url)
  url.username = url.password = 'few'
  const { ledger } = open({}, { connectionString: url.href })
  const key = newKey()
  await t.rejects(ledger.once(key, pay(key)), { code: 'IAMPORT_UNAVAILABLE', cause: { code: '53300' } })
  await admin.query('alter role few connection limit 2') // the session that was refused may still count as one
  await recovers(t, ledger, key)
})

test('a database that refuses the connection is IAMPORT_UNAVAILABLE, for every method', async (t) => {
  const url = new URL(postgres.url)
  url.port = String(await freePort())
  const { ledger } = open({}, { connectionString: url.href })
  const unavailable = { code: 'IAMPORT_UNAVAILABLE', cause: { code: 'ECONNREFUSED' } }
  await t.rejects(ledger.once(newKey(), mustNotRun), unavailable)
  await t.rejects(ledger.find(newKey()), unavailable)
  await t.rejects(ledger.migrate(), unavailable)
  await t.rejects(ledger.prune({ olderThan: new Date() }), unavailable)
})

test('with connectionTimeoutMillis, connections that nobody answers free their places in the pool', async (t) => {
  const { port } = new URL(postgres.url)
  let isSilent = true
  const server = createServer((socket) => {
    socket.on('error', () => {})
    if (isSilent) return
    const upstream = connect(Number(port), '127.0.0.1').on('error', () => {})
    socket.pipe(upstream).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = new URL(postgres.url)
  url.port = String((server.address() as AddressInfo).port)
  const { pool, ledger } = open({ waitMs: 100 }, { connectionString: url.href, max: 3, connectionTimeoutMillis: 1000 })
  const tries = await Promise.allSettled(Array.from({ length: 5 }, () => ledger.once(newKey(), mustNotRun)))
  t.ok(tries.every((tried) => tried.status === 'rejected' && tried.reason.code === 'IAMPORT_UNAVAILABLE'))
  isSilent = false
  await recovers(t, postgresLedger(pool), newKey()) // it waits for a place
})

test('a database that stops answering, before the hook or after it, is IAMPORT_UNAVAILABLE', async (t) => {
  const proxy = await openProxy({ host: '127.0.0.1', port: Number(new URL(postgres.url).port) })
  t.teardown(() => proxy.close())
  const url = new URL(postgres.url)
  url.port = String(proxy.port)
  const { pool, ledger } = open({ waitMs: 1500 }, { connectionString: url.href })
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

test('what is read on connections that died without a word lets go of them, so that payments go on', async (t) => {
  const proxy = await openProxy({ host: '127.0.0.1', port: Number(new URL(postgres.url).port) })
  t.teardown(() => proxy.close())
  const url = new URL(postgres.url)
  url.port = String(proxy.port)
  const { pool, ledger } = open({ waitMs: 1500 }, { connectionString: url.href, max: 3 })
  await Promise.all([pool.query('select 1'), pool.query('select 1')])
  const key = newKey()
  await findsNothingOnDeadConnections(t, proxy, ledger, key)
  await recovers(t, ledger, key)
  t.strictSame(await ledger.find(key), { value: 'paid' })
  t.equal(pool.totalCount, pool.idleCount, 'no connection is lost for good')
})

test('a connection lost before the commit records nothing; lost after it, the record is there', async (t) => {
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
  t.strictSame(await ledger.once(after, pay(after)), { value: 'paid', replayed: true }, 'it was committed')
  t.equal(await timesPaid(after), 1)
})

test('a database that is restarted while the hook runs records nothing', async (t) => {
  const { ledger } = open()
  const key = newKey()
  await t.rejects(ledger.once(key, async (tx) => {
    await pay(key)(tx)
    await postgres.stop()
    return 'paid'
  }), { code: 'IAMPORT_UNAVAILABLE' })
  await t.rejects(ledger.once(key, mustNotRun), { code: 'IAMPORT_UNAVAILABLE' }, 'while it is down')
  await postgres.start()
  await recovers(t, ledger, key)
})
