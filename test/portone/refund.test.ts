import { test } from 'tap'
import { memoryLedger, type Ledger } from '../../lib/index.js'
import { openPortoneShop, webhookOf } from '../support/portone-shop.js'
import {
  cancellation, hangUp, issued, paid, refusing, timeAgo, withCancellations, type Reply, type WirePayment,
} from '../support/portone-upstream.js'
import { html, json } from '../support/upstream.js'

const page = { paymentId: 'order_1' }
const wrong = (changes: Parameters<typeof paid>[0] = {}) => paid({ total: 100, ...changes })
const mismatch = { status: 'failed', reason: 'amount_mismatch' }
/** As our own cancel requests have it. */
const OURS = 'fastify-iamport: amount_mismatch'
const ofAll = (status: string, changes: object = {}) => cancellation({ status, totalAmount: 100, ...changes })

test('a mismatch is cancelled in full, with the balance, a fresh key in double quotes, and no amount', async (t) => {
  const shop = await openPortoneShop(t, {}, [wrong()])
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: true, replayed: false })
  const [request] = shop.upstream.requests('cancel')
  t.match(request?.headers['idempotency-key'], /^"[\x21-\x7e]{16,256}"$/)
  const [body] = shop.upstream.bodies('cancel')
  t.strictSame(body, { reason: OURS, storeId: 'store-1', currentCancellableAmount: 100 })
  t.match(shop.failures(), [{ reason: 'amount_mismatch', refunded: true, final: true }])
  t.notOk('refund_pending' in (shop.failures()[0] ?? {}))
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: true, replayed: true })
  t.equal(shop.upstream.requests('cancel').length, 1)
})

test('under a discount the balance is left out, as nobody knows what the provider takes for it', async (t) => {
  const discounted = wrong()
  discounted.amount = { ...discounted.amount, discount: 10, paid: 90 }
  const shop = await openPortoneShop(t, {}, [discounted])
  await shop.post(page)
  t.strictSame(shop.upstream.bodies('cancel'), [{ reason: OURS, storeId: 'store-1' }])
})

test('a part that was cancelled before is not in the balance', async (t) => {
  const shop = await openPortoneShop(t, {}, [withCancellations(wrong(), cancellation({ totalAmount: 30 }))])
  await shop.post(page)
  t.match(shop.upstream.bodies('cancel'), [{ currentCancellableAmount: 70 }])
})

test('what somebody else cancels between two tries is not in the balance of the second', async (t) => {
  const shop = await openPortoneShop(t, {}, [wrong()])
  shop.upstream.once('cancel', () => {
    shop.upstream.payments.set('order_1', withCancellations(wrong(), cancellation({ totalAmount: 30 })))
    return undefined
  })
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: false }, 'the balance differs')
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: true })
  t.match(shop.upstream.bodies('cancel').map((body) => body.currentCancellableAmount), [100, 70])
})

test('a refund that is accepted for later is pending, and its end is told once more', async (t) => {
  for (const [end, told] of [['SUCCEEDED', { refunded: true }], ['FAILED', { refunded: false }]] as const) {
    const shop = await openPortoneShop(t, {}, [wrong()])
    shop.upstream.cancelsAs = 'REQUESTED'
    t.match((await shop.post(page)).json(), { ...mismatch, refunded: false, refund_pending: true, replayed: false })
    t.match((await shop.post(page)).json(), { ...mismatch, refunded: false, refund_pending: true, replayed: true })
    shop.upstream.endCancellation('order_1', end)
    const ended = (await shop.post(page)).json()
    t.match(ended, { ...mismatch, ...told, replayed: false }, end)
    t.notOk('refund_pending' in ended)
    t.match(shop.failures(), [{ refunded: false, refund_pending: true }, told], end)
    t.equal(shop.failures().length, 2)
    t.notOk('refund_pending' in (shop.failures()[1] ?? {}))
    t.equal(shop.upstream.requests('cancel').length, 1, end)
    t.strictSame(shop.ran(), ['fail', 'fail'])
  }
})

test('a refund that failed after it was accepted is tried once more by the next notification', async (t) => {
  const shop = await openPortoneShop(t, {}, [wrong()])
  shop.upstream.cancelsAs = 'REQUESTED'
  await shop.post(page)
  shop.upstream.endCancellation('order_1', 'FAILED')
  t.match((await shop.post(page)).json(), { refunded: false })
  shop.upstream.cancelsAs = 'SUCCEEDED'
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: true })
  t.match(shop.failures().map(({ refunded }) => refunded), [false, false, true])
  const keys = shop.upstream.requests('cancel').map(({ headers }) => headers['idempotency-key'])
  t.equal(new Set(keys).size, 2)
})

