import type { Payment } from './iamport/payment.js'
import { isSameAmount, isSameCurrency, type Money } from './money.js'

/** Why a payment is not what the order needs. The first four end it; the others can still become paid. */
export type FailureReason =
  | 'amount_mismatch' | 'currency_mismatch' | 'test_payment' | 'order_not_found'
  | 'not_paid' | 'payment_failed'

/** What the order of a payment should cost; `null`: there is no such order. */
export type Expectation = Money | null

export interface Policy { acceptTestPayments: boolean }

export type Decision =
  /** As the order says, or, while no expectation is given, still to be compared with it. */
  | { status: 'paid' | 'vbank_issued' }
  | { status: 'failed', reason: FailureReason }
  | { status: 'cancelled' | 'ignored' }
  /** A state that we do not know: never fulfilled, never failed. */
  | { status: 'unknown' }

/** Whether money of this payment has been given back, but not all of it. */
const isPartlyCancelled = ({ paid_at: paidAt, amount, cancel_amount: cancelled }: Payment) =>
  typeof paidAt === 'number' && paidAt > 0 && cancelled > 0 && cancelled < amount

/** Whether a virtual account was issued that still waits for its deposit. */
export const awaitsDeposit = (payment: Payment): boolean =>
  payment.status === 'ready' && payment.pay_method === 'vbank' && Boolean(payment.vbank_num)

/** Whether the provider may still be settling what the buyer has done: `ready`, and not an account that waits for its deposit. */
export const isUnsettled = (payment: Payment): boolean => payment.status === 'ready' && !awaitsDeposit(payment)

/** What a payment is by itself, before its order is asked. */
function classify (payment: Payment, { acceptTestPayments }: Policy): Decision {
  // A billing key was issued: no money moved, no order is concerned.
  if (payment.customer_uid_usage === 'issue' && payment.amount === 0) return { status: 'ignored' }
  // A test channel approves anything.
  if (payment.sandbox === true && !acceptTestPayments) return { status: 'failed', reason: 'test_payment' }
  switch (payment.status) {
    case 'paid':
      // All of it has been given back already: nothing to deliver for.
      return payment.amount > 0 && payment.cancel_amount >= payment.amount ? { status: 'cancelled' } : { status: 'paid' }
    case 'ready':
      return awaitsDeposit(payment) ? { status: 'vbank_issued' } : { status: 'failed', reason: 'not_paid' }
    case 'cancelled':
      return isPartlyCancelled(payment) ? { status: 'paid' } : { status: 'cancelled' }
    case 'failed':
      return { status: 'failed', reason: 'payment_failed' }
    default:
      return { status: 'unknown' }
  }
}

/**
 * What a payment means for its order. Pure: no clock, no network, no log.
 *
 * @param expectation what the order should cost, or `undefined` before it was asked: `paid` and `vbank_issued` then only say
 * that the order has to be asked.
 */
export function decide (payment: Payment, expectation: Expectation | undefined, policy: Policy): Decision {
  const decision = classify(payment, policy)
  if (expectation === undefined || (decision.status !== 'paid' && decision.status !== 'vbank_issued')) return decision
  if (expectation === null) return { status: 'failed', reason: 'order_not_found' }
  if (!isSameCurrency(payment.currency, expectation.currency)) return { status: 'failed', reason: 'currency_mismatch' }
  if (!isSameAmount(payment.amount, expectation.amount, payment.currency)) return { status: 'failed', reason: 'amount_mismatch' }
  return decision
}
