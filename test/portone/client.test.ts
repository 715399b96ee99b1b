import { test } from 'tap'
import { openPortone } from '../support/portone-client.js'
import { hangUp, issued, outage, paid, refusing, STORE_ID, type Reply } from '../support/portone-upstream.js'
import { html, json } from '../support/upstream.js'

const raw = (text: string, status = 200): Reply => (response) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  return true
}
const answering = (value: unknown, status = 200): Reply => (response) => json(response, value, status)

test('a lookup is sent with the secret and the store, and answered as on the wire', async (t) => {
  const { client, upstream } = await openPortone(t)
  t.strictSame(await client.getPayment('order_1'), JSON.parse(JSON.stringify(upstream.payments.get('order_1'))))
  const [seen] = upstream.requests('lookup')
  const headers = { authorization: 'PortOne the-secret' }
  t.match(seen, { method: 'GET', path: '/payments/order_1', headers, body: '' })
  t.equal(seen?.query.get('storeId'), STORE_ID)
  t.notOk(seen?.headers['idempotency-key'])
})

test('a baseUrl may have a path', async (t) => {
  const { client, upstream } = await openPortone(t, {}, undefined, '/portone/')
  upstream.script = (seen, response) => json(response, seen.path.endsWith('/login') ? {} : paid())
  await client.getPayment('order_1')
  await client.request('GET', '/x')
  await client.cancelPayment({ paymentId: 'order_1', reason: 'x' }).catch(() => {})
  t.strictSame(upstream.seen.map(({ path }) => path),
    ['/portone/payments/order_1', '/portone/x', '/portone/payments/order_1/cancel'])
})

test('a paymentId is percent-encoded, and comes back as it was', async (t) => {
  for (const id of ['주문 1', 'a/b', '../x', '%2e', 'a?b#c', '"', 'x'.repeat(200), '...', '\u{1f34e}']) {
    const { client, upstream } = await openPortone(t, {}, [paid({ id })])
    t.match(await client.getPayment(id), { id })
    t.equal(upstream.seen[0]?.path, new URL(`http://x/payments/${encodeURIComponent(id)}`).pathname)
  }
})

test('a paymentId that cannot be one is refused, and nothing is sent', async (t) => {
  const { client, upstream } = await openPortone(t)
  for (const id of ['', '.', '..', 'x'.repeat(201), 'a\n', 'a\u0000b', '\ud800']) {
    const refused = { code: 'FST_ERR_VALIDATION', statusCode: 400 }
    await t.rejects(client.getPayment(id), refused, JSON.stringify(id))
    await t.rejects(client.cancelPayment({ paymentId: id, reason: 'x' }), refused)
    await t.rejects(client.closeVirtualAccount(id), refused)
    await t.rejects(client.preRegister({ paymentId: id, totalAmount: 1 }), refused)
  }
  t.equal(upstream.seen.length, 0)
})

const UNUSABLE: Record<string, Reply> = {
  'a page': (response) => html(response, 200),
  nothing: raw(''),
  'half a payment': raw(JSON.stringify(paid()).slice(0, 50)),
  'an array': answering([paid()]),
  null: answering(null),
  'another payment': answering(paid({ id: 'order_2' })),
  'another store\'s payment': answering(paid({ storeId: 'store-2' })),
  'a payment of V1': answering(paid({ version: 'V1' })),
  'a 404 page': (response) => html(response, 404),
  'a 404 of another type': refusing(404, 'NOT_FOUND'),
  'a 404 without a type': answering({ message: 'no' }, 404),
  'a 404 with a payment': answering(paid(), 404),
  400: refusing(400, 'INVALID_REQUEST'),
  409: refusing(409, 'PAYMENT_NOT_FOUND'),
  'a redirect': (response) => json(response, paid(), 302, { location: 'http://127.0.0.1:1/' }),
  'more than a megabyte': raw(JSON.stringify({ ...paid(), orderName: 'x'.repeat(2 ** 20) })),
}