test('a refund that was accepted and is not shown any more is told as failed before another is sent', async (t) => {
  const shop = await openPortoneShop(t, {}, [wrong()])
  shop.upstream.cancelsAs = 'REQUESTED'
  t.match((await shop.post(page)).json(), { refund_pending: true })
  shop.upstream.payments.set('order_1', wrong())
  shop.upstream.cancelsAs = 'SUCCEEDED'
  const ended = (await shop.post(page)).json()
  t.match(ended, { ...mismatch, refunded: false, replayed: false })
  t.notOk('refund_pending' in ended)
  t.equal(shop.upstream.requests('cancel').length, 1)
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: true })
  t.equal(shop.upstream.requests('cancel').length, 2)
})

const REFUSALS: [string, Reply][] = [
  ['200 FAILED', (response) => json(response, { cancellation: ofAll('FAILED') })],
  ['502 PG_PROVIDER', refusing(502, 'PG_PROVIDER', { pgCode: '1', pgMessage: '취소 불가' })],
  ...['PAYMENT_NOT_PAID', 'CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT',
    'CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT', 'MAX_CANCEL_COUNT_REACHED',
    'PAYMENT_ALREADY_CANCELLED', 'CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN',
  ].map((type): [string, Reply] => [`409 ${type}`, refusing(409, type)]),
  ['400 INVALID_REQUEST', refusing(400, 'INVALID_REQUEST')],
]

test('a refusal leaves the money where it is: a manual refund, and one more try by the next one', async (t) => {
  await Promise.all(REFUSALS.map(async ([name, reply]) => {
    const shop = await openPortoneShop(t, {}, [wrong()])
    shop.upstream.on('cancel', reply)
    t.match((await shop.post(page)).json(), { ...mismatch, refunded: false, replayed: false }, name)
    t.match((await shop.post(page)).json(), { ...mismatch, refunded: false, replayed: true }, name)
    t.equal(shop.upstream.requests('cancel').length, 2, name)
    t.match(shop.failures(), [{ refunded: false }], name)
    shop.upstream.on('cancel', undefined)
    t.match((await shop.post(page)).json(), { ...mismatch, refunded: true }, name)
    t.strictSame(shop.ran(), ['fail', 'fail'], name)
  }))
})

test('a payment that is not found after a refusal was there a moment ago: no decision, and no 404', async (t) => {
  const shop = await openPortoneShop(t, {}, [wrong()])
  shop.upstream.on('cancel', (response, seen) => {
    shop.upstream.payments.delete('order_1')
    return refusing(502, 'PG_PROVIDER')(response, seen)
  })
  t.match((await shop.post(page)).json(), { statusCode: 502, code: 'IAMPORT_BAD_GATEWAY' })
  t.strictSame(shop.ran(), [])
})

test('a refusal because somebody was first: what a lookup then shows counts', async (t) => {
  const shows: [WirePayment, object][] = [
    [withCancellations(wrong(), ofAll('SUCCEEDED')), { refunded: true }],
    [withCancellations(wrong(), ofAll('REQUESTED')), { refunded: false, refund_pending: true }],
    [withCancellations(wrong(), ofAll('REQUESTED', { totalAmount: 50 })), { refunded: false }],
  ]
  await Promise.all(shows.map(async ([shown, expected]) => {
    const shop = await openPortoneShop(t, {}, [wrong()])
    shop.upstream.on('cancel', (response, seen) => {
      shop.upstream.payments.set('order_1', shown)
      return refusing(409, 'PAYMENT_ALREADY_CANCELLED')(response, seen)
    })
    t.match((await shop.post(page)).json(), { ...mismatch, ...expected }, JSON.stringify(shown.cancellations))
    t.equal(shop.upstream.requests('cancel').length, 1)
  }))
})

