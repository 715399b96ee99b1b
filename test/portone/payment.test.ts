import { createHash } from 'node:crypto'
import { test } from 'tap'
import { checked, checkPayment } from '../../lib/portone/check.js'
import { copyOf } from '../../lib/completion/payment.js'
import { readPayment } from '../../lib/portone/payment.js'
import {
  cancellation, failed, inTestChannel, issued, paid, pending, ready, withCancellations, type WirePayment,
} from '../support/portone-payments.js'

/** As it comes over the wire: `undefined` is absent. */
const read = (payment: WirePayment | object) => readPayment(checked(checkPayment, JSON.parse(JSON.stringify(payment))))
const payment = (wire: WirePayment | object) => read(wire).payment

test('a paid card payment has V1\'s names, types and units', async (t) => {
  const wire = paid({
    total: 14000,
    paidAt: '2026-07-01T07:12:38.366979621Z',
    requestedAt: '2026-07-01T07:12:00Z',
    method: {
      type: 'PaymentMethodCard',
      approvalNumber: '30000001',
      installment: { month: 3, isInterestFree: false },
      card: { name: '신한카드', number: '1234-****', issuer: 'SHINHAN_CARD', publisher: 'SHINHAN_CARD', type: 'DEBIT' },
    },
    customer: {
      name: '홍길동',
      email: 'a@example.com',
      phoneNumber: '010-1234-5678',
      zipcode: '06018',
      address: { type: 'ONE_LINE', oneLine: '서울' },
    },
    origin: { platformType: 'MOBILE', userAgent: 'Mozilla', ipAddress: '127.0.0.1' },
    billingKey: 'billing-key-1',
    customData: '{"a":1}',
    pgTxId: 'pg_1',
    receiptUrl: 'https://example.com/receipt',
  })
  const { payment: { portone, ...rest }, ...looked } = read(wire)
  t.strictSame(looked, {
    id: 'order_1',
    key: 'tx_1',
    attemptsKey: `portone:${createHash('sha256').update('order_1').digest('hex')}:attempt`,
    state: 'paid',
    paidAtSec: Date.UTC(2026, 6, 1, 7, 12, 38) / 1000,
    unsettled: [],
    discount: 0,
  })
  t.match(rest, {
    imp_uid: 'tx_1',
    merchant_uid: 'order_1',
    status: 'paid',
    amount: 14000,
    cancel_amount: 0,
    currency: 'KRW',
    sandbox: false,
    pay_method: 'card',
    paid_at: Date.UTC(2026, 6, 1, 7, 12, 38) / 1000,
    started_at: Date.UTC(2026, 6, 1, 7, 12, 0) / 1000,
    failed_at: 0,
    cancelled_at: 0,
    cancel_history: [],
    customer_uid: 'billing-key-1',
    customer_uid_usage: 'payment',
    pg_provider: 'tosspayments',
    emb_pg_provider: null,
    pg_id: 'm',
    pg_tid: 'pg_1',
    fail_reason: null,
    receipt_url: 'https://example.com/receipt',
    custom_data: '{"a":1}',
    name: '사과',
    channel: 'mobile',
    user_agent: 'Mozilla',
    buyer_name: '홍길동',
    buyer_email: 'a@example.com',
    buyer_tel: '010-1234-5678',
    buyer_addr: '서울',
    buyer_postcode: '06018',
    apply_num: '30000001',
    card_name: '신한카드',
    card_number: '1234-****',
    card_issuer_code: 'SHINHAN_CARD',
    card_type: 1,
    card_quota: 3,
    vbank_num: null,
    vbank_name: null,
  })
  t.strictSame(portone, JSON.parse(JSON.stringify(wire)), 'the answer as it was on the wire')
})

test('what is not there is null, and a time 0', async (t) => {
  const bare = {
    id: 'order_1',
    transactionId: 'tx_1',
    storeId: 's',
    version: 'V2',
    status: 'READY',
    amount: { total: 1 },
    currency: 'KRW',
  }
  for (const nothing of [undefined, null]) {
    const wire = Object.fromEntries([
      'channel', 'channelGroup', 'method', 'cancellations', 'customer', 'origin', 'failure', 'billingKey',
      'requestedAt', 'paidAt', 'orderName', 'customData',
    ].map((name) => [name, nothing]))
    const { payment: made, paidAtSec, state } = read({ ...bare, ...wire })
    t.match(made, {
      sandbox: null,
      pay_method: null,
      paid_at: 0,
      started_at: 0,
      customer_uid: null,
      customer_uid_usage: null,
      name: null,
      buyer_name: null,
      fail_reason: null,
      pg_provider: null,
      vbank_num: null,
      cancel_history: [],
      cancel_amount: 0,
    })
    t.equal(paidAtSec, 0)
    t.equal(state, 'ready')
  }
})

