import { connect } from 'node:net'
import { once } from 'node:events'
import { test } from 'tap'
import { createClock, openSandbox } from './support/client.js'

const post = (url: string, body: unknown, headers: Record<string, string> = {}, method = 'POST') =>
  fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  })

/** Every kind of answer in one: a test knows which it asked for. */
interface Seen { imp_uid: string, status: string, history: { event: string }[], active: unknown[], length: number }
const read = async (answer: Response | Promise<Response>) => await (await answer).json() as Seen

test('payments are made, deposited, cancelled and inspected over HTTP', async (t) => {
  const { url } = await openSandbox(t)
  const send = (path: string, body: object) => read(post(`${url}/sandbox/${path}`, body))
  const { imp_uid, status } = await send('pay', { merchant_uid: 'order_1', amount: 1000, pay_method: 'vbank' })
  t.equal(status, 'ready')
  t.match(await send('deposit', { imp_uid }), { status: 'paid' })
  t.match(await send('cancel', { imp_uid, amount: 400, reason: '변심' }), { status: 'cancelled', cancel_amount: 400 })
  t.match(await send('webhook', { imp_uid }), { imp_uid })
  const inspected = await read(fetch(`${url}/sandbox/payments/${imp_uid}`))
  t.strictSame(
    inspected.history.map((line) => line.event),
    ['opened', 'vbank_issued', 'webhook', 'deposited', 'webhook', 'cancelled', 'webhook', 'webhook']
  )
  t.equal((await read(fetch(`${url}/sandbox/payments`))).length, 1)
  t.equal((await read(fetch(`${url}/sandbox/payments?merchant_uid=order_2`))).length, 0)
  t.match(await send('webhook', { imp_uid, copies: 11 }), { statusCode: 400 })
  t.match(await send('deposit', { imp_uid }), { statusCode: 409, code: 'SANDBOX_REFUSED' })
  t.match(await send('deposit', { imp_uid: 'imp_0' }), { statusCode: 404, code: 'SANDBOX_UNKNOWN_PAYMENT' })
  t.match(await send('approve', { imp_uid }), { statusCode: 409 })
  t.match(await send('pay', { merchant_uid: 'order_2', amount: 'much' }), {
    statusCode: 400,
    code: 'FST_ERR_VALIDATION',
  })
  t.match(await send('pay', { merchant_uid: 'order_2', amount: 1, ammount: 2 }), { statusCode: 400 })
  t.match(
    await send('pay', {
      merchant_uid: 'order_3',
      amount: 1,
      customer_uid: 'c',
      customer_uid_usage: 'payment.scheduled',
    }),
    { customer_uid_usage: 'payment.scheduled' }
  )
  await send('reset', {})
  t.equal((await read(fetch(`${url}/sandbox/payments`))).length, 0)
})

test('an account expires in process and over HTTP: cancelled, no payment, no refund, no webhook', async (t) => {
  const clock = createClock()
  const { url, sandbox, call } = await openSandbox(t, { clock })
  const account = { amount: 1000, pay_method: 'vbank' }
  const one = await sandbox.pay({ merchant_uid: 'order_1', ...account })
  const two = await sandbox.pay({ merchant_uid: 'order_2', ...account })
  clock.advanceSec(60)
  const now = clock() / 1000
  const ended = {
    status: 'cancelled',
    paid_at: 0,
    cancel_amount: 0,
    cancelled_at: now,
    vbank_date: now,
    cancel_history: [],
  }
  t.match(sandbox.expire(one.imp_uid), ended)
  t.match(await read(post(`${url}/sandbox/expire`, { imp_uid: two.imp_uid })), ended)
  t.match((await call('GET', `/payments/${one.imp_uid}`)).body.response, ended)
  t.strictSame(
    sandbox.payments.inspect(one.imp_uid).history.map(({ event }) => event),
    ['opened', 'vbank_issued', 'webhook', 'expired']
  )
  t.throws(() => sandbox.expire(one.imp_uid), { code: 'SANDBOX_REFUSED' })
  t.throws(() => sandbox.deposit(one.imp_uid), { code: 'SANDBOX_REFUSED' })
  const card = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  t.equal(card.status, 'paid', 'the order can be paid in another way')
  t.match(await read(post(`${url}/sandbox/expire`, { imp_uid: card.imp_uid })), {
    statusCode: 409,
    code: 'SANDBOX_REFUSED',
  })
  t.match(await read(post(`${url}/sandbox/expire`, { imp_uid: 'imp_0' })), {
    statusCode: 404,
    code: 'SANDBOX_UNKNOWN_PAYMENT',
  })
})

test('faults are set, listed, used up and ended over HTTP', async (t) => {
  const { url, call, sandbox } = await openSandbox(t)
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  const lookUp = async () => (await call('GET', `/payments/${imp_uid}`)).status
  await post(`${url}/sandbox/faults`, [
    { name: 'error', status: 503, on: 'lookup', times: 2 },
    { name: 'late_approval' },
  ])
  const listed = await read(fetch(`${url}/sandbox/faults`))
  t.match(listed, { active: { length: 2 }, available: [{ name: 'latency', description: String, takes: { ms: {} } }] })
  t.strictSame([await lookUp(), await lookUp(), await lookUp()], [503, 503, 200])
  t.equal((await call('GET', '/payments/status/all')).status, 200, 'a list is no lookup')
  t.strictSame((await read(post(`${url}/sandbox/faults/late_approval`, undefined, {}, 'DELETE'))).active, [])
  for (const wrong of [
    { name: 'flood' },
    { name: 'latency' },
    { name: 'error', status: 200 },
    { name: 'error', extra: 1 },
    { name: 'error', chance: 2 },
    { name: 'tampered_notice_urls', url: 'nope' },
    { name: 'tampered_notice_urls', url: 'http://' },
    null,
    'error',
  ]) {
    const answer = await post(`${url}/sandbox/faults`, wrong)
    t.equal(answer.status, 400, JSON.stringify(wrong))
  }
})

