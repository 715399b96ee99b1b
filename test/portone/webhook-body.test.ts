import { test } from 'tap'
import { checked, checkPayment } from '../../lib/portone/check.js'
import { readPayment } from '../../lib/portone/payment.js'
import { isShown, readConfirmation, readWebhook } from '../../lib/portone/webhook-body.js'
import {
  cancellation, failed, issued, paid, pending, ready, STORE_ID, withCancellations, type WirePayment,
} from '../support/portone-payments.js'

const event = (type: string, data: object = {}) => ({
  type,
  timestamp: '2026-07-01T00:00:00Z',
  data: { paymentId: 'order_1', transactionId: 'tx_1', storeId: STORE_ID, ...data },
})
const read = (body: unknown) => readWebhook(body, STORE_ID)

test('a message of 2024-04-25 is a notification, known type or not', async (t) => {
  for (const name of ['Paid', 'VirtualAccountIssued', 'Failed', 'PayPending', 'DisputeCreated', 'New']) {
    t.strictSame(read(event(`Transaction.${name}`)), {
      kind: 'notification', paymentId: 'order_1', transactionId: 'tx_1', cancellationId: null, event: name,
    })
  }
  t.match(read(event('Transaction.Cancelled', { cancellationId: 'c_1' })),
    { cancellationId: 'c_1', event: 'Cancelled' })
  t.match(read({ data: { paymentId: 'order_1' } }), { kind: 'notification', transactionId: null, event: null })
  t.match(read(event('Transaction.Paid', { storeId: undefined })), { kind: 'notification' }, 'before December 2024')
})

test('a message of 2024-01-01 is one too, with the same words', async (t) => {
  t.strictSame(read({ payment_id: 'order_1', tx_id: 'tx_1', status: 'Paid' }), {
    kind: 'notification', paymentId: 'order_1', transactionId: 'tx_1', cancellationId: null, event: 'Paid',
  })
  t.match(read({ payment_id: '주문 1/../?', tx_id: 'tx_1', status: 'New' }), { paymentId: '주문 1/../?', event: 'New' })
})

test('billing keys come first, whatever else such a message carries', async (t) => {
  for (const more of [{}, { total_amount: 1 }, { imp_uid: 'imp_1' }, { data: { paymentId: '..', storeId: 'x' } }]) {
    t.strictSame(read({ type: 'BillingKey.Issued', ...more }), { kind: 'ignored', why: 'billing_key' })
  }
})

test('an opened checkout is ignored, in both versions', async (t) => {
  t.strictSame(read(event('Transaction.Ready')), { kind: 'ignored', why: 'ready' })
  t.strictSame(read({ payment_id: 'order_1', tx_id: 'tx_1', status: 'Ready' }), { kind: 'ignored', why: 'ready' })
})

test('another store\'s message is ignored, and its store named', async (t) => {
  t.strictSame(read(event('Transaction.Paid', { storeId: 'store-2' })), {
    kind: 'ignored', why: 'other_store', storeId: 'store-2',
  })
})

test('what names no payment is ignored', async (t) => {
  for (const body of [
    {}, null, undefined, [], 'text', 7, { type: 'Transaction.Paid' }, { type: 'Transaction.Paid', data: null },
    { type: 'Transaction.Paid', data: [] }, { type: 'Transaction.Paid', data: { paymentId: null } }, { status: 'Paid' },
    { type: 7 },
  ]) t.strictSame(read(body), { kind: 'ignored', why: 'no_payment' }, JSON.stringify(body))
})

test('a paymentId that cannot be one is malformed', async (t) => {
  for (const paymentId of [
    '', '.', '..', 'x'.repeat(201), 'a\nb', 'a\u0000', 'a\u0085', '\ud800', 7, {}, ['a', 'b'], true, false, 0,
  ]) {
    t.match(read(event('Transaction.Paid', { paymentId })), { kind: 'malformed' }, JSON.stringify(paymentId))
    t.match(read({ payment_id: paymentId, tx_id: 'tx_1', status: 'Paid' }), { kind: 'malformed' })
  }
  for (const paymentId of ['x'.repeat(200), '...', 'a b', '주문/1', '%2e%2e', '\u{1f34e}'.repeat(100)]) {
    t.match(read(event('Transaction.Paid', { paymentId })), { kind: 'notification', paymentId })
  }
})

test('a message of V1 is malformed here, and is no less so for its other fields', async (t) => {
  for (const body of [
    { imp_uid: 'imp_1', merchant_uid: 'order_1', status: 'paid' }, { imp_uid: 'imp_1', status: 'Ready' },
    { imp_uid: 'imp_1', merchant_uid: 'order_1', amount: 14000 }, { imp_uid: '' },
  ]) t.match(read(body), { kind: 'malformed', problem: /V1/ }, JSON.stringify(body))
  t.match(read({ ...event('Transaction.Paid'), imp_uid: 'x' }), { kind: 'notification' }, 'a field that is new in V2')
})

