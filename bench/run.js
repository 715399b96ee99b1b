// The plugin and a handler written by hand, side by side, in front of a stub of the provider. See README.md for how to read it.
//   node bench/run.js [--rounds 3] [--seconds 4] [--connections 50] [--latency 0] [--api v1] [--tls] [--brief]
import autocannon from 'autocannon'
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import Fastify from 'fastify'
import iamport from 'fastify-iamport'
import portone from 'fastify-iamport/portone'
import { Agent, request } from 'undici'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '50' },
    api: { type: 'string', default: 'v1' }, // Iamport, or PortOne V2
    latency: { type: 'string', default: '0' }, // of every answer of the provider, ms
    tls: { type: 'boolean', default: false }, // the provider speaks HTTPS
    brief: { type: 'boolean', default: false }, // without the burst, the memory and the registration
  },
})
const rounds = Number(values.rounds)
const duration = Number(values.seconds)
const connections = Number(values.connections)
/** What the page names a payment by. */
const field = values.api === 'v2' ? 'paymentId' : 'imp_uid'

/** A folder with a key and a self-signed certificate, of today only. Node has no way to sign one by itself. */
function certify () {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const options = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1'
  try {
    execFileSync('openssl', [...options.split(' '), '-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`], { stdio: 'pipe' })
  } catch (cause) {
    throw new Error('--tls needs the command openssl, to make a certificate', { cause })
  }
  return folder
}
const certificate = values.tls ? certify() : undefined
process.on('exit', () => certificate && rmSync(certificate, { recursive: true }))
/** @type {import('node:child_process').ChildProcess[]} */
const children = []
process.on('exit', () => { for (const child of children) child.kill() })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))
const dispatcher = new Agent(certificate === undefined ? {} : { connect: { ca: readFileSync(`${certificate}/cert.pem`) } })

/** @param {string} name @param {NodeJS.ProcessEnv} [env] */
async function start (name, env) {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), { env: { ...process.env, NODE_ENV: 'production', ...env }, execArgv: ['--expose-gc'] })
  children.push(child)
  const [{ port }] = await once(child, 'message')
  return { child, url: `${env?.CERTIFICATE ? 'https' : 'http'}://127.0.0.1:${port}` }
}
/** @param {string} name @param {string} upstream @param {NodeJS.ProcessEnv} [env] */
const startContender = (name, upstream, env) =>
  start(name, { UPSTREAM: upstream, API: values.api, ...certificate && { NODE_EXTRA_CA_CERTS: `${certificate}/cert.pem` }, ...env })

/** Figures of a contender, or counts of the stub. @param {string} url @returns {Promise<Record<string, number>>} */
async function read (url) {
  const { body } = await request(url, { dispatcher })
  return /** @type {Promise<Record<string, number>>} */ (body.json())
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
  setupRequest: (request) => ({ ...request, body: JSON.stringify({ [field]: impUid ?? `imp_${String(++sent).padStart(12, '0')}` }) }),
})

