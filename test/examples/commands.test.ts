import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Fastify from 'fastify'
import Database from 'libsql'
import { test, type Test } from 'tap'
import { alerts } from '../../examples/alerts/alerts.js'
import { metrics } from '../../examples/metrics/metrics.js'
import { createProgress } from '../../examples/reconcile/progress.js'
import { createOrders } from '../../examples/shop/orders.js'
import iamport from '../../lib/index.js'
import { createSandbox } from '../../lib/sandbox/index.js'
import { freePort } from '../support/free-port.js'
import { createUpstream, payment, secondsAgo } from '../support/upstream.js'

const example = (path: string) => fileURLToPath(new URL(`../../examples/${path}`, import.meta.url))

async function openSandbox (t: Test) {
  const sandbox = createSandbox()
  await sandbox.listen({ port: 0 })
  t.teardown(() => sandbox.close())
  return sandbox
}

/** The example's server and the page it serves. */
async function openExample (t: Test, path: string, variables: Record<string, string>) {
  const port = await freePort()
  const env = { ...process.env, NODE_OPTIONS: '', PORT: String(port), ...variables }
  const app = spawn(process.execPath, [example(path)], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => app.kill())
  for (let output = ''; !output.includes('Server listening');) output += String(await once(app.stdout, 'data'))
  const url = `http://localhost:${port}`
  const complete = async (fields: Record<string, string>) => {
    const reply = await fetch(`${url}/payments/complete`, { method: 'POST', body: new URLSearchParams(fields) })
    return reply.json()
  }
  return { complete, page: await (await fetch(url)).text() }
}

test('the quickstart completes a payment', async (t) => {
  const sandbox = await openSandbox(t)
  const env = { IMP_URL: sandbox.url, IMP_KEY: 'imp_key', IMP_SECRET: 'imp_secret' }
  const { complete, page } = await openExample(t, 'quickstart/app.mjs', env)
  const [, order = ''] = /merchant_uid: '([\w-]+)'/.exec(page) ?? []
  const { imp_uid } = await sandbox.pay({ merchant_uid: order, amount: 14000 })
  const paid = { status: 'paid', merchant_uid: order, message: 'The payment is complete.' }
  t.match(await complete({ imp_uid }), paid)
})

test('its like for V2 completes a payment, and approves one itself where that is manual', async (t) => {
  const sandbox = await openSandbox(t)
  const { baseUrl, apiSecret, storeId, webhookSecret } = sandbox.portone
  const { complete, page } = await openExample(t, 'portone/app.mjs', {
    PORTONE_URL: baseUrl,
    PORTONE_API_SECRET: apiSecret,
    PORTONE_STORE_ID: storeId,
    PORTONE_WEBHOOK_SECRET: webhookSecret,
  })
  const [, paymentId = ''] = /paymentId: '(\w+)'/.exec(page) ?? []
  const channelKey = 'channel-key-manual'
  const { txId, paymentToken = '' } = await sandbox.payV2({ paymentId, totalAmount: 14000, channelKey })
  t.match(sandbox.v2.payments.get(paymentId), { status: 'READY' })
  const paid = { status: 'paid', merchant_uid: paymentId, message: 'The payment is complete.' }
  t.match(await complete({ paymentId, txId, paymentToken }), paid)
  t.match(sandbox.v2.payments.get(paymentId), { status: 'PAID' })
})

test('the command for cron completes what was lost, and the next time there is nothing left to do', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reconcile-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const sandbox = await openSandbox(t)
  const file = join(folder, 'shop.sqlite')
  const db = new Database(file)
  const orders = createOrders(db)
  const [v1, v2] = [orders.open({ name: '머그컵', price: 14000 }), orders.open({ name: '머그컵', price: 14000 })]
  await sandbox.pay({ merchant_uid: v1, amount: 14000 })
  await sandbox.payV2({ paymentId: orders.addAttempt(v2), totalAmount: 14000 })
  const env = { ...process.env, IMP_URL: sandbox.url, SHOP_DB: file, NODE_OPTIONS: '' }
  const command = [example('reconcile/reconcile.js')]
  const run = async () => (await promisify(execFile)(process.execPath, command, { env })).stdout
  const report = (counts: string) => `V1: seen 1, ${counts}\nV2: seen 1, ${counts}\n`
  t.equal(await run(), report('completed 1, replayed 0, failed 0'))
  for (const id of [v1, v2]) t.match(orders.get(id), { state: 'paid', deliveries: 1 })
  t.equal(await run(), report('completed 0, replayed 1, failed 0'))
  for (const id of [v1, v2]) t.match(orders.get(id), { deliveries: 1 })
  db.close()
})

