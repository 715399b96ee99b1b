import { test } from 'tap'
import fc from 'fast-check'
import type { Expectation } from '../../lib/money.js'
import { classify, compareWithOrder, type Policy } from '../../lib/completion/rules.js'
import { holds } from '../support/holds.js'
import { account, payment } from '../support/upstream.js'
import type { Payment } from '../../lib/index.js'

/** As the plugin puts the two rules together. */
function decide (one: Payment, expectation: Expectation | undefined, policy: Policy) {
  const found = classify(one, policy)
  if (expectation === undefined || (found.status !== 'paid' && found.status !== 'vbank_issued')) return found
  const reason = compareWithOrder(one, expectation)
  return reason === undefined ? found : { status: 'failed', reason }
}

const strict = { acceptTestPayments: false }
const order = { amount: 14000, currency: 'KRW' }
const on = (changes: Partial<Payment>, expectation: Expectation | undefined = order, policy = strict) =>
  decide(payment(changes), expectation, policy)
const failed = (reason: string) => ({ status: 'failed', reason })

const number = fc.oneof(fc.constantFrom(0, 1, 13999, 14000, 14001, -14000, NaN, Infinity), fc.double(), fc.nat(20000))
const anyPayment = fc.record({
  imp_uid: fc.string(),
  merchant_uid: fc.string(),
  status: fc.oneof(
    fc.constantFrom('ready', 'paid', 'cancelled', 'failed', 'PAID', 'paid ', 'toString', '__proto__'), fc.string()
  ),
  amount: number,
  cancel_amount: number,
  currency: fc.oneof(fc.constantFrom('KRW', 'krw', 'USD', 'KPW'), fc.string()),
  sandbox: fc.constantFrom(true, false, null, undefined),
  pay_method: fc.constantFrom('card', 'vbank', null, undefined),
  paid_at: fc.constantFrom(0, 1790000000, 1790000000.5, null, undefined),
  customer_uid_usage: fc.constantFrom('issue', 'payment', 'payment.scheduled', null, undefined),
  vbank_num: fc.constantFrom('', '1-2', null, undefined),
})
const anyExpectation = fc.oneof(fc.constant(null), fc.record({
  amount: number, currency: fc.constantFrom('KRW', 'krw', 'USD', ''),
}))

test('whatever the payment: paid only if status, amount, currency and test flag all allow it', async (t) => {
  holds(t, fc.property(anyPayment, anyExpectation, fc.boolean(), (one, expected, acceptTestPayments) => {
    if (decide(one, expected, { acceptTestPayments }).status !== 'paid') return
    const isMoneyThere = one.status === 'paid' ||
      (one.status === 'cancelled' && Number(one.paid_at) > 0 && one.cancel_amount < one.amount)
    return isMoneyThere && expected !== null && Math.round(one.amount) === Math.round(expected.amount) &&
      one.currency.toUpperCase() === expected.currency.toUpperCase() && (acceptTestPayments || one.sandbox !== true)
  }), 5000)
})

test('whatever the payment: an account counts as issued only while it waits, for the right amount', async (t) => {
  holds(t, fc.property(anyPayment, anyExpectation, (one, expected) => {
    if (decide(one, expected, strict).status !== 'vbank_issued') return
    return one.status === 'ready' && one.pay_method === 'vbank' && Boolean(one.vbank_num) && one.sandbox !== true &&
      expected !== null && Math.round(one.amount) === Math.round(expected.amount)
  }), 5000)
})

test('whatever the payment: it is decided the same way again, and left as it is', async (t) => {
  holds(t, fc.property(anyPayment, anyExpectation, (one, expected) => {
    const before = structuredClone({ one, expected })
    const frozen = Object.freeze(one)
    const first = decide(frozen, expected, strict)
    return JSON.stringify(first) === JSON.stringify(decide(before.one, before.expected, strict))
  }))
})

test('whatever the payment: a mismatch is never found where there is no order', async (t) => {
  holds(t, fc.property(anyPayment, (one) => {
    const decision = decide(one, null, strict)
    return decision.status !== 'paid' && decision.status !== 'vbank_issued' &&
      !(decision.status === 'failed' && decision.reason.endsWith('_mismatch'))
  }))
})