for (const [what, reply] of Object.entries(UNUSABLE)) {
  test(`a lookup answered with ${what} is a bad gateway, and not asked for again`, async (t) => {
    const { client, upstream } = await openPortone(t)
    upstream.on('lookup', reply)
    const error = { code: 'IAMPORT_BAD_GATEWAY', statusCode: 502, message: /^PortOne / }
    await t.rejects(client.getPayment('order_1'), error)
    t.equal(upstream.lookups(), 1)
  })
}

const WRONG_FIELDS: Record<string, unknown[]> = {
  id: [undefined, null, 7],
  transactionId: [undefined, null, '', 7],
  storeId: [undefined, null, 7],
  version: [undefined, null, 2, 'v2', 'V3'],
  status: [undefined, null, '', 7, {}],
  amount: [
    undefined, null, 14000, {},
    ...[undefined, null, '14000', -1, 14000.5, 2 ** 53, 1e300, true].map((total) => ({ total })),
  ],
  currency: [undefined, null, '', 410],
  channel: ['LIVE', [], { type: 7 }, { type: {} }],
  channelGroup: ['test', { isForTest: 'true' }, { isForTest: 1 }],
  cancellations: [
    '', {}, [null], [{}], [{ id: 'a' }], [{ id: '', totalAmount: 1 }], [{ id: 7, totalAmount: 1 }],
    [{ id: 'a', totalAmount: '1' }], [{ id: 'a', totalAmount: -1 }], [{ id: 'a', totalAmount: 0.5 }],
    [{ id: 'a', totalAmount: 1, reason: 7 }],
  ],
}

for (const [field, values] of Object.entries(WRONG_FIELDS)) {
  test(`a payment whose ${field} is not what it must be is a bad gateway`, async (t) => {
    const { client, upstream } = await openPortone(t)
    for (const value of values) {
      upstream.on('lookup', answering({ ...paid(), [field]: value }))
      await t.rejects(client.getPayment('order_1'), { code: 'IAMPORT_BAD_GATEWAY' }, JSON.stringify(value))
    }
  })
}

test('whatever else a payment holds, or holds not, is taken as it is', async (t) => {
  const { client, upstream } = await openPortone(t)
  for (const more of [
    { newField: { deep: [1] } }, { method: null }, { method: 'card' }, { method: { type: 'PaymentMethodNew' } },
    { currency: 'ZZZ' }, { channel: { type: 'STAGING', pgProvider: 'NEW_PG' } }, { channel: null },
    { channelGroup: {} }, { status: 'NEW' }, { customer: null }, { paidAt: 'soon' }, { paidAt: undefined },
    { cancellations: null }, { cancellations: [{ id: 'a', totalAmount: 1 }] }, { amount: { total: 14000 } },
    { failure: 7 }, { webhooks: [{}] },
  ]) {
    upstream.on('lookup', answering({ ...paid(), ...more }))
    t.match(await client.getPayment('order_1'), JSON.parse(JSON.stringify(more)))
  }
})

test('only PAYMENT_NOT_FOUND in JSON is an unknown payment', async (t) => {
  const { client } = await openPortone(t)
  await t.rejects(client.getPayment('order_9'), {
    code: 'IAMPORT_PAYMENT_NOT_FOUND',
    message: 'PortOne knows no such payment',
    cause: { name: 'Refusal', status: 404, type: 'PAYMENT_NOT_FOUND' },
  })
})

test('401 and 403 are a refused secret, which no error tells', async (t) => {
  const { client, upstream } = await openPortone(t, { apiSecret: 'a-secret-of-ours' })
  for (const [status, type] of [[401, 'UNAUTHORIZED'], [403, 'FORBIDDEN']] as const) {
    upstream.on('lookup', answering({ type, message: 'PortOne a-secret-of-ours is expired' }, status))
    const error: unknown = await client.getPayment('order_1').catch((error) => error)
    t.match(error, {
      code: 'IAMPORT_UNAUTHORIZED', statusCode: 502, message: 'PortOne refused the API secret', cause: { status, type },
    })
    const { cause } = error instanceof Error ? error : {}
    t.notMatch(`${error} ${cause} ${JSON.stringify([error, cause])}`, /a-secret-of-ours/)
  }
  upstream.on('lookup', (response) => html(response, 403))
  await t.rejects(client.getPayment('order_1'), { code: 'IAMPORT_UNAUTHORIZED' })
  t.equal(upstream.lookups(), 3)
})

