// The sandbox's figures: how soon it answers, what it carries with the plugin in front, whether its console stays smooth.
//   npm run build && node bench/sandbox.js [--payments 10000] [--connections 50]
import autocannon from 'autocannon'
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { findChromium, launchChromium } from '../test/browser/support/chromium.js'

const { values } = parseArgs({ options: { payments: { type: 'string', default: '10000' }, connections: { type: 'string', default: '50' } } })
const payments = Number(values.payments)
const connections = Number(values.connections)
/** @param {string} path */
const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url))
/** @param {number[]} list */
const median = (list) => Number([...list].sort((a, b) => a - b)[Math.floor(list.length / 2)])
const json = { 'content-type': 'application/json' }

/** Milliseconds: more waiting for a webhook brings nothing. */
const GIVE_UP_MS = 60_000
/** Ended with us, also where we fail. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()
process.once('exit', () => running.forEach((child) => child.kill()))

/** The command as users start it, up to the first answer on its port. @param {string[]} args */
async function startSandbox (...args) {
  const begun = performance.now()
  const child = spawn(process.execPath, [fileOf('../dist/sandbox/cli.js'), '--port', '0', '--imp-key', 'test_key', '--imp-secret', 'test_secret', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  const [said] = await once(child.stdout, 'data') // where it is, once it listens
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(String(said)) ?? []
  await fetch(`${url}/sandbox/scenarios`)
  return { child, url, tookMs: performance.now() - begun }
}

/** The plugin, in front of that sandbox. @param {string} upstream @param {number} [at] its port */
async function startShop (upstream, at = 0) {
  const child = fork(fileOf('server.js'), { env: { ...process.env, NODE_ENV: 'production', UPSTREAM: upstream, PORT: String(at) } })
  const [message] = await once(child, 'message')
  return { child, url: `http://127.0.0.1:${message.port}` }
}

/** @param {string} url @param {string} path @param {(count: number) => object} bodyOf */
async function load (url, path, bodyOf) {
  let count = 0
  const requests = [{ method: /** @type {const} */ ('POST'), path, headers: json, setupRequest: (/** @type {autocannon.Request} */ request) => ({ ...request, body: JSON.stringify(bodyOf(count++)) }) }]
  const begun = performance.now()
  const { non2xx, errors } = await autocannon({ url, connections, amount: payments, requests })
  if (non2xx + errors > 0) throw new Error(`${path}: ${non2xx} answers were not 2xx, ${errors} failed`)
  return performance.now() - begun
}
/** @param {number} count */
const order = (count) => ({ merchant_uid: `order_${count}`, amount: 14_000 })
/** @param {string} url @returns {Promise<number>} */
const delivered = async (url) => Number(/** @type {{ processed: number }} */ (await (await fetch(`${url}/__stats`)).json()).processed)
const perSec = (/** @type {number} */ tookMs) => `${(payments / tookMs * 1000).toFixed(0)}/s`

async function completions () {
  const sandbox = await startSandbox()
  const shop = await startShop(sandbox.url)
  const payMs = await load(sandbox.url, '/sandbox/pay', order)
  /** @type {string[]} */
  const ids = []
  for (let page = 1; ids.length < payments; page++) {
    const { response: { access_token: token } } = /** @type {{ response: { access_token: string } }} */ (await (await fetch(`${sandbox.url}/users/getToken`, { method: 'POST', headers: json, body: JSON.stringify({ imp_key: 'test_key', imp_secret: 'test_secret' }) })).json())
    const { response: { list } } = /** @type {{ response: { list: { imp_uid: string }[] } }} */ (await (await fetch(`${sandbox.url}/payments/status/paid?limit=1000&page=${page}`, { headers: { authorization: token } })).json())
    ids.push(...list.map(({ imp_uid: id }) => id))
  }
  const tookMs = await load(shop.url, '/payments/complete', (count) => ({ imp_uid: ids[count] }))
  console.log(`payments made over HTTP, without a webhook: ${perSec(payMs)}`)
  console.log(`completions told by the page: ${perSec(tookMs)}, ${await delivered(shop.url)} of ${payments} delivered`)
  sandbox.child.kill()
  shop.child.kill()
}

async function webhooks () {
  const sandbox = await startSandbox('--webhook-url', 'http://127.0.0.1:24099/payments/webhook', '--webhook-resend', '5', '--webhook-every-ms', '500')
  const shop = await startShop(sandbox.url, 24_099)
  const begun = performance.now()
  await load(sandbox.url, '/sandbox/pay', order)
  let done = 0
  while ((done = await delivered(shop.url)) < payments && performance.now() - begun < GIVE_UP_MS) await pause(20)
  console.log(`payments made, announced by webhook, looked up and delivered: ${perSec(performance.now() - begun)}, ${done} of ${payments} delivered`)
  sandbox.child.kill()
  shop.child.kill()
}

/** 2,000 payments arrive while somebody looks. Tasks above 50 ms are what a person feels. */
async function consolePage () {
  const path = findChromium()
  if (path === undefined) return console.log('console: left out, there is no Chromium here')
  const sandbox = await startSandbox()
  const browser = await launchChromium(path)
  const page = await browser.newPage()
  await page.goto(sandbox.url)
  await page.getByText('실시간 연결됨').waitFor()
  await page.evaluate(`
    window.longTasks = []; window.frames_ = []; let last = performance.now()
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((one) => one.duration))).observe({ type: 'longtask' })
    requestAnimationFrame(function next (now) { window.frames_.push(now - last); last = now; requestAnimationFrame(next) })`)
  for (let count = 0; count < 2000; count++) await fetch(`${sandbox.url}/sandbox/pay`, { method: 'POST', headers: json, body: JSON.stringify(order(count)) })
  await page.locator('#total').getByText('2,000').waitFor()
  const { rows, tasks, frames } = await page.evaluate("({ rows: document.querySelectorAll('#rows > li').length, tasks: window.longTasks, frames: window.frames_ })")
  frames.sort((/** @type {number} */ a, /** @type {number} */ b) => a - b)
  console.log(`console, 2,000 payments arriving: ${rows} rows drawn, ${tasks.length} tasks above 50 ms (longest ${Math.max(0, ...tasks).toFixed(0)} ms), frames: median ${median(frames).toFixed(0)} ms, 99 % within ${frames[Math.floor(frames.length * 0.99)].toFixed(0)} ms`)
  await browser.close()
  sandbox.child.kill()
}

console.log(`Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)} before, ${connections} connections\n`)
const starts = []
for (let run = 0; run < 7; run++) {
  const { child, tookMs } = await startSandbox()
  starts.push(tookMs)
  child.kill()
}
console.log(`start-up until the port answers: ${median(starts).toFixed(0)} ms (median of 7), slowest ${Math.max(...starts).toFixed(0)} ms`)
await completions()
await webhooks()
await consolePage()