test('rule 2: a billing key that was issued without money is ignored', async (t) => {
  t.strictSame(on({ customer_uid_usage: 'issue', amount: 0 }), { status: 'ignored' })
  t.strictSame(on({
    customer_uid_usage: 'issue', amount: 0, sandbox: true,
  }), { status: 'ignored' }, 'before the test flag')
  t.strictSame(on({ customer_uid_usage: 'issue' }), { status: 'paid' }, 'with money it is a payment')
  t.strictSame(on({ customer_uid_usage: 'payment', amount: 0 }), failed('amount_mismatch'))
  t.strictSame(on({ customer_uid_usage: 'issue', amount: 0.01 }), failed('amount_mismatch'))
})

test('rule 3: a test payment never counts, unless the option says so', async (t) => {
  t.strictSame(on({ sandbox: true }), failed('test_payment'))
  t.strictSame(on({ sandbox: true }, null), failed('test_payment'), 'before the order is asked')
  t.strictSame(on({ sandbox: true, amount: 1 }), failed('test_payment'), 'before the amount: nothing to refund')
  t.strictSame(on({ sandbox: true, status: 'cancelled' }), failed('test_payment'))
  t.strictSame(on({ sandbox: true }, order, { acceptTestPayments: true }), { status: 'paid' })
  t.strictSame(on({ sandbox: true, amount: 1 }, order, { acceptTestPayments: true }), failed('amount_mismatch'))
  t.strictSame(on({ sandbox: null }), { status: 'paid' })
  t.strictSame(on({ sandbox: undefined }), { status: 'paid' })
})

test('rules 4 and 5: the order, then the currency, then the amount', async (t) => {
  t.strictSame(on({}), { status: 'paid' })
  t.strictSame(on({}, undefined), { status: 'paid' }, 'not asked yet')
  t.strictSame(on({}, null), failed('order_not_found'))
  t.strictSame(on({ currency: 'krw' }), { status: 'paid' })
  t.strictSame(on({ currency: 'USD' }), failed('currency_mismatch'))
  t.strictSame(on({ currency: 'JPY', amount: 1 }), failed('currency_mismatch'))
  t.strictSame(on({ amount: 13999 }), failed('amount_mismatch'))
  t.strictSame(on({ amount: 14001 }), failed('amount_mismatch'))
  t.strictSame(on({ amount: 0 }, { amount: 0, currency: 'KRW' }), { status: 'paid' })
  t.strictSame(on({ cancel_amount: 5000 }), { status: 'paid' }, 'the provider may say paid with a part given back')
})

test('rule 6: ready is an account with a number, or nothing yet', async (t) => {
  t.strictSame(decide(account(), order, strict), { status: 'vbank_issued' })
  t.strictSame(decide(account({ amount: 1 }), order, strict), failed('amount_mismatch'))
  t.strictSame(decide(account({ currency: 'USD' }), order, strict), failed('currency_mismatch'))
  t.strictSame(decide(account(), null, strict), failed('order_not_found'))
  t.strictSame(decide(account({ vbank_num: '' }), order, strict), failed('not_paid'))
  t.strictSame(decide(account({ vbank_num: null }), order, strict), failed('not_paid'))
  t.strictSame(on({ status: 'ready', vbank_num: '1-2' }), failed('not_paid'), 'a card payment has no account')
})

test('rule 7: cancelled in part is still paid; in full, or never paid, it is cancelled', async (t) => {
  const cancelled = (changes: Partial<Payment>) => on({ status: 'cancelled', ...changes })
  t.strictSame(cancelled({ cancel_amount: 1 }), { status: 'paid' })
  t.strictSame(cancelled({ cancel_amount: 13999 }), { status: 'paid' })
  t.strictSame(cancelled({ cancel_amount: 14000 }), { status: 'cancelled' })
  t.strictSame(cancelled({ cancel_amount: 14001 }), { status: 'cancelled' })
  t.strictSame(cancelled({ cancel_amount: 5000, amount: 15000 }), failed('amount_mismatch'))
  t.strictSame(cancelled({
    cancel_amount: 5000, paid_at: 1790000000.25,
  }), { status: 'paid' }, 'emulators send fractions')
  for (const paid_at of [0, null, undefined]) {
    t.strictSame(cancelled({
      paid_at, cancel_amount: 5000,
    }), { status: 'cancelled' })
  }
})

test('rules 8 and 9: failed is not final, and a status we do not know is nothing', async (t) => {
  t.strictSame(on({ status: 'failed' }), failed('payment_failed'))
  for (const status of ['PAID', 'paid ', '', 'partial_cancelled', 'toString', '__proto__', '결제완료']) {
    t.strictSame(on({ status }), { status: 'unknown' }, status)
  }
})
