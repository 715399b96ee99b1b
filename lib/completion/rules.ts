import type { Payment } from './payment.js'
import type { FailureReason } from '../messages.js'
import { isSameAmount, isSameCurrency, type Expectation } from '../money.js'

/** The failures after which money goes back. */
const MISMATCHES = ['amount_mismatch', 'currency_mismatch'] as const satisfies FailureReason[]
export type Mismatch = typeof MISMATCHES[number]

export const isMismatch = (reason: string | undefined): reason is Mismatch =>
  MISMATCHES.some((mismatch) => mismatch === reason)

export interface Policy { acceptTestPayments: boolean }

/** What a comparison with the order can find. */
export type OrderFailure = 'order_not_found' | Mismatch

export type Classification =
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
export const isApprovalPending = (payment: Payment): boolean => payment.status === 'ready' && !awaitsDeposit(payment)

/** What a payment is by itself; `paid` and `vbank_issued` are still to be compared with the order. Pure: no clock, no network, no log. */
export function classify (payment: Payment, { acceptTestPayments }: Policy): Classification {
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

/** Why a payment is not what its order needs; `undefined` where amount and currency are as expected. Pure. */
export function compareWithOrder (payment: Payment, expectation: Expectation): OrderFailure | undefined {
  if (expectation === null) return 'order_not_found'
  if (!isSameCurrency(payment.currency, expectation.currency)) return 'currency_mismatch'
  if (!isSameAmount(payment.amount, expectation.amount, payment.currency)) return 'amount_mismatch'
}