test('reads are tried four times in an outage, writes once', async (t) => {
  const { client, upstream } = await openPortone(t)
  for (const kind of ['lookup', 'cancel'] as const) upstream.on(kind, refusing(500, 'X'))
  await t.rejects(client.getPayment('order_1'), { code: 'IAMPORT_UNAVAILABLE', message: /PortOne answered 500/ })
  t.equal(upstream.lookups(), 4)
  await t.rejects(client.cancelPayment({ paymentId: 'order_1', reason: 'x' }), { code: 'IAMPORT_UNAVAILABLE' })
  t.equal(upstream.requests('cancel').length, 1)
})

test('a lookup answered with the PG\'s error is an outage: only writes are the PG\'s', async (t) => {
  const { client, upstream } = await openPortone(t)
  upstream.once('lookup', refusing(502, 'PG_PROVIDER'))
  t.match(await client.getPayment('order_1'), { id: 'order_1' })
  t.equal(upstream.lookups(), 2)
})

test('a read that comes right at a later try is answered', async (t) => {
  const { client, upstream } = await openPortone(t)
  upstream.once('lookup', hangUp)
  t.match(await client.getPayment('order_1'), { id: 'order_1' })
  t.equal(upstream.lookups(), 2)
})

test('a Retry-After that does not fit into the budget ends the tries', async (t) => {
  const { client, upstream } = await openPortone(t)
  upstream.on('lookup', outage(429))
  await t.rejects(client.getPayment('order_1'), { code: 'IAMPORT_UNAVAILABLE', retryAfterSec: 60 })
  t.equal(upstream.lookups(), 1)
})

test('a write waits longer than a read', async (t) => {
  const { client, upstream } = await openPortone(t, { timeoutMs: 30, budgetMs: 40, writeTimeoutMs: 5000 })
  const gate = upstream.hold('cancel')
  const cancelled = client.cancelPayment({ paymentId: 'order_1', reason: 'x' })
  await gate.arrived
  const held = upstream.hold('lookup')
  await t.rejects(client.getPayment('order_1'), { code: 'IAMPORT_TIMEOUT', message: 'PortOne did not answer in time' })
  held.open()
  gate.open()
  t.match(await cancelled, { cancellation: { status: 'SUCCEEDED' } })
})

test('writes carry the store and what the caller gave, and resolve to the wire\'s answer', async (t) => {
  const { client, upstream } = await openPortone(t, {}, [paid(), issued({ id: 'order_2' })])
  const account = { bank: 'KOOKMIN', number: '1', holderName: '홍길동' }
  t.match(await client.cancelPayment({ paymentId: 'order_1', reason: '변심', amount: 1000, refundAccount: account }),
    { cancellation: { status: 'SUCCEEDED', totalAmount: 1000 } })
  t.strictSame(upstream.bodies('cancel'), [
    { reason: '변심', amount: 1000, refundAccount: account, storeId: STORE_ID },
  ])
  t.strictSame(await client.preRegister({ paymentId: 'order_3', totalAmount: 600, currency: 'USD' }), {})
  t.strictSame(upstream.bodies('pre-register'), [{ totalAmount: 600, currency: 'USD', storeId: STORE_ID }])
  t.match(await client.closeVirtualAccount('order_2'), { closedAt: String })
  t.equal(upstream.requests('close')[0]?.body, '')
  const order = { billingKey: 'b', orderName: '사과', amount: { total: 100 }, currency: 'KRW' }
  t.match(await client.payWithBillingKey({ paymentId: 'order_4', ...order }), { payment: { pgTxId: 'pg_1' } })
  t.strictSame(upstream.bodies('billing-key'), [{ ...order, storeId: STORE_ID }])
})

