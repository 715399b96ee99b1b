import { test } from 'tap'
import { openClient } from '../support/client.js'
import { hangUp, html, isLookup, isToken, json, ok, payment, refuse, secondsAgo } from '../support/upstream.js'

test('fifty first calls ask for one token, with key and secret in the body', async (t) => {
  const { client, upstream } = await openClient(t)
  await Promise.all(Array.from({ length: 50 }, () => client.getPayment('imp_1')))
  t.equal(upstream.count('POST', /getToken/), 1)
  t.strictSame(JSON.parse(upstream.seen[0]?.body ?? ''), { imp_key: 'the-key', imp_secret: 'the-secret' })
  t.equal(upstream.lookups(), 50)
})

test('the token goes bare, and the secret goes nowhere else', async (t) => {
  const { client, upstream } = await openClient(t)
  await client.getPayment('imp_1')
  await client.cancelPayment({ imp_uid: 'imp_1' })
  for (const seen of upstream.seen.filter((one) => !isToken(one))) {
    t.equal(seen.headers.authorization, 'token')
    t.notMatch(JSON.stringify([seen.path, [...seen.query], seen.headers, seen.body]), /the-secret|the-key/)
  }
})

test('a revoked token is renewed once within the same call, for reads and writes', async (t) => {
  const { client, upstream } = await openClient(t)
  await client.getPayment('imp_1')
  upstream.token = 'token-2'
  t.match(await client.getPayment('imp_1'), { imp_uid: 'imp_1' })
  t.equal(upstream.count('POST', /getToken/), 2)
  upstream.token = 'token-3'
  t.match(await client.cancelPayment({ imp_uid: 'imp_1' }), { status: 'cancelled' })
  t.equal(upstream.count('POST', /getToken/), 3)
  t.equal(upstream.cancellations().length, 2, 'the refused one had not begun')
})

test('fifty calls that meet a revoked token renew it once', async (t) => {
  const { client, upstream } = await openClient(t)
  await client.getPayment('imp_1')
  upstream.token = 'token-2'
  await Promise.all(Array.from({ length: 50 }, () => client.getPayment('imp_1')))
  t.equal(upstream.count('POST', /getToken/), 2)
})

test('a new token that is refused too ends it: no endless renewal', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => isLookup(seen) && refuse(response, 401)
  await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_UNAUTHORIZED', statusCode: 502 })
  t.equal(upstream.lookups(), 2)
  t.equal(upstream.count('POST', /getToken/), 2)
})

for (const [what, answer] of Object.entries<Parameters<typeof refuse>[1]>({
  401: 401, 403: 403, 400: 400, 'a code with HTTP 200': 200,
})) {
  test(`a wrong key, told by ${what}, is not tried again`, async (t) => {
    const { client, upstream } = await openClient(t)
    upstream.script = (seen, response) => isToken(seen) && refuse(response, answer)
    await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_UNAUTHORIZED', statusCode: 502 })
    t.equal(upstream.seen.length, 1)
  })
}

test('a token endpoint that is not there is a bad gateway, never an unknown payment', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => isToken(seen) && refuse(response, 404)
  await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_BAD_GATEWAY' })
  upstream.script = (seen, response) => isToken(seen) && html(response, 404)
  await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_BAD_GATEWAY' })
})

test('token requests are tried up to four times', async (t) => {
  const { client, upstream } = await openClient(t)
  let left = 3
  upstream.script = (seen, response) => isToken(seen) && left-- > 0 && (left === 2
    ? hangUp(response)
    : refuse(response, left === 1 ? 500 : 429))
  await client.getPayment('imp_1')
  t.equal(upstream.count('POST', /getToken/), 4)
})

test('an unusable token answer is a bad gateway', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const response of [null, [], {}, { access_token: '' }, { access_token: null }, { access_token: 1 }, 'token']) {
    upstream.script = (seen, reply) => isToken(seen) && ok(reply, response)
    await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_BAD_GATEWAY' }, JSON.stringify(response))
  }
  t.equal(upstream.lookups(), 0)
})

test('a token that no header can hold is a bad gateway, and not kept', async (t) => {
  for (const access_token of ['a\r\nx-evil: 1', 'a\n', ' ', 'a b', 'a\u0000', 'a\u007f', '토큰']) {
    const { client, upstream } = await openClient(t)
    upstream.script = (seen, response) => isToken(seen) && ok(response, { access_token, now: 1, expired_at: 1801 })
    await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_BAD_GATEWAY' }, JSON.stringify(access_token))
    t.equal(upstream.seen.length, 1, 'no lookup, nor a second try')
    upstream.script = () => undefined
    t.match(await client.getPayment('imp_1'), { imp_uid: 'imp_1' })
  }
})

test('an emulator that answers 201, with an end in the past and its own id lengths, works', async (t) => {
  const imp_uid = 'imp_123456789012345678901234567890123456'
  const { client, upstream } = await openClient(t, {}, [payment({ imp_uid, paid_at: 1790000000.123 })])
  upstream.script = (seen, response) => isToken(seen) &&
    json(response, {
      code: 0, message: null, response: { access_token: 'token', now: 1790000000, expired_at: 1500000000 },
    }, 201)
  t.match(await client.getPayment(imp_uid), { imp_uid })
  t.match(await client.getPayment(imp_uid), { imp_uid })
  t.equal(upstream.count('POST', /getToken/), 1)
})

test('the sub-merchant code goes with every request', async (t) => {
  const { client, upstream } = await openClient(t, { tier: '001' })
  await client.getPayment('imp_1')
  await client.cancelPayment({ imp_uid: 'imp_1' })
  t.strictSame(upstream.seen.map(({ headers }) => headers.tier), ['001', '001', '001'])
})

test('without a sub-merchant there is no such header', async (t) => {
  const { client, upstream } = await openClient(t)
  await client.getPayment('imp_1')
  t.ok(upstream.seen.every(({ headers }) => !('tier' in headers)))
})

for (const [what, behindSec, text] of [
  ['minutes behind', 300, /is (299|300|301) s behind Iamport's/],
  ['of another time zone', -9 * 3600, /is 32\d{3} s ahead of Iamport's/],
  ['almost right', 50, undefined],
  ['compared with an emulator\'s own time', -10 * 365 * 24 * 3600, undefined],
  ['compared with no time at all', undefined, undefined],
] as const) {
  test(`a clock that is ${what} is ${text ? 'warned of' : 'not spoken of'}`, async (t) => {
    const lines: unknown[] = []
    const { client, upstream } = await openClient(t, { log: { warn: (...line: unknown[]) => { lines.push(line) } } })
    const now = behindSec === undefined ? null : secondsAgo(-behindSec)
    upstream.script = (seen, response) => isToken(seen) && ok(response, { access_token: 'token', now })
    await client.getPayment('imp_1')
    await client.getPayment('imp_1')
    t.match(lines, text ? [[{ offSec: Number }, text]] : [])
    t.equal(lines.length, text ? 1 : 0, 'once for each token')
  })
}
