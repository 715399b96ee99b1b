import { test } from 'tap'
import { memoryLedger, type Ledger } from '../../lib/index.js'
import { messageFor } from '../../lib/messages.js'
import { openPortoneShop } from '../support/portone-shop.js'
import {
  cancellation, failed, inTestChannel, issued, paid, pending, ready, withCancellations, type WirePayment,
} from '../support/portone-upstream.js'

const page = { paymentId: 'order_1' }

test('a paid payment runs onPaid once, with V1\'s names and the answer as it was on the wire', async (t) => {
  const shop = await openPortoneShop(t)
  const reply = await shop.post({ ...page, txId: 'tx_0', merchant_uid: 'order_9', imp_uid: 'imp_9' })
  t.equal(reply.statusCode, 200)
  t.match(reply.json(), {
    success: true,
    status: 'paid',
    imp_uid: 'tx_1',
    merchant_uid: 'order_1',
    amount: 14000,
    currency: 'KRW',
    pay_method: 'card',
    replayed: false,
    cancel_amount: 0,
  })
  t.match((await shop.post(page)).json(), { status: 'paid', replayed: true })
  t.match(shop.calls, [{
    hook: 'paid',
    payment: {
      imp_uid: 'tx_1', merchant_uid: 'order_1', amount: 14000, portone: { status: 'PAID', amount: { total: 14000 } },
    },
    context: { source: 'browser' },
  }])
  const [lookup] = shop.upstream.requests('lookup')
  t.equal(lookup?.headers.authorization, `PortOne ${shop.upstream.secret}`)
  t.equal(lookup?.query.get('storeId'), 'store-1')
})

test('a form is taken as JSON is, and empty fields count as absent', async (t) => {
  const shop = await openPortoneShop(t)
  const reply = await shop.app.inject({
    method: 'POST',
    url: '/payments/complete',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'paymentId=order_1&txId=&paymentToken=',
  })
  t.match(reply.json(), { status: 'paid' })
  t.match((await shop.post({ ...page, txId: null, paymentToken: null })).json(), { status: 'paid' })
  t.strictSame(shop.upstream.requests('confirm'), [])
})

test('a payment id that cannot stand in a path is a 400, and nothing is looked up', async (t) => {
  const shop = await openPortoneShop(t)
  const wrong = [undefined, null, '', '.', '..', 'a\nb', 'a\u0000', '\ud800', 'x'.repeat(201), ['order_1'], { a: 1 }, 1]
  for (const paymentId of wrong) {
    const reply = await shop.post({ paymentId })
    t.match([reply.statusCode, reply.json().code], [400, 'FST_ERR_VALIDATION'], JSON.stringify(paymentId))
  }
  t.equal(shop.upstream.seen.length, 0)
})

test('any other text is sent percent-encoded', async (t) => {
  for (const id of ['주문/1', 'a b?c#d', '../cancel', '%2e', 'x'.repeat(200), '😀']) {
    const shop = await openPortoneShop(t, {}, [paid({ id })])
    t.match((await shop.post({ paymentId: id })).json(), { status: 'paid', merchant_uid: id }, id)
    t.equal(shop.upstream.requests('lookup').length, 1)
  }
})

test('amounts are compared in the minor unit, and hooks have them in the major one', async (t) => {
  const dollars = (total: number, changes = {}) => paid({ total, currency: 'USD', ...changes })
  const usd = { getExpectedAmount: () => ({ amount: '6.00', currency: 'USD' }) }
  const right = await openPortoneShop(t, usd, [dollars(600)])
  t.match((await right.post(page)).json(), { status: 'paid', amount: 6, currency: 'USD' })
  for (const total of [6, 60000, 599, 601]) {
    const shop = await openPortoneShop(t, usd, [dollars(total)])
    t.match((await shop.post(page)).json(), { status: 'failed', reason: 'amount_mismatch', refunded: true }, `${total}`)
    t.match(shop.upstream.bodies('cancel'), [{ currentCancellableAmount: total }])
  }
  const yen = await openPortoneShop(t, { getExpectedAmount: () => ({ amount: 600, currency: 'JPY' }) }, [
    paid({ total: 600, currency: 'JPY' }),
  ])
  t.match((await yen.post(page)).json(), { status: 'paid', amount: 600 })
})

