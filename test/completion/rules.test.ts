import { test } from 'tap'
import fc from 'fast-check'
import { isSameAmount, type Expectation } from '../../lib/money.js'
import { classify, compareWithOrder, type Policy } from '../../lib/completion/rules.js'
import { lookedUp } from '../../lib/iamport/looked-up.js'
import { assertProperty } from '../support/assert-property.js'
import { account, payment } from '../support/upstream.js'
import type { Payment } from '../../lib/index.js'

/** As the plugin puts the two rules together. */
function decide (one: Payment, expectation: Expectation | undefined, policy: Policy) {
  const found = classify(lookedUp(one), policy)
  if (expectation === undefined || (found.status !== 'paid' && found.status !== 'vbank_issued')) return found
  const reason = compareWithOrder(one, expectation)
  return reason === undefined ? found : { status: 'failed', reason }
}

const strict = { acceptTestPayments: false }
const order = { amount: 14000, currency: 'KRW' }
const on = (changes: Partial<Payment>, expectation: Expectation | undefined = order, policy = strict) =>
  decide(payment(changes), expectation, policy)
const failed = (reason: string) => ({ status: 'failed', reason })
/** To the cent: no currency of these tests has smaller units. */
const isSame = (one: number, other: number) => Math.abs(one - other) < 0.006

/** The usual value most of the time, so that most payments are those that shops see. */
const mostly = <Usual, Odd>(usual: fc.Arbitrary<Usual>, odd: fc.Arbitrary<Odd>) =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: odd })

const anyNumber = fc.oneof(
  fc.constantFrom(0, 1, 13999, 14000, 14001, -14000, NaN, Infinity), fc.double(), fc.nat(20000))
const anyOrder = fc.constantFrom(order, { amount: 9.9, currency: 'USD' }, { amount: 1200, currency: 'JPY' })

/** A payment, and what is expected of it: usually the same, and not far from a payment that can be delivered. */
const scenes = anyOrder.chain(({ amount, currency }) => fc.record({
  one: fc.record({
    imp_uid: fc.string(),
    merchant_uid: fc.string(),
    status: mostly(
      fc.constantFrom('paid', 'paid', 'paid', 'ready', 'ready', 'cancelled', 'cancelled', 'failed'),
      fc.oneof(fc.constantFrom('PAID', 'paid ', 'toString', '__proto__'), fc.string())),
    amount: mostly(fc.constant(amount), anyNumber),
    cancel_amount: mostly(fc.constantFrom(0, 0, 0, amount / 2, amount), anyNumber),
    currency: mostly(fc.constantFrom(currency, currency.toLowerCase()),
      fc.oneof(fc.constantFrom('KRW', 'USD', 'KPW'), fc.string())),
    sandbox: mostly(fc.constantFrom(false, null, undefined), fc.constant(true)),
    pay_method: mostly(fc.constantFrom('card', 'vbank'), fc.constantFrom(null, undefined)),
    paid_at: mostly(fc.constantFrom(1790000000, 1790000000.5), fc.constantFrom(0, null, undefined)),
    customer_uid_usage: mostly(fc.constantFrom(null, undefined, 'payment'),
      fc.constantFrom('issue', 'payment.scheduled')),
    vbank_num: mostly(fc.constant('1-2'), fc.constantFrom('', null, undefined)),
  }),
  expected: mostly(fc.constant({ amount, currency }), fc.oneof(
    fc.constant(null), fc.record({ amount: anyNumber, currency: fc.constantFrom('KRW', 'krw', 'USD', '') }))),
}))

const isPartly = (one: Payment) => one.status === 'cancelled' && Number(one.paid_at) > 0 &&
  one.cancel_amount > 0 && one.cancel_amount < one.amount

test('the payments that the properties are tried on are of every kind, and many are paid', async (t) => {
  const kinds = new Map<string, number>()
  const count = (kind: string) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  for (const { one, expected } of fc.sample(scenes, { numRuns: 5000, seed: 1 })) {
    const decision = decide(one, expected, strict)
    count('reason' in decision ? decision.reason : decision.status)
    if (decision.status !== 'paid') continue
    if (isPartly(one)) count('paid, partly cancelled')
    if (one.currency === 'USD') count('paid in dollars')
    if (one.pay_method === 'vbank') count('paid into a virtual account')
  }
  for (const [kind, atLeast] of Object.entries({
    paid: 1000,
    'paid, partly cancelled': 100,
    'paid in dollars': 100,
    'paid into a virtual account': 300,
    vbank_issued: 200,
    cancelled: 200,
    amount_mismatch: 100,
    currency_mismatch: 100,
    order_not_found: 50,
    test_payment: 200,
    not_paid: 200,
    payment_failed: 200,
    unknown: 200,
  })) t.ok((kinds.get(kind) ?? 0) >= atLeast, `${kinds.get(kind) ?? 0} of 5000 are ${kind}`)
})

test('whatever the payment: paid only if status, amount, currency and test flag all allow it', async (t) => {
  assertProperty(t, fc.property(scenes, fc.boolean(), ({ one, expected }, acceptTestPayments) => {
    if (decide(one, expected, { acceptTestPayments }).status !== 'paid') return
    const isSpent = one.amount > 0 && one.cancel_amount >= one.amount
    const isMoneyThere = (one.status === 'paid' && !isSpent) || isPartly(one)
    return isMoneyThere && expected !== null && isSame(one.amount, expected.amount) &&
      one.currency.toUpperCase() === expected.currency.toUpperCase() && (acceptTestPayments || one.sandbox !== true)
  }), 5000)
})

test('whatever the payment: what is as ordered, and holds its money, is paid', async (t) => {
  assertProperty(t, fc.property(scenes, ({ one }) => {
    const isThere = (one.status === 'paid' && one.cancel_amount === 0) || isPartly(one)
    const isKey = one.customer_uid_usage === 'issue' && one.amount === 0
    const isWhole = isSameAmount(one.amount, one.amount, one.currency) // not 9.9 won
    if (!isThere || isKey || !isWhole || one.sandbox === true) return
    return decide(one, { amount: one.amount, currency: one.currency }, strict).status === 'paid'
  }), 5000)
})

test('whatever the payment: an account counts as issued only while it waits, for the right amount', async (t) => {
  assertProperty(t, fc.property(scenes, ({ one, expected }) => {
    if (decide(one, expected, strict).status !== 'vbank_issued') return
    return one.status === 'ready' && one.pay_method === 'vbank' && Boolean(one.vbank_num) && one.sandbox !== true &&
      expected !== null && isSame(one.amount, expected.amount)
  }), 5000)
})

test('whatever the payment: it is decided the same way again, and left as it is', async (t) => {
  assertProperty(t, fc.property(scenes, ({ one, expected }) => {
    const before = structuredClone({ one, expected })
    const frozen = Object.freeze(one)
    const first = decide(frozen, expected, strict)
    return JSON.stringify(first) === JSON.stringify(decide(before.one, before.expected, strict))
  }))
})

test('whatever the payment: a mismatch is never found where there is no order', async (t) => {
  assertProperty(t, fc.property(scenes, ({ one }) => {
    const decision = decide(one, null, strict)
    return decision.status !== 'paid' && decision.status !== 'vbank_issued' &&
      !(decision.status === 'failed' && decision.reason.endsWith('_mismatch'))
  }), 1000)
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