const OPEN: [string, Reply, string][] = [
  ['401', refusing(401, 'UNAUTHORIZED'), 'IAMPORT_UNAUTHORIZED'],
  ['403', refusing(403, 'FORBIDDEN'), 'IAMPORT_UNAUTHORIZED'],
  ['404', refusing(404, 'PAYMENT_NOT_FOUND'), 'IAMPORT_BAD_GATEWAY'],
  ['409 IDEMPOTENCY_OUTSTANDING_REQUEST', refusing(409, 'IDEMPOTENCY_OUTSTANDING_REQUEST'), 'IAMPORT_UNAVAILABLE'],
  ['429', refusing(429, 'TOO_MANY_REQUESTS'), 'IAMPORT_UNAVAILABLE'],
  ['500', refusing(500, 'INTERNAL'), 'IAMPORT_UNAVAILABLE'],
  ['502 HTML', (response) => html(response, 502), 'IAMPORT_UNAVAILABLE'],
  ['200 HTML', (response) => html(response, 200), 'IAMPORT_BAD_GATEWAY'],
  ['lost', hangUp, 'IAMPORT_UNAVAILABLE'],
  ['unknown status', (response) => json(response, { cancellation: ofAll('WAITING') }), 'IAMPORT_BAD_GATEWAY'],
  ['no status', (response) => json(response, { cancellation: {} }), 'IAMPORT_BAD_GATEWAY'],
  ['no cancellation', (response) => json(response, {}), 'IAMPORT_BAD_GATEWAY'],
  ['a type that we do not know', refusing(409, 'SOMETHING_NEW'), 'IAMPORT_BAD_GATEWAY'],
]

test('an unknown outcome is an error, never a failure; the next notification tries with a new key', async (t) => {
  await Promise.all(OPEN.map(async ([name, reply, code]) => {
    const shop = await openPortoneShop(t, {}, [wrong()])
    shop.upstream.on('cancel', reply)
    const answer = await shop.post(page)
    t.ok(answer.statusCode >= 500, name)
    t.equal(answer.json().code, code, name)
    t.strictSame(shop.ran(), [], name)
    t.equal(shop.upstream.requests('cancel').length, 1, `${name}: sent once`)
    shop.upstream.on('cancel', undefined)
    t.match((await shop.post(page)).json(), { ...mismatch, refunded: true }, name)
    const keys = shop.upstream.requests('cancel').map(({ headers }) => headers['idempotency-key'])
    t.equal(new Set(keys).size, 2, name)
  }))
})

test('what the provider says of a refund whose outcome is unknown is for the log, not for the buyer', async (t) => {
  const words = /balance of MID-1/
  for (const [kind, payment] of [['cancel', wrong()], ['close', issued({ total: 100 })]] as const) {
    const lines: string[] = []
    const server = { logger: { level: 'error', stream: { write: (line: string) => { lines.push(line) } } } }
    const shop = await openPortoneShop(t, {}, [payment], { server })
    shop.upstream.on(kind, refusing(409, 'SOMETHING_NEW', { pgMessage: 'balance of MID-1' }))
    const reply = await shop.post(page)
    t.match(reply.json(), { code: 'IAMPORT_BAD_GATEWAY', message: /HTTP 409, SOMETHING_NEW$/ })
    t.notMatch(reply.body, words)
    t.match(lines.join(''), words)
  }
})

test('a refund whose outcome is unknown is never delivered, though the order matches meanwhile', async (t) => {
  let price = 14000
  const shop = await openPortoneShop(t, { getExpectedAmount: () => price }, [wrong({ paidAt: timeAgo(3500) })])
  shop.upstream.on('cancel', hangUp)
  t.equal((await shop.post(page)).statusCode, 503)
  price = 100
  const payment = shop.upstream.payments.get('order_1')
  if (payment) payment.paidAt = timeAgo(7200)
  shop.upstream.on('cancel', undefined)
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: true }, 'finished however old it is')
  t.strictSame(shop.ran(), ['fail'])
})

test('an hour after paidAt, or after requestedAt without it, a person refunds', async (t) => {
  const ages: [Partial<WirePayment>, number][] = [
    [{ paidAt: timeAgo(3590) }, 1],
    [{ paidAt: timeAgo(3601) }, 0],
    [{ paidAt: undefined, requestedAt: timeAgo(3590) }, 1],
    [{ paidAt: undefined, requestedAt: timeAgo(3601) }, 0],
    [{ paidAt: undefined, requestedAt: undefined }, 0],
  ]
  for (const [changes, requests] of ages) {
    const shop = await openPortoneShop(t, {}, [withCancellations(wrong(changes), cancellation({ totalAmount: 1 }))])
    t.match((await shop.post(page)).json(), { ...mismatch, refunded: requests === 1 }, JSON.stringify(changes))
    t.equal(shop.upstream.requests('cancel').length, requests, JSON.stringify(changes))
  }
})