test('the total decides, never what was charged after a discount', async (t) => {
  const discounted = paid()
  discounted.amount = { ...discounted.amount, discount: 4000, paid: 10000 }
  const shop = await openPortoneShop(t, {}, [discounted])
  t.match((await shop.post(page)).json(), { status: 'paid', amount: 14000 })
  const shorter = paid({ total: 100 })
  shorter.amount = { ...shorter.amount, paid: 14000 }
  const cheated = await openPortoneShop(t, {}, [shorter])
  t.match((await cheated.post(page)).json(), { status: 'failed', reason: 'amount_mismatch' })
})

test('a test channel never counts as paid, whatever the status, unless test payments are accepted', async (t) => {
  const group = { id: 'g', name: 'g', isForTest: true }
  const tests = [
    paid({ channel: inTestChannel }), paid({ channelGroup: group }), issued({ channel: inTestChannel }),
    failed({ channel: inTestChannel }), withCancellations(paid({ channel: inTestChannel }), cancellation()),
  ]
  for (const one of tests) {
    const shop = await openPortoneShop(t, {}, [one])
    t.match((await shop.post(page)).json(), { status: 'failed', reason: 'test_payment', refunded: false }, one.status)
    t.strictSame([shop.ran(), shop.upstream.requests('cancel')], [['fail'], []])
  }
  const shop = await openPortoneShop(t, { acceptTestPayments: true }, [paid({ channel: inTestChannel })])
  t.match((await shop.post(page)).json(), { status: 'paid' })
})

test('money from a channel that is neither live nor for tests is not decided', async (t) => {
  const channels = [undefined, { type: 'SANDBOX' }, { type: 'live' }, { type: null }, { }]
  for (const channel of channels) {
    for (const make of [paid, issued]) {
      const shop = await openPortoneShop(t, {}, [make({ channel } as Partial<WirePayment>)])
      const reply = await shop.post(page)
      t.match([reply.statusCode, reply.json().code], [502, 'IAMPORT_BAD_GATEWAY'], JSON.stringify(channel))
      t.match(reply.json().message, /PortOne/)
      t.strictSame(shop.ran(), [])
    }
  }
})

test('an answer about another payment, store or version, or without its attempt, counts for nothing', async (t) => {
  const wrong: Partial<WirePayment>[] = [
    { id: 'order_2' }, { storeId: 'store-2' }, { version: 'V1' }, { transactionId: '' },
    { transactionId: undefined }, { storeId: undefined }, { version: undefined }, { status: undefined },
  ]
  for (const changes of wrong) {
    const shop = await openPortoneShop(t)
    shop.upstream.on('lookup', (response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ...paid(), ...changes }))
      return true
    })
    const reply = await shop.post(page)
    t.match([reply.statusCode, reply.json().code], [502, 'IAMPORT_BAD_GATEWAY'], JSON.stringify(changes))
    t.strictSame(shop.ran(), [])
  }
})

test('amounts that are not whole minor units make an answer unusable', async (t) => {
  for (const total of [14000.5, -1, '14000', null, 2 ** 53]) {
    const shop = await openPortoneShop(t, {}, [{ ...paid(), amount: { ...paid().amount, total } } as WirePayment])
    t.equal((await shop.post(page)).json().code, 'IAMPORT_BAD_GATEWAY', String(total))
    t.strictSame(shop.ran(), [])
  }
})

test('what is not paid is told with its reason; unknown statuses are not decided', async (t) => {
  const cases: [WirePayment, object, string[]][] = [
    [ready(), { status: 'failed', reason: 'not_paid', message: messageFor('not_paid', 'ko') }, ['fail']],
    [pending(), { status: 'failed', reason: 'not_paid', message: messageFor('pending', 'ko') }, ['fail']],
    [failed(), { status: 'failed', reason: 'payment_failed', detail: '한도초과' }, ['fail']],
    [issued(), {
      status: 'vbank_issued',
      success: true,
      pay_method: 'vbank',
      vbank: { num: '100-200-300', holder: '가게', due: 1790521199 },
    }, ['vbank']],
    [paid({ status: 'REVIEWING' }), { code: 'IAMPORT_BAD_GATEWAY' }, []],
  ]
  for (const [one, expected, ran] of cases) {
    const shop = await openPortoneShop(t, {}, [one])
    t.match((await shop.post(page)).json(), expected, one.status)
    t.strictSame(shop.ran(), ran, one.status)
  }
})

