import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import type { Payment } from '../../lib/index.js'
import { lookUpTogether, openClient } from '../support/client.js'
import {
  hangUp, html, idsOf, isBatch, isLookup, isToken, json, ok, outage, payment, refuse, type Seen,
} from '../support/upstream.js'

// Some of these wait between tries: side by side.
t.jobs = 8
const test = (name: string, work: (t: Test) => Promise<void>) => t.test(name, { buffered: true }, work)

const TWO = ['imp_1', 'imp_2']
const two = (changes: Partial<Payment> = {}) => [payment(changes), payment({ imp_uid: 'imp_2', ...changes })]
const aloneOf = (seen: Seen[]) => seen.filter(isLookup).flatMap(idsOf)

test('an unknown payment is looked up alone, and only that; the others of its batch are not', async (t) => {
  const { client, upstream } = await openClient(t, {}, two())
  const [one, unknown, other] = await Promise.allSettled(lookUpTogether(client, ['imp_1', 'imp_9', 'imp_2']))
  t.match(unknown, { reason: { code: 'IAMPORT_PAYMENT_NOT_FOUND' } })
  t.match([one, other], [{ value: { imp_uid: 'imp_1' } }, { value: { imp_uid: 'imp_2' } }])
  t.strictSame(aloneOf(upstream.seen), ['imp_9'])
})

test('where a batch shows none, each is looked up alone', async (t) => {
  const { client, upstream } = await openClient(t, {}, [])
  for (const result of await Promise.allSettled(lookUpTogether(client, TWO))) {
    t.match(result, { reason: { code: 'IAMPORT_PAYMENT_NOT_FOUND' } })
  }
  t.strictSame(aloneOf(upstream.seen), TWO)
})

test('a test payment in a batch is one, its neighbours are none, and an unknown one is not found', async (t) => {
  const { client, upstream } = await openClient(t, {}, [payment(), payment({ imp_uid: 'imp_test', sandbox: true })])
  const [real, tested, unknown] = await Promise.allSettled(lookUpTogether(client, ['imp_1', 'imp_test', 'imp_9']))
  t.match(real, { value: { imp_uid: 'imp_1', sandbox: false } })
  t.match(tested, { value: { imp_uid: 'imp_test', sandbox: true } })
  t.match(unknown, { reason: { code: 'IAMPORT_PAYMENT_NOT_FOUND' } })
  t.strictSame(aloneOf(upstream.seen), ['imp_9'])
})

for (const sandbox of [null, undefined]) {
  test(`a payment whose mark is ${sandbox} in a batch is looked up alone, where it has one`, async (t) => {
    const { client, upstream } = await openClient(t, {}, [payment({ sandbox: true })])
    upstream.script = (seen, response) => isBatch(seen) && ok(response, two({ sandbox }))
    const [one] = await Promise.allSettled(lookUpTogether(client, TWO))
    t.match(one, { value: { sandbox: true } })
  })
}

test('a payment that a batch lists twice is looked up alone, the others are not', async (t) => {
  const { client, upstream } = await openClient(t, {}, two())
  for (const twice of [
    [payment({ amount: 1 }), payment()], [payment(), payment()], [{ imp_uid: 'imp_1' }, payment()],
    [payment(), { imp_uid: 'imp_1' }],
  ]) {
    upstream.script = (seen, response) => isBatch(seen) && ok(response, [...twice, payment({ imp_uid: 'imp_2' })])
    const before = upstream.seen.length
    t.match(await Promise.all(lookUpTogether(client, TWO)), [{ imp_uid: 'imp_1', amount: 14000 }, { imp_uid: 'imp_2' }])
    t.strictSame(aloneOf(upstream.seen.slice(before)), ['imp_1'])
  }
})

test('what nobody asked for, and what is no payment, does no harm to a batch', async (t) => {
  const { client, upstream } = await openClient(t, {}, [])
  const more = [
    null, 1, 'imp_1', [payment()], {}, { imp_uid: ['imp_1'] }, { imp_uid: '__proto__' }, payment({ imp_uid: 'imp_3' }),
  ]
  upstream.script = (seen, response) => isBatch(seen) && ok(response, [...more, ...two().reverse()])
  t.match(await Promise.all(lookUpTogether(client, TWO)), [{ imp_uid: 'imp_1' }, { imp_uid: 'imp_2' }])
  t.equal(upstream.seen.filter(isLookup).length, 0)
})