test('it goes on with V2 where V1 cannot be read, and ends with 1', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reconcile-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const sandbox = await openSandbox(t)
  sandbox.fault({ name: 'error', status: 400, on: 'list', api: 'v1' })
  const file = join(folder, 'shop.sqlite')
  const db = new Database(file)
  const orders = createOrders(db)
  const order = orders.open({ name: '머그컵', price: 14000 })
  await sandbox.payV2({ paymentId: orders.addAttempt(order), totalAmount: 14000 })
  const env = { ...process.env, IMP_URL: sandbox.url, SHOP_DB: file, NODE_OPTIONS: '' }
  const run = promisify(execFile)(process.execPath, [example('reconcile/reconcile.js')], { env })
  await t.rejects(run, {
    code: 1,
    stdout: 'V1: seen 0, completed 0, replayed 0, failed 0\nV2: seen 1, completed 1, replayed 0, failed 0\n',
    stderr: /^V1: incomplete: .*Iamport/m,
  })
  t.match(orders.get(order), { state: 'paid', deliveries: 1 })
  db.close()
})

test('progress is a bar on a terminal, and a line now and then elsewhere', (t) => {
  const report = (seen: number, count = 0) => {
    const errors = Array.from({ length: count }, () => ({ imp_uid: 'imp_1', error: new Error() }))
    return { seen, completed: seen, replayed: 0, failed: 0, errors, total: 4 }
  }
  let text = ''
  const output = { write: (part: string) => { text += part } }
  const bar = createProgress({ ...output, isTTY: true })
  bar.show(report(1, 1))
  bar.end()
  t.equal(text, `\r[${'#'.repeat(15)}${' '.repeat(15)}] 2 of 4 so far\n`)
  text = ''
  let now = 0
  const lines = createProgress(output, () => now)
  for (now of [0, 9999, 10_000, 10_001]) lines.show(report(3))
  lines.end()
  t.equal(text, '3 of 4 so far\n')
  t.end()
})

test('the metrics count what becomes of payments', async (t) => {
  const sandbox = await openSandbox(t)
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(metrics)
  await app.register(iamport, {
    impKey: 'imp_key',
    impSecret: 'imp_secret',
    baseUrl: sandbox.url,
    getExpectedAmount: () => 14000,
    onPaid: () => {},
  })
  const paid = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  const tampered = await sandbox.pay({ merchant_uid: 'order_2', amount: 100 })
  for (const { imp_uid } of [paid, paid, tampered]) {
    await app.inject({ method: 'POST', url: '/payments/complete', payload: { imp_uid } })
  }
  const { body } = await app.inject('/metrics')
  t.match(body, 'iamport_completions_total{source="browser",outcome="paid",replayed="false"} 1')
  t.match(body, 'iamport_completions_total{source="browser",outcome="paid",replayed="true"} 1')
  t.match(body, 'iamport_completions_total{source="browser",outcome="amount_mismatch",replayed="false"} 1')
  t.match(body, 'iamport_completion_seconds_count{source="browser",part="hook"} 2')
})

test('an alert is posted to the chat, and one that the chat refuses is in the log', async (t) => {
  let status = 200
  let posted = (_: object) => {}
  const chat = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    response.writeHead(status).end()
    posted(JSON.parse(body))
  }).listen(0, '127.0.0.1')
  await once(chat, 'listening')
  const old = { amount: 100, paid_at: secondsAgo(3601) }
  const upstream = await createUpstream([payment(old), payment({ ...old, imp_uid: 'imp_2', merchant_uid: 'order_2' })])
  let logged = (_: object) => {}
  const stream = { write: (line: string) => { if (line.includes('alert')) logged(JSON.parse(line)) } }
  const app = Fastify({ logger: { stream } })
  t.teardown(async () => {
    await app.close()
    await upstream.close()
    chat.close()
  })
  await app.register(alerts, { url: `http://127.0.0.1:${(chat.address() as AddressInfo).port}` })
  await app.register(iamport, {
    impKey: 'key', impSecret: 'secret', baseUrl: upstream.url, getExpectedAmount: () => 14000, onPaid () {},
  })

  const message = new Promise<object>((resolve) => { posted = resolve })
  await app.iamport.complete('imp_1')
  t.strictSame(await message, {
    text: 'Refund by hand: 100 KRW of order order_1 (Iamport imp_1, amount_mismatch, old)',
  })
  status = 404
  const line = new Promise<object>((resolve) => { logged = resolve })
  await app.iamport.complete('imp_2')
  t.match(await line, { level: 50, imp_uid: 'imp_2', err: { message: 'HTTP 404' } })
})