test('after a told refusal the tries end an hour after the payment', async (t) => {
  const shop = await openPortoneShop(t, {}, [wrong()])
  shop.upstream.on('cancel', refusing(502, 'PG_PROVIDER'))
  await shop.post(page)
  const payment = shop.upstream.payments.get('order_1')
  if (payment) payment.paidAt = timeAgo(3601)
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: false, replayed: true })
  t.equal(shop.upstream.requests('cancel').length, 1)
})

test('a payment whose open cancellations would leave nothing is neither delivered nor refunded', async (t) => {
  const cases = [
    withCancellations(paid(), cancellation({ status: 'REQUESTED', totalAmount: 14000 })),
    withCancellations(paid(), cancellation({ status: 'WAITING', totalAmount: 14000 })),
    withCancellations(paid(), cancellation({ totalAmount: 4000 }),
      cancellation({ id: 'c2', status: 'REQUESTED', totalAmount: 10000 })),
    withCancellations(wrong(), ofAll('REQUESTED')),
  ]
  for (const one of cases) {
    const shop = await openPortoneShop(t, {}, [one])
    const reply = await shop.post(page)
    t.match([reply.statusCode, reply.json().code], [503, 'IAMPORT_BUSY'])
    t.ok(reply.headers['retry-after'])
    t.strictSame([shop.ran(), shop.upstream.requests('cancel')], [[], []])
  }
})

test('a part under way is no obstacle to a delivery, but to a refund', async (t) => {
  const part = cancellation({ status: 'REQUESTED', totalAmount: 40 })
  const right = await openPortoneShop(t, {}, [withCancellations(paid(), part)])
  t.match((await right.post(page)).json(), { status: 'paid', cancel_amount: 0 })
  t.strictSame(right.ran(), ['paid'])
  const other = await openPortoneShop(t, {}, [withCancellations(wrong(), part)])
  t.match((await other.post(page)).json(), { code: 'IAMPORT_BUSY' })
  t.strictSame([other.ran(), other.upstream.requests('cancel')], [[], []])
  other.upstream.endCancellation('order_1', 'FAILED')
  t.match((await other.post(page)).json(), { ...mismatch, refunded: true })
})

test('a delivered payment stays delivered while it is being cancelled, and its end is onCancel', async (t) => {
  const shop = await openPortoneShop(t)
  await shop.post(page)
  shop.upstream.payments.set('order_1', withCancellations(paid(), cancellation({ totalAmount: 4000 }),
    cancellation({ id: 'c2', status: 'REQUESTED', totalAmount: 10000 })))
  t.match((await shop.post(page)).json(), { status: 'paid', replayed: true, cancel_amount: 4000 })
  t.strictSame(shop.ran(), ['paid', 'cancel'])
  shop.upstream.endCancellation('order_1', 'SUCCEEDED')
  t.match((await shop.post(page)).json(), { status: 'cancelled' })
  t.match(shop.cancellations(), [{ amount: 4000 }, { amount: 10000, cancellation_id: 'c2' }])
})

test('our own open refund is that failure, even for a ledger that has lost it, and is never delivered', async (t) => {
  const open = () => withCancellations(wrong(), ofAll('REQUESTED', { reason: OURS }))
  let price = 14000
  const shop = await openPortoneShop(t, { getExpectedAmount: () => price, ledger: memoryLedger() }, [open()])
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: false, refund_pending: true, replayed: false })
  t.match((await shop.post(page)).json(), { refund_pending: true, replayed: true })
  t.match(shop.failures(), [{ refund_pending: true }])
  price = 100
  shop.upstream.endCancellation('order_1', 'FAILED')
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: false })
  t.strictSame(shop.ran(), ['fail', 'fail'])
})

test('after a told refusal, somebody else\'s request for all of it is not our refund, nor its end', async (t) => {
  const shop = await openPortoneShop(t, {}, [wrong()])
  shop.upstream.once('cancel', refusing(502, 'PG_PROVIDER'))
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: false })
  shop.upstream.payments.set('order_1', withCancellations(wrong(), ofAll('REQUESTED')))
  t.match((await shop.post(page)).json(), { statusCode: 503, code: 'IAMPORT_BUSY' })
  shop.upstream.endCancellation('order_1', 'SUCCEEDED')
  t.match((await shop.post(page)).json(), { status: 'cancelled' })
  t.strictSame(shop.ran(), ['fail', 'cancel'])
  t.equal(shop.upstream.requests('cancel').length, 1)
})