test('the payments of a batch of more than 2 MiB are looked up alone', async (t) => {
  const { client, upstream } = await openClient(t, {}, two())
  for (const [bytes, alone] of [[2 ** 21 - 1, []], [2 ** 21, []], [2 ** 21 + 1, TWO]] as const) {
    upstream.script = (seen, response) => {
      const empty = { code: 0, message: '', response: two() }
      const message = 'x'.repeat(bytes - Buffer.byteLength(JSON.stringify(empty)))
      return isBatch(seen) && json(response, { ...empty, message })
    }
    const before = upstream.seen.length
    t.match(await Promise.all(lookUpTogether(client, TWO)), [{ imp_uid: 'imp_1' }, { imp_uid: 'imp_2' }])
    t.strictSame(aloneOf(upstream.seen.slice(before)), alone, `${bytes} bytes`)
  }
})

const HANGING = 'a batch that hangs'
const RATE_LIMIT = '429'
for (const [what, answer] of Object.entries<(response: ServerResponse) => boolean>({
  503: (response) => refuse(response, 503),
  [RATE_LIMIT]: (response) => refuse(response, 429),
  'HTML with 502': (response) => html(response, 502),
  'a reset connection': hangUp,
  'an answer that is cut off': (response) => {
    response.writeHead(200, { 'content-length': 10_000 }).write('{"code":0,"response":[')
    setImmediate(() => response.destroy())
    return true
  },
  [HANGING]: () => true,
})) {
  test(`after ${what}, a payment that goes on like that does not keep the other from its own answer`, async (t) => {
    const { client, upstream } = await openClient(t, { timeoutMs: what === HANGING ? 500 : 2000 }, two())
    upstream.script = (seen, response) => idsOf(seen).includes('imp_1') && answer(response)
    const [one, other] = await Promise.allSettled(lookUpTogether(client, TWO))
    t.match(one, { reason: { code: /^IAMPORT_(UNAVAILABLE|TIMEOUT)$/ } })
    t.match(other, { value: { imp_uid: 'imp_2' } })
    const together = what === RATE_LIMIT ? 2 : 1
    t.strictSame(upstream.batches(), Array(together).fill(TWO))
    t.strictSame([upstream.lookups('imp_1'), upstream.lookups('imp_2')], [3 + together, 1 + together])
  })
}

for (const [asked, headers] of [[undefined, {}], ['1', { 'retry-after': '1' }]] as const) {
  test(`after a 429 the lookups of a batch go together once more, Retry-After: ${asked}`, async (t) => {
    const ids = Array.from({ length: 100 }, (_, index) => `imp_${index}`)
    const { client, upstream } = await openClient(t, {}, ids.map((imp_uid) => payment({ imp_uid })))
    const arrivals: number[] = []
    upstream.script = (seen, response) =>
      isBatch(seen) && arrivals.push(monotonic()) === 1 && json(response, { code: -1 }, 429, headers)
    t.match(await Promise.all(lookUpTogether(client, ids)), ids.map((imp_uid) => ({ imp_uid })))
    t.strictSame(upstream.batches(), [ids, ids])
    t.equal(upstream.seen.filter(isLookup).length, 0, 'none went alone')
    const [first = 0, second = 0] = arrivals
    t.ok(second - first >= (asked === '1' ? 990 : 70), 'and wait before')
  })
}

test('a 429 whose Retry-After one lookup of a batch has no time for does not keep the others', async (t) => {
  const { client, upstream } = await openClient(t, {}, two())
  let left = 1
  upstream.script = (seen, response) =>
    isBatch(seen) && left-- > 0 && json(response, { code: -1 }, 429, { 'retry-after': '1' })
  const [early, ...late] = await Promise.allSettled([
    ...lookUpTogether(client, ['imp_9'], 900), ...lookUpTogether(client, TWO),
  ])
  t.match(early, { reason: { code: 'IAMPORT_UNAVAILABLE', headers: { 'retry-after': '1' } } })
  t.match(late, [{ value: { imp_uid: 'imp_1' } }, { value: { imp_uid: 'imp_2' } }])
  t.strictSame(upstream.batches(), [['imp_9', ...TWO], TWO])
})

test('after a refused batch its lookups do not all come back at once', async (t) => {
  const ids = Array.from({ length: 100 }, (_, index) => `imp_${index}`)
  const { client, upstream } = await openClient(t, {}, ids.map((imp_uid) => payment({ imp_uid })))
  const arrivals: number[] = []
  upstream.script = (seen, response) => {
    if (isLookup(seen)) arrivals.push(monotonic())
    return isBatch(seen) && json(response, { code: -1 }, 503, { 'retry-after': '1' })
  }
  const begun = monotonic()
  await Promise.all(lookUpTogether(client, ids))
  t.equal(arrivals.length, 100)
  t.ok(Math.min(...arrivals) - begun >= 990, 'Retry-After is kept')
  // A jitter of 50 ms: that a hundred fall into 20 of them by chance does not happen.
  t.ok(Math.max(...arrivals) - Math.min(...arrivals) > 20, 'spread')
})