const STATES: [object, string, string][] = [
  [ready(), 'ready', 'ready'],
  [pending(), 'ready', 'approval_pending'],
  [issued(), 'ready', 'account_issued'],
  [issued({ method: { type: 'PaymentMethodConvenienceStore', confirmationNumber: '1' } }), 'ready', 'approval_pending'],
  [issued({ method: { type: 'PaymentMethodVirtualAccount', accountNumber: '' } }), 'ready', 'approval_pending'],
  [issued({ method: { type: 'PaymentMethodTransfer', accountNumber: '1-2-3' } }), 'ready', 'approval_pending'],
  [issued({ method: undefined }), 'ready', 'approval_pending'],
  [paid(), 'paid', 'paid'],
  [paid({ cancellations: [cancellation({ totalAmount: 14000 })] }), 'paid', 'paid'],
  [withCancellations(paid(), cancellation()), 'cancelled', 'paid'],
  [{ ...withCancellations(paid(), cancellation()), paidAt: undefined }, 'cancelled', 'paid'],
  [withCancellations(paid(), cancellation({ totalAmount: 14000 })), 'cancelled', 'cancelled'],
  [issued({ status: 'CANCELLED', cancellations: [] }), 'cancelled', 'cancelled'],
  [failed(), 'failed', 'failed'],
  [paid({ status: 'DISPUTED' }), 'DISPUTED', 'unknown'],
  [paid({ status: 'constructor' }), 'constructor', 'unknown'],
  [paid({ status: 'paid' }), 'paid', 'unknown'],
]

test('the status decides the state, never a sum', async (t) => {
  for (const [wire, status, state] of STATES) {
    t.equal(read(wire).payment.status, status, JSON.stringify(wire))
    t.equal(read(wire).state, state, JSON.stringify(wire))
  }
  t.match(read(paid({ status: 'DISPUTED' })).problem, /DISPUTED/)
  t.ok((read(paid({ status: 'x'.repeat(10_000) })).problem ?? '').length < 200)
})

test('only a live channel is live, and only a test channel a test', async (t) => {
  const live = { type: 'LIVE' }
  const forTest = { id: 'g', name: 'g', isForTest: true }
  const cases: [object, boolean | null, string][] = [
    [paid({ channel: live }), false, 'paid'],
    [paid({ channel: inTestChannel }), true, 'paid'],
    [paid({ channel: live, channelGroup: forTest }), true, 'paid'],
    [paid({ channel: undefined, channelGroup: forTest }), true, 'paid'],
    [paid({ channel: live, channelGroup: { ...forTest, isForTest: false } }), false, 'paid'],
    [paid({ channel: { type: 'STAGING' } }), null, 'unknown'],
    [paid({ channel: { type: 'live' } }), null, 'unknown'],
    [paid({ channel: undefined }), null, 'unknown'],
    [paid({ channel: undefined, channelGroup: { ...forTest, isForTest: false } }), null, 'unknown'],
    [issued({ channel: undefined }), null, 'unknown'],
    [issued({ channel: inTestChannel }), true, 'account_issued'],
    [withCancellations(paid({ channel: undefined }), cancellation()), null, 'unknown'],
    [withCancellations(paid({ channel: undefined }), cancellation({ totalAmount: 14000 })), null, 'unknown'],
    [ready(), null, 'ready'],
    [failed({ channel: undefined }), null, 'failed'],
    [pending({ channel: undefined }), null, 'approval_pending'],
  ]
  for (const [wire, sandbox, state] of cases) {
    const looked = read(wire)
    t.equal(looked.payment.sandbox, sandbox, JSON.stringify(wire))
    t.equal(looked.state, state, JSON.stringify(wire))
    t.equal(looked.problem !== undefined, state === 'unknown')
  }
})

test('amounts are in the major unit, by the digits of ISO 4217', async (t) => {
  const major = (total: number, currency: string) => payment(paid({ total, currency })).amount
  t.equal(major(600, 'USD'), 6)
  t.equal(major(1999, 'USD'), 19.99)
  t.equal(major(14000, 'KRW'), 14000)
  t.equal(major(600, 'JPY'), 600)
  t.equal(major(1234, 'KWD'), 1.234)
  t.equal(major(600, 'usd'), 6)
  t.equal(major(600, 'ZZZ'), 6, 'of a currency that we do not know')
  t.equal(major(Number.MAX_SAFE_INTEGER, 'KRW'), Number.MAX_SAFE_INTEGER)
  t.equal(major(0, 'USD'), 0)
})