test('our own refund, seen later, is that failure again and no cancellation of an order', async (t) => {
  const shop = await openPortoneShop(t, {}, [wrong()])
  await shop.post(page)
  t.match((await shop.notify()).json(), { ...mismatch, refunded: true, replayed: true })
  t.strictSame(shop.ran(), ['fail'])
})

test('twenty notifications at once send one cancellation', async (t) => {
  const shop = await openPortoneShop(t, {}, [wrong()])
  const replies = await Promise.all(Array.from({ length: 20 }, (_, index) =>
    index % 2 ? shop.post(page) : shop.notify()))
  for (const reply of replies) t.match(reply.json(), { ...mismatch, refunded: true })
  t.equal(shop.upstream.requests('cancel').length, 1)
  t.strictSame(shop.ran(), ['fail'])
})

test('an account that is not as ordered is closed; a deposit meanwhile is a manual refund', async (t) => {
  const account = () => issued({ total: 100 })
  const closed = await openPortoneShop(t, {}, [account()])
  t.match((await closed.post(page)).json(), { ...mismatch, refunded: true })
  t.equal(closed.upstream.requests('close').length, 1)
  t.equal(closed.upstream.requests('close')[0]?.query.get('storeId'), 'store-1')
  t.match((await closed.post(page)).json(), { ...mismatch, refunded: true, replayed: true }, 'after our own close')
  t.strictSame(closed.ran(), ['fail'])

  const late = await openPortoneShop(t, {}, [account()])
  late.upstream.on('close', (response, seen) => {
    late.upstream.payments.set('order_1', { ...account(), status: 'PAID', paidAt: timeAgo(1) })
    return refusing(409, 'PAYMENT_NOT_WAITING_FOR_DEPOSIT')(response, seen)
  })
  t.match((await late.post(page)).json(), { ...mismatch, refunded: false, replayed: false })
  t.match((await late.notify()).json(), { ...mismatch, refunded: false, replayed: true })
  t.match(late.failures(), [{ payment: { portone: { status: 'PAID' } } }], 'once, with the payment as it is')
  t.equal(late.upstream.requests('lookup').length, 3, 'one of them after the refusal')
  t.strictSame(late.upstream.requests('cancel'), [])
  t.strictSame(late.ran(), ['fail'])
})

test('an account that is closed after a refusal, and told as that, is no cancellation later', async (t) => {
  const shop = await openPortoneShop(t, {}, [issued({ total: 100 })])
  shop.upstream.once('close', refusing(502, 'PG_PROVIDER'))
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: false })
  for (const replayed of [false, true, true]) {
    t.match((await shop.post(page)).json(), { ...mismatch, refunded: true, replayed })
  }
  t.strictSame(shop.ran(), ['fail', 'fail'])
})

test('an account of ours that was closed is that failure, also where the method is left out', async (t) => {
  const shop = await openPortoneShop(t, {}, [issued({ total: 100 })])
  await shop.post(page)
  shop.upstream.payments.set('order_1', { ...shop.upstream.payments.get('order_1') ?? paid(), method: undefined })
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: true, replayed: true })
  t.strictSame(shop.ran(), ['fail'])
})

test('a deposit into an account that we had closed is a manual refund, which is no refund of ours', async (t) => {
  const shop = await openPortoneShop(t, { ledger: memoryLedger() }, [issued({ total: 100 })])
  t.match((await shop.post(page)).json(), { ...mismatch, refunded: true })
  const deposited = { ...issued({ total: 100 }), status: 'PAID', paidAt: timeAgo(1) }
  shop.upstream.payments.set('order_1', deposited)
  for (const replayed of [false, true]) {
    t.match((await shop.notify()).json(), { ...mismatch, refunded: false, replayed })
  }
  t.match(shop.failures(), [{ refunded: true }, { refunded: false }])
  t.strictSame(shop.upstream.requests('cancel'), [])
  const cancelled = withCancellations(deposited, cancellation({ totalAmount: 100 }))
  shop.upstream.payments.set('order_1', { ...cancelled, status: 'CANCELLED' })
  t.match((await shop.notify()).json(), { status: 'cancelled' })
  t.strictSame(shop.ran(), ['fail', 'fail', 'cancel'])
})