test('a confirmation is never taken for anything else', async (t) => {
  for (const body of [
    event('Transaction.Confirm', { totalAmount: 14000 }), event('Transaction.Confirm', { storeId: 'store-2' }),
    event('Transaction.Confirm', { paymentId: '..' }), { type: 'Transaction.Confirm' },
    { payment_id: 'order_1', tx_id: 'tx_1', total_amount: 14000 },
    { payment_id: 'order_1', tx_id: 'tx_1', total_amount: '14000', status: 'Ready' },
    { total_amount: null }, { imp_uid: 'imp_1', total_amount: 1 },
  ]) t.strictSame(read(body), { kind: 'confirmation' }, JSON.stringify(body))
})

test('a confirmation is an attempt with its amount in the minor unit, in both versions', async (t) => {
  const attempt = { kind: 'attempt', paymentId: 'order_1', txId: 'tx_1', totalAmount: 14000 }
  t.strictSame(readConfirmation(event('Transaction.Confirm', { totalAmount: 14000 }), STORE_ID), attempt)
  t.strictSame(readConfirmation({ payment_id: 'order_1', tx_id: 'tx_1', total_amount: 14000 }, STORE_ID), attempt)
  t.strictSame(readConfirmation({ payment_id: 'order_1', tx_id: 'tx_1', total_amount: '14000' }, STORE_ID), attempt)
})

test('anything else sent for confirmation is malformed', async (t) => {
  const old = { payment_id: 'order_1', tx_id: 'tx_1', total_amount: 14000 }
  const wrong: unknown[] = [
    null, [], {}, 'text', event('Transaction.Paid', { totalAmount: 1 }), { ...old, type: 'Transaction.Paid' },
    { ...old, payment_id: undefined }, { ...old, payment_id: '..' }, { ...old, tx_id: undefined },
    { ...old, tx_id: '' },
    { imp_uid: 'imp_1', merchant_uid: 'order_1', amount: 14000 },
    event('Transaction.Confirm', { totalAmount: 14000, storeId: 'store-2' }), { ...old, type: 'Transaction.Confirm' },
    ...[undefined, null, -1, 1.5, '', '1.5', '-1', '1e3', ' 1', '9'.repeat(17), 2 ** 53, NaN, Infinity, true, [14000]]
      .map((totalAmount) => event('Transaction.Confirm', { totalAmount })),
  ]
  for (const body of wrong) t.match(readConfirmation(body, STORE_ID), { kind: 'malformed' }, JSON.stringify(body))
})

const look = (wire: WirePayment) => readPayment(checked(checkPayment, JSON.parse(JSON.stringify(wire))))
const all = () => withCancellations(paid(), cancellation({ totalAmount: 14000 }))
const closed = () => issued({ status: 'CANCELLED', cancellations: [] })

test('a lookup shows what a message says, or it has to come again', async (t) => {
  const part = withCancellations(paid(), cancellation())
  const requested = paid({ cancellations: [cancellation({ id: 'c_2', status: 'REQUESTED' })] })
  const cases: [string, string | null, WirePayment, boolean][] = [
    ['Paid', null, paid(), true], ['Paid', null, part, true], ['Paid', null, all(), true],
    ['Paid', null, closed(), false],
    ['Paid', null, ready(), false], ['Paid', null, pending(), false], ['Paid', null, issued(), false],
    ['Paid', null, failed(), false], ['Paid', null, paid({ status: 'NEW' }), false],
    ['VirtualAccountIssued', null, issued(), true], ['VirtualAccountIssued', null, paid(), true],
    ['VirtualAccountIssued', null, closed(), true], ['VirtualAccountIssued', null, ready(), false],
    ['VirtualAccountIssued', null, pending(), false], ['VirtualAccountIssued', null, failed(), false],
    ['Cancelled', 'cancellation_1', all(), true], ['Cancelled', 'c_9', all(), false],
    ['Cancelled', 'c_9', paid(), false],
    ['PartialCancelled', 'cancellation_1', part, true], ['CancelPending', 'c_2', requested, true],
    ['Cancelled', null, paid(), true], ['Failed', null, paid(), true], ['New', null, ready(), true],
    ['Paid', 'c_9', paid(), false],
  ]
  for (const [name, cancellationId, wire, shown] of cases) {
    const notification = read(event(`Transaction.${name}`, { cancellationId }))
    if (notification.kind !== 'notification') throw new Error('it is one')
    t.equal(isShown(notification, look(wire).payment), shown, `${name} ${cancellationId} ${wire.status}`)
  }
})