test('cancel_amount is the sum of what succeeded, added in the minor unit', async (t) => {
  const wire = withCancellations(paid({ total: 1000, currency: 'USD' }),
    cancellation({ id: 'a', totalAmount: 10 }), cancellation({ id: 'b', totalAmount: 20 }),
    cancellation({ id: 'c', status: 'REQUESTED', totalAmount: 100 }),
    cancellation({ id: 'd', status: 'FAILED', totalAmount: 200 }),
    cancellation({ id: 'e', status: 'PAUSED', totalAmount: 300 }))
  const { payment: made, unsettled } = read(wire)
  t.equal(made.cancel_amount, 0.3, 'not 0.30000000000000004')
  t.match(made.cancel_history, [{ cancellation_id: 'a', amount: 0.1 }, { cancellation_id: 'b', amount: 0.2 }])
  t.strictSame(unsettled, [
    { status: 'open', amount: 1, reason: '변심' },
    { status: 'failed', amount: 2, reason: '변심' },
    { status: 'open', amount: 3, reason: '변심' },
  ])
})

test('a cancellation without a status may still be carried out', async (t) => {
  for (const status of [undefined, null, 7, 'succeeded']) {
    const wire = { ...paid(), cancellations: [{ ...cancellation(), status }] }
    t.match(read(wire), { payment: { cancel_amount: 0 }, unsettled: [{ status: 'open', amount: 1000 }] })
  }
})

test('the history is oldest first, by when each was carried out', async (t) => {
  const time = (minute: number) => `2026-07-01T07:${String(minute).padStart(2, '0')}:00.123456789+09:00`
  const wire = withCancellations(paid(),
    cancellation({ id: 'third', totalAmount: 1, cancelledAt: time(30), requestedAt: time(1), reason: 'last' }),
    cancellation({ id: 'first', totalAmount: 1, cancelledAt: undefined, requestedAt: time(10) }),
    cancellation({ id: 'beside', totalAmount: 1, cancelledAt: 'soon', requestedAt: 'now' }),
    cancellation({ id: 'second', totalAmount: 1, cancelledAt: time(20), requestedAt: time(19), trigger: 'CHARGEBACK' }))
  const { cancel_history: history, cancel_reason: reason } = payment(wire)
  t.strictSame(history?.map((one) => one.cancellation_id), ['first', 'beside', 'second', 'third'])
  t.equal(reason, 'last')
  t.match(history, [
    { cancelled_at: Date.parse('2026-07-01T07:10:00+09:00') / 1000, trigger: 'CONSOLE' },
    { cancelled_at: 0 },
    { trigger: 'CHARGEBACK' },
  ])
})

test('of two entries with one id, one counts: the one that says more', async (t) => {
  const twice = [cancellation({ id: 'a', totalAmount: 100 }), cancellation({ id: 'a', totalAmount: 100 })]
  t.match(payment(withCancellations(paid(), ...twice)), { cancel_amount: 100, cancel_history: { length: 1 } })
  const states = ['FAILED', 'SUCCEEDED', 'REQUESTED'].map((status) =>
    cancellation({ id: 'a', status, totalAmount: 100 }))
  t.match(read(withCancellations(paid(), ...states)), { payment: { cancel_amount: 100 }, unsettled: [] })
  const open = ['FAILED', 'REQUESTED'].map((status) => cancellation({ id: 'a', status }))
  t.match(read(paid({ cancellations: open })).unsettled, [{ status: 'open' }])
})

test('pay_method is V1\'s, of easy pay the one behind it', async (t) => {
  const easy = (easyPayMethod?: object, provider = 'KAKAOPAY') =>
    ({ type: 'PaymentMethodEasyPay', provider, easyPayMethod })
  const cases: [unknown, string | null][] = [
    [{ type: 'PaymentMethodCard' }, 'card'],
    [{ type: 'PaymentMethodTransfer' }, 'trans'],
    [{ type: 'PaymentMethodVirtualAccount' }, 'vbank'],
    [{ type: 'PaymentMethodMobile' }, 'phone'],
    [{ type: 'PaymentMethodGiftCertificate' }, 'gift_certificate'],
    [{ type: 'PaymentMethodConvenienceStore' }, 'convenience_store'],
    [{ type: 'PaymentMethodCrypto' }, 'crypto'],
    [{ type: 'PaymentMethodQuantumCoin' }, 'quantum_coin'],
    [{ type: 'PaymentMethod' }, 'payment_method'],
    [easy(), 'point'],
    [easy({ type: 'PaymentMethodCard', card: { name: '카드' } }), 'card'],
    [easy({ type: 'PaymentMethodTransfer' }), 'trans'],
    [easy({ type: 'PaymentMethodEasyPayMethodCharge' }), 'point'],
    [easy({ type: 'PaymentMethodNew' }), 'point'],
    [easy({}), 'point'],
    [null, null], [undefined, null], ['card', null], [{}, null], [{ type: 7 }, null], [[], null],
  ]
  for (const [method, expected] of cases) {
    t.equal(payment(paid({ method })).pay_method, expected, JSON.stringify(method))
  }
  t.match(payment(paid({ method: easy({ type: 'PaymentMethodCard', card: { name: '카드' } }) })),
    { emb_pg_provider: 'kakaopay', card_name: '카드' })
})