for (const [what, changes] of [['', {}], [', also where the method is left out', { method: undefined }]] as const) {
  test(`an account of ours that was closed, and that the provider calls failed, is that failure${what}`, async (t) => {
    const shop = await openPortoneShop(t, {}, [issued({ total: 100 })])
    await shop.post(page)
    const failed = { ...issued({ total: 100 }), ...changes, status: 'FAILED', failedAt: timeAgo(1) }
    shop.upstream.payments.set('order_1', failed)
    const reply = await shop.notify(webhookOf('Transaction.Failed'))
    t.match(reply.json(), { ...mismatch, refunded: true, replayed: true })
    t.strictSame(shop.ran(), ['fail'])
  })
}

test('a payment whose account we began to close is not delivered, also where the method is left out', async (t) => {
  let price = 14000
  const shop = await openPortoneShop(t, { getExpectedAmount: () => price }, [issued({ total: 100 })])
  shop.upstream.on('close', hangUp)
  t.equal((await shop.post(page)).statusCode, 503)
  price = 100
  shop.upstream.payments.set('order_1', wrong({ method: undefined }))
  t.match((await shop.post(page)).json(), mismatch)
  t.notOk(shop.ran().includes('paid'))
})

test('a cancellation that takes longer than the budget is recorded all the same', async (t) => {
  const ledger = memoryLedger()
  // As a pool gives a connection: not at once.
  const pooled: Ledger = {
    find: (key) => ledger.find(key),
    once: async (key, work) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return ledger.once(key, work)
    },
  }
  const shop = await openPortoneShop(t, { budgetMs: 1500, timeoutMs: 1400, ledger: pooled }, [wrong()])
  const gate = shop.upstream.hold('cancel')
  const reply = shop.post(page)
  await gate.arrived
  setTimeout(gate.open, 1700)
  t.match((await reply).json(), { ...mismatch, refunded: true })
  t.strictSame(shop.ran(), ['fail'])
})

test('a refund that was refused, accepted when it was tried again, and then failed: each is told', async (t) => {
  const shop = await openPortoneShop(t, {}, [paid({ total: 100 })])
  shop.upstream.once('cancel', refusing(502, 'PG_PROVIDER'))
  t.match((await shop.post(page)).json(), { refunded: false })
  shop.upstream.cancelsAs = 'REQUESTED'
  t.match((await shop.post(page)).json(), { refund_pending: true })
  shop.upstream.endCancellation('order_1', 'FAILED')
  t.match((await shop.notify(webhookOf('Transaction.CancelFailed'))).json(), { refunded: false, replayed: false })
  t.match(shop.failures(), [{ refunded: false }, { refund_pending: true }, { refunded: false }])
  t.notOk(shop.failures()[2]?.refund_pending)
  shop.upstream.cancelsAs = 'FAILED'
  t.match((await shop.post(page)).json(), { refunded: false, replayed: true }, 'nor is a further refusal')
  t.equal(shop.failures().length, 3)
})

test('a refund that fails at once, twice, is told once', async (t) => {
  const shop = await openPortoneShop(t, {}, [paid({ total: 100 })])
  shop.upstream.cancelsAs = 'FAILED'
  for (const replayed of [false, true, true]) {
    t.match((await shop.post(page)).json(), { refunded: false, replayed })
  }
  t.equal(shop.failures().length, 1)
})

test('with cancelOnMismatch off, a refund by hand that fails later is not sent again by itself', async (t) => {
  const shop = await openPortoneShop(t, { cancelOnMismatch: false, ledger: memoryLedger() }, [paid({ total: 100 })])
  t.match((await shop.post(page)).json(), { refunded: false })
  shop.upstream.cancelsAs = 'REQUESTED'
  const from = new Date(Date.now() - 3600_000)
  for await (const { cancellation } of shop.app.portone.manualRefunds({ from })) {
    await shop.app.portone.cancelPayment(cancellation)
  }
  await shop.notify(webhookOf('Transaction.CancelPending'))
  shop.upstream.endCancellation('order_1', 'FAILED')
  for (let i = 0; i < 3; i++) await shop.notify(webhookOf('Transaction.CancelFailed'))
  t.equal(shop.upstream.requests('cancel').length, 1)
})
