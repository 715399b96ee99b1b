import { test } from 'tap'
import { openPortoneShop } from '../support/portone-shop.js'
import { hangUp, outage, refusing, type Reply } from '../support/portone-upstream.js'
import { html, json } from '../support/upstream.js'

const page = { paymentId: 'order_1' }

const FAULTS: [string, Reply, number, string][] = [
  ['401', refusing(401, 'UNAUTHORIZED'), 502, 'IAMPORT_UNAUTHORIZED'],
  ['403', refusing(403, 'FORBIDDEN'), 502, 'IAMPORT_UNAUTHORIZED'],
  ['400', refusing(400, 'INVALID_REQUEST'), 502, 'IAMPORT_BAD_GATEWAY'],
  ['404 of another type', refusing(404, 'NOT_FOUND'), 502, 'IAMPORT_BAD_GATEWAY'],
  ['404 in HTML', (response) => html(response, 404), 502, 'IAMPORT_BAD_GATEWAY'],
  ['404 of this type', refusing(404, 'PAYMENT_NOT_FOUND'), 404, 'IAMPORT_PAYMENT_NOT_FOUND'],
  ['HTML', (response) => html(response, 200), 502, 'IAMPORT_BAD_GATEWAY'],
  ['an empty answer', (response) => { response.end(); return true }, 502, 'IAMPORT_BAD_GATEWAY'],
  ['a list', (response) => json(response, []), 502, 'IAMPORT_BAD_GATEWAY'],
  ['a huge answer', (response) => json(response, { id: 'x'.repeat(3 * 2 ** 20) }), 502, 'IAMPORT_BAD_GATEWAY'],
  ['503', outage(503), 503, 'IAMPORT_UNAVAILABLE'],
  ['502 PG_PROVIDER', (response) => json(response, { type: 'PG_PROVIDER' }, 502, { 'retry-after': '60' }), 503,
    'IAMPORT_UNAVAILABLE'],
  ['429', outage(429), 503, 'IAMPORT_UNAVAILABLE'],
]

test('an answer that is no payment is an error of its own, and no hook runs', async (t) => {
  for (const [name, reply, status, code] of FAULTS) {
    const shop = await openPortoneShop(t)
    shop.upstream.on('lookup', reply)
    const answer = await shop.post(page)
    t.match([answer.statusCode, answer.json().code], [status, code], name)
    t.notMatch(answer.body, /Iamport|the-secret/, name)
    t.strictSame(shop.ran(), [], name)
  }
})

test('a read is retried, and the payment then completed', async (t) => {
  for (const reply of [hangUp, refusing(500, 'INTERNAL')]) {
    const shop = await openPortoneShop(t)
    shop.upstream.once('lookup', reply)
    t.match((await shop.post(page)).json(), { status: 'paid' })
    t.equal(shop.upstream.lookups(), 2)
  }
})

test('silence is a timeout, within the budget', async (t) => {
  const shop = await openPortoneShop(t, { timeoutMs: 50, budgetMs: 120 })
  shop.upstream.on('lookup', () => new Promise(() => {}))
  const reply = await shop.post(page)
  t.match([reply.statusCode, reply.json().code], [504, 'IAMPORT_TIMEOUT'])
  t.match(reply.json().message, /PortOne/)
  t.ok(reply.headers['retry-after'])
})

test('an expired secret in the middle of the day is logged as what it is, without the secret', async (t) => {
  const lines: string[] = []
  const shop = await openPortoneShop(t, {}, undefined, {
    server: { logger: { stream: { write: (line: string) => { lines.push(line) } } } },
  })
  shop.upstream.secret = 'another'
  t.match((await shop.notify()).json(), { code: 'IAMPORT_UNAUTHORIZED' })
  t.match(lines.join(''), /PortOne refused the API secret/)
  t.notMatch(lines.join(''), /the-secret|whsec_/)
})