test('a cancellation that only began, or failed, is answered as it is', async (t) => {
  const { client, upstream } = await openPortone(t)
  for (const status of ['REQUESTED', 'FAILED']) {
    upstream.cancelsAs = status
    t.match(await client.cancelPayment({ paymentId: 'order_1', reason: 'x', amount: 1 }), { cancellation: { status } })
  }
})

test('amounts that JSON or the provider would take for others are refused, and nothing is sent', async (t) => {
  const { client, upstream } = await openPortone(t)
  const refused = { code: 'FST_ERR_VALIDATION' }
  for (const amount of [NaN, Infinity, -1, 0.5, 2 ** 53]) {
    await t.rejects(client.cancelPayment({ paymentId: 'order_1', reason: 'x', amount }), refused)
    const balance = { currentCancellableAmount: amount }
    await t.rejects(client.cancelPayment({ paymentId: 'order_1', reason: 'x', ...balance }), refused)
    await t.rejects(client.preRegister({ paymentId: 'order_1', totalAmount: amount }), refused)
    await t.rejects(client.payWithBillingKey({
      paymentId: 'order_1', billingKey: 'b', orderName: 'x', amount: { total: amount }, currency: 'KRW',
    }), refused)
    await t.rejects(client.request('POST', '/payments/order_1/cancel', { body: { amount: NaN } }), refused)
  }
  t.equal(upstream.seen.length, 0)
})

test('the caller\'s Idempotency-Key is sent in double quotes, and fetches a lost result', async (t) => {
  const { client, upstream } = await openPortone(t)
  const cancel = { paymentId: 'order_1', reason: 'x', amount: 1000, idempotencyKey: 'order_1-cancel-1' }
  const first = await client.cancelPayment(cancel)
  t.strictSame(await client.cancelPayment(cancel), first)
  t.equal(upstream.payments.get('order_1')?.amount.cancelled, 1000)
  t.equal(upstream.requests('cancel')[0]?.headers['idempotency-key'], '"order_1-cancel-1"')
  t.notOk(upstream.requests('cancel')[0]?.body.includes('idempotencyKey'))
})

test('an Idempotency-Key that the provider would refuse is refused', async (t) => {
  const { client, upstream } = await openPortone(t)
  for (const idempotencyKey of [
    'x'.repeat(15), 'x'.repeat(257), `${'x'.repeat(16)}"`, '\\'.repeat(16), '열쇠'.repeat(10), `\n${'x'.repeat(16)}`,
  ]) {
    const refused = { code: 'FST_ERR_VALIDATION' }
    await t.rejects(client.cancelPayment({ paymentId: 'order_1', reason: 'x', idempotencyKey }), refused)
    await t.rejects(client.closeVirtualAccount('order_1', { idempotencyKey }), refused)
    await t.rejects(client.request('POST', '/x', { idempotencyKey }), refused)
  }
  t.equal(upstream.seen.length, 0)
  for (const idempotencyKey of ['x'.repeat(16), 'x'.repeat(256)]) {
    await client.preRegister({ paymentId: 'order_1', totalAmount: 1, idempotencyKey })
  }
})

test('a request that the provider is still carrying out is to be repeated later', async (t) => {
  const { client, upstream } = await openPortone(t)
  upstream.on('cancel', refusing(409, 'IDEMPOTENCY_OUTSTANDING_REQUEST'))
  await t.rejects(client.cancelPayment({ paymentId: 'order_1', reason: 'x', idempotencyKey: 'k'.repeat(16) }), {
    code: 'IAMPORT_UNAVAILABLE', cause: { type: 'IDEMPOTENCY_OUTSTANDING_REQUEST', status: 409 },
  })
})
