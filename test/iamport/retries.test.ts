import t, { type Test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import type { ClientInternals, IamportClient } from '../../lib/iamport/api.js'
import type { Payment } from '../../lib/index.js'
import { lookUpInBatch, openClient } from '../support/client.js'
import { hangUp, idsOf, isLookup, json, refuse, type Seen, type Script } from '../support/upstream.js'

// Most of these wait between tries: side by side.
t.jobs = 12
const test = (name: string, work: (t: Test) => Promise<void>) => t.test(name, { buffered: true }, work)

/** The payment is looked up, alone or with another: what the scripts below answer. */
const isTry = (seen: Seen) => idsOf(seen).includes('imp_1')
/** The same holds for both: a batch is the first of four tries. */
const WAYS: Record<string, (client: IamportClient & ClientInternals, budgetMs?: number) => Promise<Payment>> = {
  'a lookup': (client) => client.getPayment('imp_1'),
  'a lookup in a batch': (client, budgetMs) => lookUpInBatch(client, 'imp_1', budgetMs),
}

const later = (status: number, retryAfter?: string): Script => (seen, response) =>
  isTry(seen) && json(response, {
    code: -1, message: 'later', response: null,
  }, status, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
const times = (count: number, script: Script): Script =>
  (seen, response) => isTry(seen) && count-- > 0 && script(seen, response)
const lost: Script = (seen, response) => isTry(seen) && hangUp(response)
const silent: Script = (seen) => isTry(seen)
/** Of one try that is not answered: on a busy machine, too, its request has arrived by then. The budget has four. */
const SILENCE = { timeoutMs: 1500, budgetMs: 20_000 }

for (const [way, lookUp] of Object.entries(WAYS)) {
  for (const [what, script] of Object.entries({
    429: later(429),
    500: later(500),
    502: later(502),
    503: later(503),
    504: later(504),
    599: later(599),
    'a lost connection': lost,
  })) {
    test(`${way} is tried three times more after ${what}, and succeeds at the fourth`, async (t) => {
      const { client, upstream } = await openClient(t)
      upstream.script = times(3, script)
      t.match(await lookUp(client), { imp_uid: 'imp_1' })
      t.equal(upstream.lookups('imp_1'), 4)
    })
  }

  test(`after the fourth try it is unavailable, and says when to come again: ${way}`, async (t) => {
    const { client, upstream } = await openClient(t)
    upstream.script = later(500)
    await t.rejects(lookUp(client), {
      code: 'IAMPORT_UNAVAILABLE', statusCode: 503, headers: { 'retry-after': /^\d+$/ },
    })
    t.equal(upstream.lookups('imp_1'), 4)
  })

  test(`a try that is not answered is repeated, and the last one is a timeout: ${way}`, async (t) => {
    const { client, upstream } = await openClient(t, SILENCE)
    upstream.script = silent
    await t.rejects(lookUp(client, SILENCE.budgetMs), {
      code: 'IAMPORT_TIMEOUT', statusCode: 504, headers: { 'retry-after': /^\d+$/ },
    })
    t.equal(upstream.lookups('imp_1'), 4)
  })

  test(`the error is that of the last try: ${way}`, async (t) => {
    const { client, upstream } = await openClient(t, SILENCE)
    upstream.script = (seen, response) => isTry(seen) && (upstream.lookups('imp_1') < 4 || hangUp(response))
    await t.rejects(lookUp(client, SILENCE.budgetMs), { code: 'IAMPORT_UNAVAILABLE' })
    t.equal(upstream.lookups('imp_1'), 4)
  })

  test(`Retry-After is waited for where it fits: ${way}`, async (t) => {
    const { client, upstream } = await openClient(t)
    const arrivals: number[] = []
    upstream.script = (seen, response) => {
      if (isTry(seen)) arrivals.push(monotonic())
      return arrivals.length === 1 ? later(429, '1')(seen, response) : false
    }
    await lookUp(client)
    const [first = 0, second = 0] = arrivals
    t.ok(second - first >= 990, `waited ${second - first} ms`)
  })

  test(`Retry-After may be a date: ${way}`, async (t) => {
    const { client, upstream } = await openClient(t)
    upstream.script = later(503, new Date(Date.now() + 3600_000).toUTCString())
    const error: unknown = await lookUp(client).catch((error) => error)
    t.match(error, { code: 'IAMPORT_UNAVAILABLE' })
    const { headers } = error as { headers: { 'retry-after': string } }
    t.ok(Math.abs(Number(headers['retry-after']) - 3600) <= 60, headers['retry-after'])
    t.equal(upstream.lookups('imp_1'), 1)
  })

  test(`a Retry-After beyond the budget ends it at once, and is passed on, up to a day: ${way}`, async (t) => {
    const { client, upstream } = await openClient(t, { budgetMs: 5000 })
    for (const [seconds, told] of [
      ['5', '5'], ['60', '60'], ['99999999999', '86400'], ['9'.repeat(30), '86400'],
    ] as const) {
      upstream.script = later(429, seconds)
      const before = upstream.lookups('imp_1')
      await t.rejects(lookUp(client), { code: 'IAMPORT_UNAVAILABLE', headers: { 'retry-after': told } })
      t.equal(upstream.lookups('imp_1') - before, 1, seconds)
    }
  })

  test(`a Retry-After that means nothing counts as none: ${way}`, async (t) => {
    const { client, upstream } = await openClient(t)
    for (const value of ['', 'soon', '-5', 'NaN', '1e3', '0', '0.5', 'Thu, 01 Jan 1970 00:00:00 GMT']) {
      upstream.script = times(1, later(503, value))
      t.match(await lookUp(client), { imp_uid: 'imp_1' }, value)
    }
  })

  test(`nobody is told to come back at once: ${way}`, async (t) => {
    const { client, upstream } = await openClient(t)
    upstream.script = later(503, '0')
    await t.rejects(lookUp(client), { code: 'IAMPORT_UNAVAILABLE', headers: { 'retry-after': '1' } })
  })

  test(`the tries end where the next would not fit the budget: ${way}`, async (t) => {
    const { client, upstream } = await openClient(t, { budgetMs: 3800 })
    upstream.script = later(500, '2')
    await t.rejects(lookUp(client, 3800), { code: 'IAMPORT_UNAVAILABLE' })
    // The second after 2 s; the third would come after 4 s at the earliest.
    t.equal(upstream.lookups('imp_1'), 2)
  })

  test(`a budget shorter than the timeout bounds the try: ${way}`, async (t) => {
    const { client, upstream } = await openClient(t, { budgetMs: 50, timeoutMs: 60_000 })
    upstream.script = silent
    await t.rejects(lookUp(client, 50), { code: 'IAMPORT_TIMEOUT' })
  })
}

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

for (const [what, write] of Object.entries({
  cancelPayment: { call: 'cancelPayment', method: 'POST', path: /cancel/ },
  preparePayment: { call: 'preparePayment', method: 'POST', path: /prepare/ },
  updatePreparedPayment: { call: 'updatePreparedPayment', method: 'PUT', path: /prepare/ },
  revokeVbank: { call: 'revokeVbank', method: 'DELETE', path: /vbanks/ },
} as const)) {
  test(`${what} is sent once, whatever comes back`, async (t) => {
    const { client, upstream } = await openClient(t, SILENCE)
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