test('a Retry-After fits the budget of one lookup, and not that of another', async (t) => {
  const { client, upstream } = await openClient(t, {}, two())
  upstream.script = (seen, response) => isBatch(seen) && json(response, { code: -1 }, 503, { 'retry-after': '1' })
  const [early, late] = await Promise.allSettled([
    ...lookUpTogether(client, ['imp_1'], 900), ...lookUpTogether(client, ['imp_2']),
  ])
  t.match(early, { reason: { code: 'IAMPORT_UNAVAILABLE', headers: { 'retry-after': '1' } } })
  t.match(late, { value: { imp_uid: 'imp_2' } })
})

test('a lookup whose time ends before the batch is answered stops waiting, the others do not', async (t) => {
  const { client, upstream } = await openClient(t, {}, two())
  await client.getPayment('imp_1') // so that the token is there
  const gate = upstream.hold('GET', /^\/payments$/)
  const hurried = client.lookUp('imp_1', monotonic() + 50)
  const patient = client.lookUp('imp_2', monotonic() + 5000)
  await t.rejects(hurried, { code: 'IAMPORT_TIMEOUT' })
  gate.open()
  t.match(await patient, { payment: { imp_uid: 'imp_2' } })
  t.strictSame(upstream.batches(), [TWO])
  t.strictSame(aloneOf(upstream.seen), ['imp_1'], 'the first one: the batch itself did not end early')
})

test('a lookup whose time is over already ends, and costs the others nothing', async (t) => {
  const { client, upstream } = await openClient(t, {}, two())
  await client.getPayment('imp_1')
  const [late, one, other] = await Promise.allSettled([
    ...lookUpTogether(client, ['imp_9'], 0), ...lookUpTogether(client, TWO),
  ])
  t.match(late, { reason: { code: 'IAMPORT_TIMEOUT' } })
  t.match([one, other], [{ value: { imp_uid: 'imp_1' } }, { value: { imp_uid: 'imp_2' } }])
  t.notOk(upstream.seen.filter(isLookup).some(({ path }) => path.endsWith('imp_9')))
})

test('after a 401 the token is renewed once for all of a batch, which is repeated', async (t) => {
  const ids = Array.from({ length: 50 }, (_, index) => `imp_${index}`)
  const { client, upstream } = await openClient(t, {}, ids.map((imp_uid) => payment({ imp_uid })))
  await Promise.all(lookUpTogether(client, ids))
  upstream.token = 'token-2'
  await Promise.all(lookUpTogether(client, ids))
  t.strictSame(upstream.batches(), [ids, ids, ids])
  t.equal(upstream.count('POST', /getToken/), 2)
  t.equal(upstream.seen.filter(isLookup).length, 0)
})

test('a batch that is refused with every token, where a lookup alone is not, costs two tokens', async (t) => {
  const { client, upstream } = await openClient(t, {}, two())
  upstream.script = (seen, response) => isBatch(seen) && refuse(response, 401)
  t.match(await Promise.all(lookUpTogether(client, TWO)), [{ imp_uid: 'imp_1' }, { imp_uid: 'imp_2' }])
  t.strictSame(upstream.batches(), [TWO, TWO])
  t.equal(upstream.count('POST', /getToken/), 2)
  t.match(await Promise.all(lookUpTogether(client, TWO)), [{ imp_uid: 'imp_1' }, { imp_uid: 'imp_2' }])
  t.equal(upstream.batches().length, 2, 'and is not tried again')
})

test('a token that is refused everywhere ends the lookups of a batch, without an endless renewal', async (t) => {
  const { client, upstream } = await openClient(t, {}, two())
  upstream.script = (seen, response) => !isToken(seen) && refuse(response, 401)
  for (const result of await Promise.allSettled(lookUpTogether(client, TWO))) {
    t.match(result, { reason: { code: 'IAMPORT_UNAUTHORIZED' } })
  }
  t.strictSame(upstream.batches(), [TWO, TWO])
  t.strictSame(aloneOf(upstream.seen), TWO)
  t.equal(upstream.count('POST', /getToken/), 2)
})

test('without a token nothing is looked up, and each lookup is told why', async (t) => {
  const { client, upstream } = await openClient(t, {}, two())
  upstream.script = (seen, response) => isToken(seen) && outage(response)
  for (const result of await Promise.allSettled(lookUpTogether(client, TWO))) {
    t.match(result, { reason: { code: 'IAMPORT_UNAVAILABLE' } })
  }
  t.equal(upstream.lookups(), 0)
})
