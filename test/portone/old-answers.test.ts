import { test } from 'tap'
import { memoryLedger, type Ledger } from '../../lib/index.js'
import { openPortoneShop, webhookOf, type PortoneShop } from '../support/portone-shop.js'
import {
  cancellation, failed, hangUp, issued, paid, refusing, withCancellations, type WirePayment,
} from '../support/portone-upstream.js'
import { deferred, json } from '../support/upstream.js'

const page = { paymentId: 'order_1' }
const second = { transactionId: 'tx_2' }
const approval = { paymentId: 'order_1', txId: 'tx_2', paymentToken: 'token_2' }

/** The next lookup, or each, is answered by a replica that lags behind: with the payment as it is now. */
function lag ({ upstream }: PortoneShop, lookups: 'once' | 'on'): void {
  const old = JSON.stringify(upstream.payments.get('order_1'))
  upstream[lookups]('lookup', (response) => {
    response.end(old)
    return true
  })
}

/** A ledger as a second server sees it, which waits before it handles one event. */
function waiting (ledger: Required<Ledger>, event: string, wait: () => Promise<unknown>): Ledger {
  return {
    once: async (key, work) => {
      if (key === event) await wait()
      return ledger.once(key, work)
    },
    find: (key) => ledger.find(key),
  }
}

const earlier: [string, (shop: PortoneShop) => Promise<unknown>, WirePayment, string, WirePayment][] = [
  ['was refunded', (shop) => shop.notify(), paid({ total: 100 }), 'Transaction.Paid', paid(second)],
  ['was delivered and cancelled', async (shop) => {
    await shop.notify()
    shop.upstream.payments.set('order_1', withCancellations(paid(), cancellation({ totalAmount: 14000 })))
    await shop.notify(webhookOf('Transaction.Cancelled'))
  }, paid(), 'Transaction.Paid', paid(second)],
  ['was an account that was closed', (shop) => shop.notify(webhookOf('Transaction.VirtualAccountIssued')),
    issued({ total: 100 }), 'Transaction.VirtualAccountIssued', issued(second)],
]
for (const [what, begin, first, event, then] of earlier) {
  test(`a webhook of the second attempt is sent again while an answer shows the first, which ${what}`, async (t) => {
    const shop = await openPortoneShop(t, {}, [first])
    await begin(shop)
    const before = shop.ran()
    lag(shop, 'once')
    shop.upstream.payments.set('order_1', then)
    t.equal((await shop.notify(webhookOf(event, second))).statusCode, 503)
    t.strictSame(shop.ran(), before, 'nothing ran')
    t.match((await shop.notify(webhookOf(event, second))).json(), { success: true, imp_uid: 'tx_2' })
  })
}

test('a late webhook of an attempt that another has been paid after is answered with that one', async (t) => {
  const shop = await openPortoneShop(t, {}, [paid(second)])
  t.match((await shop.notify(webhookOf('Transaction.Paid', second))).json(), { status: 'paid' })
  t.equal((await shop.notify(webhookOf('Transaction.Paid', { transactionId: 'tx_1' }))).statusCode, 200)
})

const begun: [string, WirePayment, 'cancel' | 'close', string, WirePayment][] = [
  ['a refund', paid({ total: 14000, currency: 'KRW' }), 'cancel', 'tx_1:paid', paid({ ...second, currency: 'USD' })],
  ['closing an account', issued({ total: 14000, currency: 'KRW' }), 'close', 'tx_1:issued',
    issued({ ...second, currency: 'USD' })],
]
for (const [what, first, request, event, then] of begun) {
  test(`${what} that waited for the ledger does not hit the attempt that was delivered meanwhile`, async (t) => {
    const ledger = memoryLedger()
    const getExpectedAmount = () => ({ amount: 140, currency: 'USD' })
    const shop = await openPortoneShop(t, { ledger, getExpectedAmount }, [first])
    shop.upstream.on(request, refusing(502, 'PG_PROVIDER'))
    t.match((await shop.post(page)).json(), { reason: 'currency_mismatch', refunded: false })
    shop.upstream.on(request, undefined)
    const arrived = deferred()
    const opened = deferred()
    const slow = waiting(ledger, event, () => {
      arrived.resolve()
      return opened.promise
    })
    const other = await openPortoneShop(
      t, { ledger: slow, getExpectedAmount }, undefined, { upstream: shop.upstream })
    const late = other.post(page)
    await arrived.promise
    shop.upstream.payments.set('order_1', then)
    t.match((await shop.post(page)).json(), { success: true, imp_uid: 'tx_2' })
    const before = shop.upstream.requests(request).length
    opened.resolve()
    t.match((await late).json(), { success: true, imp_uid: 'tx_2' })
    t.equal(shop.upstream.requests(request).length, before, 'no further request')
  })
}