test('what was called a scenario, a late settlement and to settle is still there', async (t) => {
  const { url, sandbox } = await openSandbox(t)
  const old = { name: 'late_settlement', status: 'failed' } as const
  t.match(await read(post(`${url}/sandbox/scenarios`, old)), { active: [old] }, 'it is answered as it was called')
  t.match(await read(fetch(`${url}/sandbox/scenarios`)), { active: [old] })
  const late = { ...old, name: 'late_approval' }
  t.match(await read(fetch(`${url}/sandbox/faults`)), { active: [late] }, 'and it is the fault of today')
  const one = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  t.equal(one.status, 'failed')
  t.match(await read(post(`${url}/sandbox/settle`, { imp_uid: one.imp_uid })), { status: 'paid' })
  t.strictSame((await read(post(`${url}/sandbox/scenarios/late_settlement`, undefined, {}, 'DELETE'))).active, [])

  sandbox.fault(old)
  t.match(await read(fetch(`${url}/sandbox/faults`)), { active: [late] })
  const two = await sandbox.pay({ merchant_uid: 'order_2', amount: 1000 })
  t.match(sandbox.settle(two.imp_uid), { status: 'paid' })
  sandbox.clearFaults('late_settlement')
  t.strictSame((await read(fetch(`${url}/sandbox/faults`))).active, [])
})

test('the REST API answers 429, HTML, nothing, late, or hangs up', async (t) => {
  const { sandbox, call, url } = await openSandbox(t)
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  await call('GET', `/payments/${imp_uid}`)
  sandbox.fault({ name: 'rate_limit', retryAfterSec: 7, times: 1 })
  const limited = await call('GET', `/payments/${imp_uid}`)
  t.strictSame([limited.status, limited.headers.get('retry-after')], [429, '7'])
  sandbox.fault({ name: 'error', status: 502, body: 'html', times: 1 })
  t.match(await (await fetch(`${url}/payments/${imp_uid}`)).text(), /<html>/)
  sandbox.fault({ name: 'error', body: 'empty', times: 1 })
  t.equal(await (await fetch(`${url}/payments/${imp_uid}`)).text(), '')
  sandbox.fault({ name: 'latency', ms: 1, times: 1 })
  t.equal((await call('GET', `/payments/${imp_uid}`)).status, 200)
  sandbox.fault({ name: 'disconnect', times: 1 })
  await t.rejects(call('GET', `/payments/${imp_uid}`))
})

test('a revoked token is refused until a new one is asked for', async (t) => {
  const { sandbox, call } = await openSandbox(t)
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  t.equal((await call('GET', `/payments/${imp_uid}`)).status, 200)
  sandbox.fault({ name: 'revoked_token', times: 1 })
  t.equal((await call('GET', `/payments/${imp_uid}`)).status, 401)
  t.equal((await call('GET', `/payments/${imp_uid}`)).status, 401)
  t.equal((await call('POST', '/users/getToken', { imp_key: 'imp_key', imp_secret: 'imp_secret' }, {})).status, 200)
})

test('chance strikes as the random numbers that were handed in say', async (t) => {
  const numbers = [0.49, 0.5, 0.1]
  const { sandbox, call } = await openSandbox(t, { random: () => numbers.shift() ?? 1 })
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  await call('GET', `/payments/${imp_uid}`)
  sandbox.fault({ name: 'error', chance: 0.5, on: 'lookup' })
  const statuses: number[] = []
  for (let count = 0; count < 4; count++) statuses.push((await call('GET', `/payments/${imp_uid}`)).status)
  t.strictSame(statuses, [500, 200, 500, 200])
})

test('another site\'s page may neither operate the sandbox nor reach it by another name', async (t) => {
  const { url, sandbox } = await openSandbox(t, { allowedHosts: ['sandbox.test'] })
  const pay = { merchant_uid: 'order_1', amount: 1000 }
  t.equal((await post(`${url}/sandbox/pay`, pay, { origin: 'https://evil.example' })).status, 403)
  t.equal((await post(`${url}/sandbox/pay`, pay, { 'sec-fetch-site': 'cross-site' })).status, 403)
  t.equal((await post(`${url}/sandbox/pay`, pay, { 'content-type': 'text/plain' })).status, 415)
  t.equal((await post(`${url}/sandbox/faults`, undefined, { 'sec-fetch-site': 'same-site' }, 'DELETE')).status, 403)
  t.equal(sandbox.payments.all().length, 0)
  t.equal((await post(`${url}/sandbox/pay`, pay, { origin: url, 'sec-fetch-site': 'same-origin' })).status, 200)

  const statusFor = async (host: string) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end(`GET /sandbox/payments HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    const [chunk] = await once(socket, 'data')
    socket.destroy()
    return Number(String(chunk).split(' ')[1])
  }
  for (const host of ['127.0.0.1:4010', 'localhost', 'shop.localhost:3000', '[::1]:4010', 'sandbox.test']) {
    t.equal(await statusFor(host), 200, host)
  }
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1']) {
    t.equal(await statusFor(host), 403, host)
  }
})
