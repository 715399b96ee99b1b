import type { Payment } from './payment.js'
import type { FailureReason } from '../messages.js'
import { isSameAmount, isSameCurrency, type Expectation } from '../money.js'

/** The failures that lead to a refund. */
const MISMATCHES = ['amount_mismatch', 'currency_mismatch'] as const satisfies FailureReason[]
export type Mismatch = typeof MISMATCHES[number]

export const isMismatch = (reason: string | undefined): reason is Mismatch =>
  MISMATCHES.some((mismatch) => mismatch === reason)

export interface Policy { acceptTestPayments: boolean }

/** How a payment can differ from its order. */
export type OrderFailure = 'order_not_found' | Mismatch

export type Classification =
  | { status: 'paid' | 'vbank_issued' }
  | { status: 'failed', reason: FailureReason }
  | { status: 'cancelled' | 'ignored' }
  /** A status that we do not know: never delivered, never failed. */
  | { status: 'unknown' }

/** Whether this payment was paid, and then refunded in part. */
const isPartlyCancelled = ({ paid_at: paidAt, amount, cancel_amount: cancelled }: Payment) =>
  typeof paidAt === 'number' && paidAt > 0 && cancelled > 0 && cancelled < amount

/** Whether a virtual account was issued whose deposit is still outstanding. */
export const awaitsDeposit = (payment: Payment): boolean =>
  payment.status === 'ready' && payment.pay_method === 'vbank' && Boolean(payment.vbank_num)

/** Whether the provider's approval may still be pending: `ready`, and not a virtual account waiting for its deposit. */
export const isApprovalPending = (payment: Payment): boolean => payment.status === 'ready' && !awaitsDeposit(payment)

/**
 * The status of a payment by itself; `paid` and `vbank_issued` still have to be compared with the order. Pure: no
 * clock, no network, no log.
 */
export function classify (payment: Payment, { acceptTestPayments }: Policy): Classification {
  // A billing key was issued: no money moved, and there is no order.
  if (payment.customer_uid_usage === 'issue' && payment.amount === 0) return { status: 'ignored' }
  // A test channel approves anything.
  if (payment.sandbox === true && !acceptTestPayments) return { status: 'failed', reason: 'test_payment' }
  switch (payment.status) {
    case 'paid':
      // Already refunded in full: nothing to deliver.
      return payment.amount > 0 && payment.cancel_amount >= payment.amount
        ? { status: 'cancelled' }
        : { status: 'paid' }
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

/** How a payment differs from its order, in the currency's minor unit; `undefined` if it does not differ. */
export function compareWithOrder (payment: Payment, expectation: Expectation): OrderFailure | undefined {
  if (expectation === null) return 'order_not_found'
  if (!isSameCurrency(payment.currency, expectation.currency)) return 'currency_mismatch'
  if (!isSameAmount(payment.amount, expectation.amount, payment.currency)) return 'amount_mismatch'
}