test('a refund that another server has sent since a lookup is pending, and nobody is asked to refund it', async (t) => {
  const ledger = memoryLedger()
  const shop = await openPortoneShop(t, { ledger }, [paid({ total: 100 })])
  shop.upstream.cancelsAs = 'REQUESTED'
  const arrived = deferred()
  const opened = deferred()
  const slow = waiting(ledger, 'tx_1:paid', () => {
    arrived.resolve()
    return opened.promise
  })
  const other = await openPortoneShop(t, { ledger: slow }, undefined, { upstream: shop.upstream })
  const late = other.notify()
  await arrived.promise
  t.match((await shop.post(page)).json(), { refund_pending: true })
  opened.resolve()
  t.match((await late).json(), { refund_pending: true })
  t.equal(shop.upstream.requests('cancel').length, 1)
  t.strictSame(other.failures(), [])
})

test('a refund that is done before its request is answered is not told as pending after that', async (t) => {
  const ledger = memoryLedger()
  const shop = await openPortoneShop(t, { ledger }, [paid({ total: 100 })])
  const other = await openPortoneShop(t, { ledger }, undefined, { upstream: shop.upstream })
  const requested = cancellation({ status: 'REQUESTED', totalAmount: 100, reason: 'fastify-iamport: amount_mismatch' })
  const requestedFor = withCancellations(paid({ total: 100 }), requested)
  shop.upstream.once('cancel', async (response) => {
    const succeeded = { ...requested, status: 'SUCCEEDED' }
    shop.upstream.payments.set('order_1', withCancellations(paid({ total: 100 }), succeeded))
    t.match((await other.notify(webhookOf('Transaction.Cancelled'))).json(), { refunded: true, replayed: false })
    return json(response, { cancellation: requested })
  })
  const done = { reason: 'amount_mismatch', refunded: true, replayed: true }
  const late = (await shop.post(page)).json()
  t.match(late, done)
  t.notOk('refund_pending' in late)
  shop.upstream.once('lookup', (response) => json(response, requestedFor))
  t.match((await shop.post(page)).json(), done, 'nor is an old answer believed')
  t.strictSame(shop.failures(), [])
  t.match(other.failures(), [{ refunded: true }])
})

test('an approval whose answer is lost is no failure while the lookup shows that of an earlier attempt', async (t) => {
  const shop = await openPortoneShop(t, {}, [failed()])
  await shop.post(page)
  shop.upstream.attempts.set('token_2', paid(second))
  shop.upstream.on('confirm', hangUp)
  t.match((await shop.post(approval)).json(), { code: 'IAMPORT_UNAVAILABLE' })
  t.strictSame(shop.ran(), ['fail'], 'the one of the earlier attempt')
})

for (const [lookups, reply] of [
  ['once', { status: 'paid', imp_uid: 'tx_2' }], ['on', { code: 'IAMPORT_BAD_GATEWAY' }],
] as const) {
  test(`after an approval, answers (${lookups}) with the failure of an earlier attempt are not believed`, async (t) => {
    const shop = await openPortoneShop(t, {}, [failed()])
    await shop.post(page)
    lag(shop, lookups)
    shop.upstream.attempts.set('token_2', paid(second))
    t.match((await shop.post(approval)).json(), reply)
    t.strictSame(shop.ran(), lookups === 'once' ? ['fail', 'paid'] : ['fail'])
  })
}

test('servers that contradict each other about a payment to be refunded are asked a few times only', async (t) => {
  const shop = await openPortoneShop(t, {}, [paid({ total: 100 })])
  shop.upstream.once('cancel', hangUp)
  t.equal((await shop.post(page)).statusCode, 503, 'the refund has begun')
  const answers = [paid({ total: 100 }), paid({ total: 101 })]
  let asked = 0
  // From some point on they agree, as the test has to end.
  shop.upstream.on('lookup', (response) => json(response, answers[asked++ < 200 ? asked % 2 : 0]))
  t.match((await shop.post(page)).json(), { statusCode: 502, code: 'IAMPORT_BAD_GATEWAY' })
  t.ok(asked < 30, `${asked} lookups`)
  t.equal(shop.upstream.requests('cancel').length, 1, 'nothing is cancelled by an answer that is contradicted')
  asked = 200
  t.match((await shop.post(page)).json(), { reason: 'amount_mismatch', refunded: true }, 'the refund is finished later')
})