test('a virtual account has its bank by name, or by code if that is new', async (t) => {
  const made = payment(issued())
  t.match(made, {
    pay_method: 'vbank',
    vbank_num: '100-200-300',
    vbank_name: '국민은행',
    vbank_code: 'KOOKMIN',
    vbank_holder: '가게',
    vbank_date: Date.parse('2026-09-27T14:59:59Z') / 1000,
    paid_at: 0,
  })
  const method = { type: 'PaymentMethodVirtualAccount', bank: 'BANK_OF_MARS', accountNumber: '1' }
  t.match(payment(issued({ method })), { vbank_name: 'BANK_OF_MARS', vbank_date: null, vbank_holder: null })
  for (const bank of ['toString', '__proto__']) {
    t.equal(payment(issued({ method: { ...method, bank } })).vbank_name, bank)
  }
})

test('the hour of a refund counts from paidAt, without it from requestedAt', async (t) => {
  const requestedAt = '2026-07-01T07:00:00Z'
  const at = (changes: object) => read({ ...paid({ requestedAt }), ...changes }).paidAtSec
  t.equal(at({ paidAt: '2026-07-01T07:30:00Z' }), Date.parse('2026-07-01T07:30:00Z') / 1000)
  for (const paidAt of [undefined, null, '', 'soon', '1790000000', 1790000000, '2026-07-01', '2026-07-01T07:30:00']) {
    t.equal(at({ paidAt }), Date.parse(requestedAt) / 1000, String(paidAt))
  }
  t.equal(at({ paidAt: undefined, requestedAt: 'never' }), 0)
})

test('a date that is none counts as absent', async (t) => {
  for (const wrong of [
    '2026-13-45T99:99:99Z', '1', 'foo 1', '1969-12-31T23:59:59Z', {}, [], true, 17, '9'.repeat(30),
    '2026-07-01T07:12:38.Z',
  ]) {
    t.equal(payment(failed({ failedAt: wrong })).failed_at, 0, JSON.stringify(wrong))
  }
  const long = `2026-07-01T07:12:38.${'9'.repeat(40)}Z`
  t.equal(payment(failed({ failedAt: long })).failed_at, Date.UTC(2026, 6, 1, 7, 12, 38) / 1000)
  t.equal(payment(failed({ failedAt: '2026-07-01t16:12:38+09:00' })).failed_at, Date.UTC(2026, 6, 1, 7, 12, 38) / 1000)
})

test('fail_reason is the reason, or what the PG says', async (t) => {
  t.equal(payment(failed()).fail_reason, '한도초과')
  t.equal(payment(failed({ failure: { pgMessage: '잔액부족' } })).fail_reason, '잔액부족')
  t.equal(payment(failed({ failure: { reason: '', pgMessage: '잔액부족' } })).fail_reason, '잔액부족')
  t.equal(payment(failed({ failure: {} })).fail_reason, null)
})

test('a scheduled payment by billing key says so', async (t) => {
  t.match(payment(paid({ billingKey: 'b', scheduleId: 's' })),
    { customer_uid: 'b', customer_uid_usage: 'payment.scheduled' })
})

test('a transactionId that cannot be part of a ledger\'s key is hashed', async (t) => {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const key = (transactionId: string) => read(paid({ transactionId })).key
  t.equal(key('x'.repeat(128)), 'x'.repeat(128))
  for (const odd of ['x'.repeat(129), '거래', 'a b', 'a\n']) t.equal(key(odd), hash(odd))
})

test('each hook gets a copy of its own, of the answer too', async (t) => {
  const original = payment(withCancellations(paid(), cancellation({ receiptUrl: 'https://example.com/r' })))
  const before = JSON.stringify(original)
  const copy = copyOf(original)
  t.strictSame(copy, original)
  copy.portone.amount.total = 1
  copy.portone.customer.name = 'changed'
  copy.amount = 1
  copy.cancel_history?.splice(0)
  copy.cancel_receipt_urls?.splice(0)
  t.equal(JSON.stringify(original), before)
})