test('a slip for a convenience store is not paid, and no virtual account', async (t) => {
  const slip = issued({ method: { type: 'PaymentMethodConvenienceStore', confirmationNumber: '1' } })
  const shop = await openPortoneShop(t, {}, [slip])
  t.match((await shop.post(page)).json(), { status: 'failed', reason: 'not_paid', pay_method: 'convenience_store' })
})

test('a partial cancellation is a paid order with its onCancel, even without paidAt', async (t) => {
  const partly = withCancellations(paid({ paidAt: undefined }), cancellation(), cancellation({
    id: 'c2', status: 'FAILED', totalAmount: 14000,
  }), cancellation({ id: 'c3', totalAmount: 500, trigger: 'CHARGEBACK' }))
  const shop = await openPortoneShop(t, {}, [partly])
  t.match((await shop.post(page)).json(), { status: 'paid', cancel_amount: 1500 })
  t.strictSame(shop.ran(), ['paid', 'cancel', 'cancel'])
  t.match(shop.cancellations(), [
    { cancellation_id: 'cancellation_1', amount: 1000, trigger: 'CONSOLE' },
    { cancellation_id: 'c3', amount: 500, trigger: 'CHARGEBACK' },
  ])
  await shop.post(page)
  t.equal(shop.ran().length, 3)
})

test('keys of cancellations have at most 255 characters, and are hashed only beyond', async (t) => {
  const keys: string[] = []
  const inner = memoryLedger()
  const ledger: Ledger = {
    once (key, work) {
      keys.push(key)
      return inner.once(key, work)
    },
  }
  const transactionId = 't'.repeat(128)
  const ids = ['c'.repeat(116), 'c'.repeat(117), 'c'.repeat(128)]
  const partly = withCancellations(
    paid({ transactionId }), ...ids.map((id) => cancellation({ id, totalAmount: 100 })))
  const shop = await openPortoneShop(t, { ledger }, [partly])
  t.match((await shop.post(page)).json(), { status: 'paid' })
  t.strictSame(shop.ran(), ['paid', 'cancel', 'cancel', 'cancel'])
  const [first, ...others] = keys.filter((key) => key.includes(':cancelled:'))
  t.equal(first, `${transactionId}:cancelled:${ids[0]}`)
  t.equal(first?.length, 255)
  for (const key of others) t.match(key, /^t{128}:cancelled:[0-9a-f]{64}$/)
  t.equal(new Set(others).size, 2)
})

test('CANCELLED is cancelled in full, whatever its sums say, and is never delivered', async (t) => {
  const odd = { ...withCancellations(paid(), cancellation()), status: 'CANCELLED' }
  const shop = await openPortoneShop(t, {}, [odd])
  t.match((await shop.post(page)).json(), {
    status: 'cancelled', success: false, reason: 'payment_cancelled', cancel_amount: 1000,
  })
  t.strictSame(shop.ran(), ['cancel'])
})

test('PAID is paid, even where its succeeded cancellations sum up to all of it', async (t) => {
  const odd = { ...withCancellations(paid(), cancellation({ totalAmount: 14000 })), status: 'PAID' }
  const shop = await openPortoneShop(t, {}, [odd])
  t.match((await shop.post(page)).json(), { status: 'paid' })
})

test('an account that was closed before its deposit runs onCancel once, with nothing cancelled', async (t) => {
  const closed = issued({ status: 'CANCELLED', cancellations: [] })
  const shop = await openPortoneShop(t, {}, [closed])
  t.match((await shop.post(page)).json(), { status: 'cancelled' })
  await shop.post(page)
  t.match(shop.cancellations(), [{ amount: 0, cancellation_id: null }])
  t.equal(shop.ran().length, 1)
})

test('each hook gets a copy of its own', async (t) => {
  let seen: unknown
  const shop = await openPortoneShop(t, {
    onPaid (payment) {
      payment.portone.amount.total = 1
      payment.amount = 1
    },
    onCancel (payment) { seen = payment.portone.amount.total },
  }, [withCancellations(paid(), cancellation())])
  t.match((await shop.post(page)).json(), { status: 'paid', amount: 14000 })
  t.equal(seen, 14000)
})
