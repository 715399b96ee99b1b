import { test } from 'tap'
import type { Test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { openPortone } from '../support/portone-client.js'
import {
  cancellation, hangUp, issued, outage, paid, ready, refusing, STORE_ID, withCancellations, type Reply,
  type WirePayment,
} from '../support/portone-upstream.js'
import { html, json } from '../support/upstream.js'

const soon = () => monotonic() + 5000

const never: Reply = () => true
/** A short limit only where nothing answers: on a busy machine, an answer may take as long as that. */
const limitFor = (reply: Reply | undefined) => reply === never ? { writeTimeoutMs: 1500 } : {}

async function refund (t: Test, reply?: Reply, payment: WirePayment = paid(), checksum = 14000) {
  const { provider, upstream } = await openPortone(t, limitFor(reply), [payment])
  const looked = await provider.lookUp('order_1', soon())
  if (reply) upstream.on('cancel', reply)
  const result = provider.refund(looked, checksum, 'fastify-iamport: amount_mismatch')
  return { result, upstream }
}

const answering = (value: unknown, status = 200): Reply => (response) => json(response, value, status)

test('a refund is of everything that is left, with the balance that is expected', async (t) => {
  const { result, upstream } = await refund(t, undefined, withCancellations(paid(), cancellation()), 13000)
  t.strictSame(await result, { status: 'done' })
  t.strictSame(upstream.bodies('cancel'), [
    { reason: 'fastify-iamport: amount_mismatch', currentCancellableAmount: 13000, storeId: STORE_ID },
  ])
  t.match(upstream.requests('cancel')[0]?.headers, {
    authorization: 'PortOne the-secret',
    'content-type': 'application/json',
    'idempotency-key': /^"[0-9a-f-]{36}"$/,
  })
})

test('the balance is sent in the minor unit', async (t) => {
  const { result, upstream } = await refund(t, undefined, paid({ total: 1999, currency: 'USD' }), 19.99)
  t.strictSame(await result, { status: 'done' })
  t.match(upstream.bodies('cancel'), [{ currentCancellableAmount: 1999 }])
})

test('of a payment with a discount no balance is claimed', async (t) => {
  const discounted = paid({ amount: { ...paid().amount, discount: 1000, paid: 13000 } })
  const { result, upstream } = await refund(t, undefined, discounted)
  t.strictSame(await result, { status: 'done' })
  t.strictSame(Object.keys(upstream.bodies('cancel')[0] ?? {}).sort(), ['reason', 'storeId'])
})

test('each refund has an Idempotency-Key of its own', async (t) => {
  const { provider, upstream } = await openPortone(t)
  const looked = await provider.lookUp('order_1', soon())
  await provider.refund(looked, 14000, 'x')
  await provider.refund(looked, 14000, 'x')
  const keys = upstream.requests('cancel').map(({ headers }) => headers['idempotency-key'])
  t.equal(new Set(keys).size, 2)
})

const RESULTS: [string, Reply, string][] = [
  ['200 SUCCEEDED', answering({ cancellation: cancellation() }), 'done'],
  ['200 REQUESTED', answering({ cancellation: cancellation({ status: 'REQUESTED' }) }), 'pending'],
  ['200 FAILED', answering({ cancellation: cancellation({ status: 'FAILED' }) }), 'refused'],
  ['502 PG_PROVIDER', refusing(502, 'PG_PROVIDER', { pgCode: '9', pgMessage: '거래 거절' }), 'refused'],
  ...[
    'PAYMENT_NOT_PAID', 'CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT', 'CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT',
    'CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT', 'MAX_CANCEL_COUNT_REACHED',
    'PAYMENT_ALREADY_CANCELLED', 'CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN', 'SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT',
  ].map((type): [string, Reply, string] => [`409 ${type}`, refusing(409, type), 'refused']),
  ['400 INVALID_REQUEST', refusing(400, 'INVALID_REQUEST'), 'refused'],
  ['400 of a type that is new', refusing(400, 'SOMETHING_NEW'), 'refused'],
  ['no answer', never, 'IAMPORT_TIMEOUT'],
  ['a lost connection', hangUp, 'IAMPORT_UNAVAILABLE'],
  ['401', refusing(401, 'UNAUTHORIZED'), 'IAMPORT_UNAUTHORIZED'],
  ['403', refusing(403, 'FORBIDDEN'), 'IAMPORT_UNAUTHORIZED'],
  ['404 PAYMENT_NOT_FOUND', refusing(404, 'PAYMENT_NOT_FOUND'), 'IAMPORT_BAD_GATEWAY'],
  ['another 404', refusing(404, 'NOT_FOUND'), 'IAMPORT_BAD_GATEWAY'],
  ['409 IDEMPOTENCY_OUTSTANDING_REQUEST', refusing(409, 'IDEMPOTENCY_OUTSTANDING_REQUEST'), 'IAMPORT_UNAVAILABLE'],
  ['409 of a type that is new', refusing(409, 'SOMETHING_NEW'), 'IAMPORT_BAD_GATEWAY'],
  ['409 without a type', answering({ message: 'x' }, 409), 'IAMPORT_BAD_GATEWAY'],
  ['422', refusing(422, 'INVALID_REQUEST'), 'IAMPORT_BAD_GATEWAY'],
  ['429', outage(429), 'IAMPORT_UNAVAILABLE'],
  ['500', outage(500), 'IAMPORT_UNAVAILABLE'],
  ['502 of another type', refusing(502, 'SOMETHING_NEW'), 'IAMPORT_UNAVAILABLE'],
  ['503 PG_PROVIDER', refusing(503, 'PG_PROVIDER'), 'IAMPORT_UNAVAILABLE'],
  ['502 in HTML', (response) => html(response, 502), 'IAMPORT_UNAVAILABLE'],
  ['400 in HTML', (response) => html(response, 400), 'IAMPORT_BAD_GATEWAY'],
  ['409 in HTML', (response) => html(response, 409), 'IAMPORT_BAD_GATEWAY'],
  ['200 in HTML', (response) => html(response, 200), 'IAMPORT_BAD_GATEWAY'],
  ['an empty 200', (response) => { response.end(); return true }, 'IAMPORT_BAD_GATEWAY'],
  ['200 without a cancellation', answering({}), 'IAMPORT_BAD_GATEWAY'],
  ['200 without a status', answering({ cancellation: { id: 'a' } }), 'IAMPORT_BAD_GATEWAY'],
  ['200 of a status that is new', answering({ cancellation: { status: 'PAUSED' } }), 'IAMPORT_BAD_GATEWAY'],
  ['a redirect', (response) => json(response, {}, 302, { location: '/' }), 'IAMPORT_BAD_GATEWAY'],
]

for (const [what, reply, expected] of RESULTS) {
  test(`a refund answered with ${what} is ${expected.replace(/^IAMPORT_/, 'open: ')}, and sent once`, async (t) => {
    const { result, upstream } = await refund(t, reply)
    if (expected.startsWith('IAMPORT_')) await t.rejects(result, { code: expected })
    else t.match(await result, { status: expected })
    t.equal(upstream.requests('cancel').length, 1)
  })
}

test('a refusal has the provider\'s type, status and words', async (t) => {
  const { result } = await refund(t, refusing(502, 'PG_PROVIDER', { pgCode: '9', pgMessage: '거래 거절' }))
  t.match(await result, {
    status: 'refused',
    error: {
      code: 'IAMPORT_BAD_GATEWAY',
      message: /^PortOne gave an unusable answer: HTTP 502, PG_PROVIDER: .*거래 거절/,
      cause: { name: 'Refusal', status: 502, type: 'PG_PROVIDER', providerCode: undefined },
    },
  })
})

const CLOSINGS: [string, Reply | undefined, string][] = [
  ['200', undefined, 'done'],
  ['409 PAYMENT_NOT_WAITING_FOR_DEPOSIT', refusing(409, 'PAYMENT_NOT_WAITING_FOR_DEPOSIT'), 'refused'],
  ['502 PG_PROVIDER', refusing(502, 'PG_PROVIDER'), 'refused'],
  ['400', refusing(400, 'INVALID_REQUEST'), 'refused'],
  ['404', refusing(404, 'PAYMENT_NOT_FOUND'), 'IAMPORT_BAD_GATEWAY'],
  ['an outage', outage(), 'IAMPORT_UNAVAILABLE'],
  ['401', refusing(401, 'UNAUTHORIZED'), 'IAMPORT_UNAUTHORIZED'],
  ['HTML', (response) => html(response, 200), 'IAMPORT_BAD_GATEWAY'],
]

for (const [what, reply, expected] of CLOSINGS) {
  test(`closing an account answered with ${what} is ${expected.replace(/^IAMPORT_/, 'open: ')}`, async (t) => {
    const { provider, upstream } = await openPortone(t, {}, [issued()])
    const looked = await provider.lookUp('order_1', soon())
    if (reply) upstream.on('close', reply)
    const result = provider.closeAccount(looked, soon())
    if (expected.startsWith('IAMPORT_')) await t.rejects(result, { code: expected })
    else t.match(await result, { status: expected })
    t.equal(upstream.requests('close')[0]?.query.get('storeId'), STORE_ID)
    t.equal(upstream.requests('close').length, 1)
  })
}

const refusedFor = (type: string) => ({ status: 'refused', error: { cause: { type } } })

const CONFIRMATIONS: [string, Reply | undefined, object | string][] = [
  ['200', undefined, { status: 'approved' }],
  ['409 INFORMATION_MISMATCH', refusing(409, 'INFORMATION_MISMATCH'), { status: 'mismatch' }],
  ['409 ALREADY_PAID', refusing(409, 'ALREADY_PAID'), refusedFor('ALREADY_PAID')],
  ['400 INVALID_PAYMENT_TOKEN', refusing(400, 'INVALID_PAYMENT_TOKEN'), refusedFor('INVALID_PAYMENT_TOKEN')],
  ['502 PG_PROVIDER', refusing(502, 'PG_PROVIDER'), refusedFor('PG_PROVIDER')],
  ['404 PAYMENT_NOT_FOUND', refusing(404, 'PAYMENT_NOT_FOUND'), refusedFor('PAYMENT_NOT_FOUND')],
  ['409 of a type that is new', refusing(409, 'SOMETHING_NEW'), refusedFor('SOMETHING_NEW')],
  ['no answer', never, 'IAMPORT_TIMEOUT'],
  ['a lost connection', hangUp, 'IAMPORT_UNAVAILABLE'],
  ['401', refusing(401, 'UNAUTHORIZED'), 'IAMPORT_UNAUTHORIZED'],
  ['403', refusing(403, 'FORBIDDEN'), 'IAMPORT_UNAUTHORIZED'],
  ['429', outage(429), 'IAMPORT_UNAVAILABLE'],
  ['503', outage(), 'IAMPORT_UNAVAILABLE'],
  ['409 IDEMPOTENCY_OUTSTANDING_REQUEST', refusing(409, 'IDEMPOTENCY_OUTSTANDING_REQUEST'), 'IAMPORT_UNAVAILABLE'],
  ['HTML', (response) => html(response, 200), 'IAMPORT_BAD_GATEWAY'],
  ['404 in HTML', (response) => html(response, 404), 'IAMPORT_BAD_GATEWAY'],
]

for (const [what, reply, expected] of CONFIRMATIONS) {
  test(`a manual approval answered with ${what} is ${JSON.stringify(expected)}, and sent once`, async (t) => {
    const { provider, upstream } = await openPortone(t, limitFor(reply), [ready()])
    upstream.attempts.set('token_1', paid())
    if (reply) upstream.on('confirm', reply)
    const attempt = { paymentId: 'order_1', paymentToken: 'token_1', txId: 'tx_1', totalAmount: 14000, currency: 'KRW' }
    const result = provider.approve({ ...attempt, isTest: false })
    if (typeof expected === 'string') await t.rejects(result, { code: expected })
    else t.match(await result, expected)
    const { paymentId, ...body } = attempt
    t.strictSame(upstream.bodies('confirm'), [{ ...body, isTest: false, storeId: STORE_ID }])
    t.match(upstream.requests('confirm')[0]?.headers, { 'idempotency-key': /^"[0-9a-f-]{36}"$/ })
  })
}

test('one list is reconciled: of our store, of V2, of what may have been missed', async (t) => {
  const { provider, upstream } = await openPortone(t, {}, [
    paid(), ready({ id: 'order_2' }), issued({ id: 'order_3', transactionId: 'tx_3' }),
    paid({ id: 'order_4', storeId: 'store-2' }), paid({ id: 'order_5', version: 'V1' }),
  ])
  const period = { from: new Date(Date.now() - 3600_000), to: new Date() }
  const found = []
  for (const { payments } of provider.lists(period, new AbortController().signal)) {
    for await (const one of payments) found.push(one)
  }
  t.match(found.sort((a, b) => a.id.localeCompare(b.id)), [
    { id: 'order_1', impUid: 'tx_1', merchantUid: 'order_1', payment: { state: 'paid', key: 'tx_1' } },
    { id: 'order_3', impUid: 'tx_3', payment: { state: 'account_issued' } },
  ])
  const { filter } = JSON.parse(upstream.requests('list')[0]?.query.get('requestBody') ?? '{}')
  t.strictSame(filter, {
    storeId: STORE_ID,
    version: 'V2',
    status: ['VIRTUAL_ACCOUNT_ISSUED', 'PAID', 'PARTIAL_CANCELLED', 'CANCELLED'],
    timestampType: 'STATUS_CHANGED_AT',
    from: period.from.toISOString(),
    until: period.to.toISOString(),
    sortBy: 'STATUS_CHANGED_AT',
    sortOrder: 'ASC',
  })
})

test('an entry of a list that is no payment of ours does not stop the list', async (t) => {
  const { provider, upstream } = await openPortone(t)
  const { transactionId, ...without } = paid({ id: 'order_0' })
  const items = [
    null, 7, {}, without, paid({ id: 'order_2', storeId: 'store-2' }), paid({ id: 'order_3', version: 'V1' }), paid(),
  ]
  upstream.on('list', answering({ items, page: { number: 0, size: 100, totalCount: items.length } }))
  const period = { from: new Date(Date.now() - 3600_000), to: new Date() }
  const found = []
  for (const { payments } of provider.lists(period, new AbortController().signal)) {
    for await (const { id, payment } of payments) found.push([id, payment?.state])
  }
  t.strictSame(found, [
    ['', undefined], ['order_0', undefined], ['order_2', undefined], ['order_3', undefined], ['order_1', 'paid'],
  ])
})