/** @param {string} url @param {Partial<autocannon.Options>} options @param {{ impUid?: string }} [of] */
async function load (url, options, of) {
  const result = await autocannon({ url, connections, requests: [notification(of)], ...options })
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx} answers were not 2xx, ${result.errors} requests failed`)
  return result
}

/** Requests one after the other: what a buyer waits who is alone, in milliseconds (the median). @param {string} url */
async function alone (url) {
  const headers = { 'content-type': 'application/json' }
  const times = []
  for (let i = 0; i < LONE_REQUESTS; i++) {
    const begun = performance.now()
    const { body } = await request(`${url}/payments/complete`, { method: 'POST', headers, body: JSON.stringify({ [field]: `imp_${++sent}` }), dispatcher })
    await body.dump()
    times.push(performance.now() - begun)
  }
  return median(times)
}
/** Enough for a median, in 3 s at 30 ms each. */
const LONE_REQUESTS = 100
/** Requests at once to a process that has just started. */
const FIRST = 50

/** One contender, fresh: the first 50 at once, then steadily, then one by one. @param {typeof contenders[0]} contender @param {string} upstream */
async function measure ({ file, env }, upstream) {
  const { child, url } = await startContender(file, upstream, env)
  await read(`${upstream}/counts`)
  await load(url, { amount: FIRST, connections: FIRST })
  const atFirst = await read(`${upstream}/counts`)
  await load(url, { duration: 2 })
  const inWarmUp = await read(`${upstream}/counts`)
  const before = await read(`${url}/__stats`)
  const { latency, requests } = await load(url, { duration })
  const after = await read(`${url}/__stats`)
  const { lookups } = await read(`${upstream}/counts`)
  const loneMs = await alone(url)
  child.kill()
  const processed = grown(after, before, 'processed')
  const cpuUs = grown(after, before, 'cpuMs') * 1000 / processed
  const opened = Number(atFirst.connections) + Number(inWarmUp.connections)
  return { perSec: requests.average, p50: latency.p50, p99: latency.p99, loneMs, cpuUs, lookups: Number(lookups) / processed, opened, tokens: Number(atFirst.tokens) }
}

/** @param {string} upstream */
async function burst (upstream) {
  const { child, url } = await startContender('server.js', upstream)
  await read(`${upstream}/counts`)
  await load(url, { connections: 1000, amount: 1000 }, { impUid: 'imp_burst' })
  const { processed } = await read(`${url}/__stats`)
  const { lookups } = await read(`${upstream}/counts`)
  child.kill()
  return { processed, lookups }
}

/** Resident megabytes after 10,000 and after 100,000 completions. @param {string} upstream */
async function memory (upstream) {
  const { child, url } = await startContender('server.js', upstream)
  await load(url, { amount: 10_000 })
  const { rssMb: early } = await read(`${url}/__stats`)
  await load(url, { amount: 90_000 })
  const { rssMb: late } = await read(`${url}/__stats`)
  child.kill()
  return { early, late }
}

/** Milliseconds that the plugin adds to an app's start: the median of nine, each beside an app without it. */
async function registration () {
  const hooks = { getExpectedAmount: () => 14000, onPaid: () => {} }
  const added = []
  for (let i = 0; i < 10; i++) {
    const times = []
    for (const isWith of [false, true]) {
      const begun = performance.now()
      const app = Fastify()
      if (isWith && values.api === 'v2') app.register(portone, { apiSecret: 'secret', storeId: 'store-1', ...hooks })
      else if (isWith) app.register(iamport, { impKey: 'key', impSecret: 'secret', ...hooks })
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

const contenders = [
  { name: 'by hand', file: 'by-hand.js', env: {} },
  ...values.api === 'v2' ? [] : [{ name: 'by hand, in batches', file: 'by-hand.js', env: { BATCH: '1' } }],
  { name: 'fastify-iamport', file: 'server.js', env: {} },
]
const upstream = await start('stub.js', { LATENCY_MS: values.latency, CERTIFICATE: certificate })
/** @type {Map<string, Awaited<ReturnType<typeof measure>>[]>} */
const results = new Map(contenders.map(({ name }) => [name, []]))
for (let round = 0; round < rounds; round++) {
  for (const contender of contenders) results.get(contender.name)?.push(await measure(contender, upstream.url))
}
const machine = `Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}`
console.log(`${machine}; ${values.api === 'v2' ? 'PortOne V2' : 'Iamport'} ${values.latency} ms away${values.tls ? ', by HTTPS' : ''}, ${connections} connections, ${rounds} rounds of ${duration} s\n`)
console.log('| contender | completions/s | p50 ms | p99 ms | alone ms | CPU µs each | lookups each | connections to the provider | tokens for the first 50 | to by hand |')
console.log('|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|')
const limits = results.get('by hand') ?? []
for (const [name, figures] of results) {
  /** @param {'perSec' | 'p50' | 'p99' | 'loneMs' | 'cpuUs' | 'lookups' | 'opened' | 'tokens'} key @param {number} [digits] */
  const of = (key, digits = 0) => median(figures.map((figure) => Number(figure[key]))).toFixed(digits)
  const ratio = median(figures.map((figure, round) => figure.perSec / Number(limits[round]?.perSec)))
  console.log(`| ${name} | ${of('perSec')} | ${of('p50')} | ${of('p99')} | ${of('loneMs', 2)} | ${of('cpuUs')} | ${of('lookups', 2)} | ${of('opened')} | ${of('tokens')} | ${ratio.toFixed(2)} |`)
}
if (!values.brief) {
  const together = await burst(upstream.url)
  console.log(`\n1000 notifications of one payment at once: delivered ${together.processed} time(s), ${together.lookups} lookup(s)`)
  const { early, late } = await memory(upstream.url)
  console.log(`resident memory: ${early?.toFixed(0)} MB after 10,000 completions, ${late?.toFixed(0)} MB after 100,000`)
  const added = await registration()
  console.log(`registration and ready() add ${added.toFixed(1)} ms`)
}
upstream.child.kill()
await dispatcher.close()
