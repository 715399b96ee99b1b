// The plugin and a handler written by hand, side by side, in front of a stub of the provider. See README.md for how to read it.
//   node bench/run.js [--rounds 3] [--seconds 4] [--connections 50]
import autocannon from 'autocannon'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import Fastify from 'fastify'
import iamport from 'fastify-iamport'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '50' },
  },
})
const rounds = Number(values.rounds)
const duration = Number(values.seconds)
const connections = Number(values.connections)

/** @param {string} name @param {NodeJS.ProcessEnv} [env] */
async function start (name, env) {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), { env: { ...process.env, NODE_ENV: 'production', ...env }, execArgv: ['--expose-gc'] })
  const [{ port }] = await once(child, 'message')
  return { child, url: `http://127.0.0.1:${port}` }
}

/** Figures of a contender, or counts of the stub. @param {string} url @returns {Promise<Record<string, number>>} */
async function read (url) {
  const figures = await (await fetch(url)).json()
  return /** @type {Record<string, number>} */ (figures)
}
/** @param {Record<string, number>} after @param {Record<string, number>} before @param {string} name */
const grown = (after, before, name) => Number(after[name]) - Number(before[name])

let sent = 0
/** @param {{ impUid?: string }} [of] every request is about a payment of its own, or all are about one */
const notification = ({ impUid } = {}) => ({
  method: /** @type {const} */ ('POST'),
  path: '/payments/complete',
  headers: { 'content-type': 'application/json' },
  /** @param {autocannon.Request} request */
  setupRequest: (request) => ({ ...request, body: JSON.stringify({ imp_uid: impUid ?? `imp_${String(++sent).padStart(12, '0')}` }) }),
})

/** @param {string} url @param {Partial<autocannon.Options>} options @param {{ impUid?: string }} [of] */
async function load (url, options, of) {
  const result = await autocannon({ url, connections, requests: [notification(of)], ...options })
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx} answers were not 2xx, ${result.errors} requests failed`)
  return result
}

/** One contender, fresh: the first 50 at once, then steadily. @param {string} name @param {string} upstream */
async function measure (name, upstream) {
  const { child, url } = await start(name, { UPSTREAM: upstream })
  await read(`${upstream}/counts`)
  await load(url, { amount: 50 })
  const { tokens } = await read(`${upstream}/counts`)
  await load(url, { duration: 2 })
  await read(`${upstream}/counts`)
  const before = await read(`${url}/__stats`)
  const { latency, requests } = await load(url, { duration })
  const after = await read(`${url}/__stats`)
  const { lookups } = await read(`${upstream}/counts`)
  child.kill()
  const processed = grown(after, before, 'processed')
  const cpuUs = grown(after, before, 'cpuMs') * 1000 / processed
  return { perSec: requests.average, p50: latency.p50, p99: latency.p99, cpuUs, lookups: Number(lookups) / processed, tokens: Number(tokens) }
}

/** @param {string} upstream */
async function burst (upstream) {
  const { child, url } = await start('server.js', { UPSTREAM: upstream })
  await read(`${upstream}/counts`)
  await load(url, { connections: 1000, amount: 1000 }, { impUid: 'imp_burst' })
  const { processed } = await read(`${url}/__stats`)
  const { lookups } = await read(`${upstream}/counts`)
  child.kill()
  return { processed, lookups }
}

/** Resident megabytes after 10,000 and after 100,000 completions. @param {string} upstream */
async function memory (upstream) {
  const { child, url } = await start('server.js', { UPSTREAM: upstream })
  await load(url, { amount: 10_000 })
  const { rssMb: early } = await read(`${url}/__stats`)
  await load(url, { amount: 90_000 })
  const { rssMb: late } = await read(`${url}/__stats`)
  child.kill()
  return { early, late }
}

/** Milliseconds that the plugin adds to an app's start: the median of nine, each beside an app without it. */
async function registration () {
  const options = { impKey: 'key', impSecret: 'secret', getExpectedAmount: () => 14000, onPaid: () => {} }
  const added = []
  for (let i = 0; i < 10; i++) {
    const times = []
    for (const isWith of [false, true]) {
      const begun = performance.now()
      const app = Fastify()
      if (isWith) app.register(iamport, options)
      await app.ready()
      times.push(performance.now() - begun)
      await app.close()
    }
    added.push(Number(times[1]) - Number(times[0]))
  }
  return median(added.slice(1)) // the first also loads Fastify's own parts
}

/** @param {number[]} list */
const median = (list) => Number([...list].sort((a, b) => a - b)[Math.floor(list.length / 2)])

const upstream = await start('stub.js')
const contenders = ['by-hand.js', 'server.js']
/** @type {Record<string, Awaited<ReturnType<typeof measure>>[]>} */
const results = { 'by-hand.js': [], 'server.js': [] }
for (let round = 0; round < rounds; round++) {
  for (const name of contenders) results[name]?.push(await measure(name, upstream.url))
}
console.log(`Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model}, ${connections} connections, ${rounds} rounds of ${duration} s\n`)
console.log('| contender | completions/s | p50 ms | p99 ms | CPU µs each | lookups each | tokens for the first 50 | to by hand |')
console.log('|---|---:|---:|---:|---:|---:|---:|---:|')
for (const name of contenders) {
  const figures = results[name] ?? []
  /** @param {keyof typeof figures[0]} key */
  const of = (key) => median(figures.map((figure) => figure[key]))
  const ratio = median(figures.map((figure, round) => figure.perSec / Number(results['by-hand.js']?.[round]?.perSec)))
  console.log(`| ${name === 'server.js' ? 'fastify-iamport' : 'by hand'} | ${of('perSec').toFixed(0)} | ${of('p50')} | ${of('p99')} | ${of('cpuUs').toFixed(0)} | ${of('lookups').toFixed(2)} | ${of('tokens')} | ${ratio.toFixed(2)} |`)
}
const together = await burst(upstream.url)
console.log(`\n1000 notifications of one payment at once: delivered ${together.processed} time(s), ${together.lookups} lookup(s)`)
const { early, late } = await memory(upstream.url)
console.log(`resident memory: ${early?.toFixed(0)} MB after 10,000 completions, ${late?.toFixed(0)} MB after 100,000`)
const added = await registration()
console.log(`registration and ready() add ${added.toFixed(1)} ms`)
upstream.child.kill()
