import t, { type Test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { openClient } from '../support/client.js'
import { hangUp, isLookup, json, refuse, type Script } from '../support/upstream.js'

// Most of these wait between tries: side by side.
t.jobs = 12
const test = (name: string, work: (t: Test) => Promise<void>) => t.test(name, { buffered: true }, work)

const later = (status: number, retryAfter?: string): Script => (seen, response) =>
  isLookup(seen) && json(response, {
    code: -1, message: 'later', response: null,
  }, status, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
const times = (count: number, script: Script): Script =>
  (seen, response) => isLookup(seen) && count-- > 0 && script(seen, response)
const lost: Script = (seen, response) => isLookup(seen) && hangUp(response)
const silent: Script = (seen) => isLookup(seen)

for (const [what, script] of Object.entries({
  429: later(429),
  500: later(500),
  502: later(502),
  503: later(503),
  504: later(504),
  599: later(599),
  'a lost connection': lost,
})) {
  test(`a read is tried three times more after ${what}, and succeeds at the fourth`, async (t) => {
    const { client, upstream } = await openClient(t)
    upstream.script = times(3, script)
    t.match(await client.getPayment('imp_1'), { imp_uid: 'imp_1' })
    t.equal(upstream.lookups(), 4)
  })
}

test('after the fourth try a read is unavailable, and says when to come again', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = later(500)
  await t.rejects(client.getPayment('imp_1'), {
    code: 'IAMPORT_UNAVAILABLE', statusCode: 503, headers: { 'retry-after': /^\d+$/ },
  })
  t.equal(upstream.lookups(), 4)
})

test('a try that is not answered is repeated, and the last one is a timeout', async (t) => {
  const { client, upstream } = await openClient(t, { timeoutMs: 200 })
  upstream.script = silent
  await t.rejects(client.getPayment('imp_1'), {
    code: 'IAMPORT_TIMEOUT', statusCode: 504, headers: { 'retry-after': /^\d+$/ },
  })
  t.equal(upstream.lookups(), 4)
})

test('the error is that of the last try', async (t) => {
  const { client, upstream } = await openClient(t, { timeoutMs: 300 })
  upstream.script = (seen, response) => isLookup(seen) && (upstream.lookups() < 4 || hangUp(response))
  await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_UNAVAILABLE' })
  t.equal(upstream.lookups(), 4)
})

for (const status of [301, 400, 403, 404, 409, 422]) {
  test(`a read is not repeated after ${status}`, async (t) => {
    const { client, upstream } = await openClient(t)
    upstream.script = (seen, response) => isLookup(seen) && refuse(response, status)
    await t.rejects(client.getPayment('imp_1'), {
      code: status === 404 ? 'IAMPORT_PAYMENT_NOT_FOUND' : 'IAMPORT_BAD_GATEWAY',
    })
    t.equal(upstream.lookups(), 1)
  })
}

test('Retry-After is waited for where it fits', async (t) => {
  const { client, upstream } = await openClient(t)
  const arrivals: number[] = []
  upstream.script = (seen, response) => {
    if (isLookup(seen)) arrivals.push(monotonic())
    return arrivals.length === 1 ? later(429, '1')(seen, response) : false
  }
  await client.getPayment('imp_1')
  const [first = 0, second = 0] = arrivals
  t.ok(second - first >= 990, `waited ${second - first} ms`)
})

test('Retry-After may be a date', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = later(503, new Date(Date.now() + 3600_000).toUTCString())
  const error: unknown = await client.getPayment('imp_1').catch((error) => error)
  t.match(error, { code: 'IAMPORT_UNAVAILABLE' })
  const { headers } = error as { headers: { 'retry-after': string } }
  t.ok(Math.abs(Number(headers['retry-after']) - 3600) <= 2, headers['retry-after'])
  t.equal(upstream.lookups(), 1)
})

test('a Retry-After that does not fit the budget ends it at once, and is passed on, up to a day', async (t) => {
  const { client, upstream } = await openClient(t, { budgetMs: 5000 })
  for (const [seconds, told] of [
    ['5', '5'], ['60', '60'], ['99999999999', '86400'], ['9'.repeat(30), '86400'],
  ] as const) {
    upstream.script = later(429, seconds)
    const before = upstream.lookups()
    await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_UNAVAILABLE', headers: { 'retry-after': told } })
    t.equal(upstream.lookups() - before, 1, seconds)
  }
})

test('a Retry-After that means nothing counts as none', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const value of ['', 'soon', '-5', 'NaN', '1e3', '0', '0.5', 'Thu, 01 Jan 1970 00:00:00 GMT']) {
    upstream.script = times(1, later(503, value))
    t.match(await client.getPayment('imp_1'), { imp_uid: 'imp_1' }, value)
  }
})

test('nobody is told to come back at once', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = later(503, '0')
  await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_UNAVAILABLE', headers: { 'retry-after': '1' } })
})

test('the tries end where the next would not fit the budget', async (t) => {
  const { client, upstream } = await openClient(t, { budgetMs: 200 })
  upstream.script = later(500)
  await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_UNAVAILABLE' })
  t.ok(upstream.lookups() <= 2, 'the third would come after 300 ms at the earliest')
})

test('a budget shorter than the timeout bounds the try', async (t) => {
  const { client, upstream } = await openClient(t, { budgetMs: 50, timeoutMs: 60_000 })
  upstream.script = silent
  await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_TIMEOUT' })
})

for (const [what, write] of Object.entries({
  cancelPayment: { call: 'cancelPayment', method: 'POST', path: /cancel/ },
  preparePayment: { call: 'preparePayment', method: 'POST', path: /prepare/ },
  updatePreparedPayment: { call: 'updatePreparedPayment', method: 'PUT', path: /prepare/ },
  revokeVbank: { call: 'revokeVbank', method: 'DELETE', path: /vbanks/ },
} as const)) {
  test(`${what} is sent once, whatever comes back`, async (t) => {
    const { client, upstream } = await openClient(t, { timeoutMs: 300 })
    const order = { imp_uid: 'imp_1', merchant_uid: 'order_1', amount: 14000 }
    const call = () => write.call === 'revokeVbank' ? client.revokeVbank('imp_1') : client[write.call](order)
    await client.getPayment('imp_1') // so that the token is there
    for (const answer of [500, 503, 429, 'lost', 'silent', 400] as const) {
      const before = upstream.count(write.method, write.path)
      upstream.script = (_, response) => answer === 'silent' || (answer === 'lost'
        ? hangUp(response)
        : refuse(response, answer))
      await t.rejects(call(), {
        code: answer === 400 ? 'IAMPORT_BAD_GATEWAY' : answer === 'silent' ? 'IAMPORT_TIMEOUT' : 'IAMPORT_UNAVAILABLE',
      }, String(answer))
      t.equal(upstream.count(write.method, write.path) - before, 1, String(answer))
    }
  })
}
