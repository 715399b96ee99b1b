import type { FailureReason } from '../messages.js'
import { isSameAmount, isSameCurrency, type Expectation } from '../money.js'
import type { LookedUpPayment } from './looked-up-payment.js'
import type { Payment } from './payment.js'

/** The failures that lead to a refund. */
export type Mismatch = Extract<FailureReason, 'amount_mismatch' | 'currency_mismatch'>

export const isMismatch = (reason: string | undefined): reason is Mismatch =>
  reason === 'amount_mismatch' || reason === 'currency_mismatch'

export interface Policy { acceptTestPayments: boolean }

/** How a payment can differ from its order. */
export type OrderFailure = 'order_not_found' | Mismatch

export type Classification =
  | { status: 'paid' | 'vbank_issued' }
  | { status: 'failed', reason: FailureReason }
  | { status: 'cancelled' | 'ignored' }
  /** Never delivered, never failed. */
  | { status: 'unknown' }

/** Whether a virtual account was issued whose deposit is still outstanding. */
export const awaitsDeposit = ({ state }: Pick<LookedUpPayment, 'state'>): boolean => state === 'account_issued'

/**
 * Whether a virtual account may have been issued for a payment before, whose key then holds a decision too. PortOne V2
 * may leave the method out.
 */
export const mayHaveBeenIssued = (
  { attemptsKey, payment: { pay_method: method } }: Pick<LookedUpPayment, 'attemptsKey' | 'payment'>
): boolean => method === 'vbank' || (attemptsKey !== undefined && (method ?? null) === null)

/** Whether the provider's approval may follow within moments. */
export const isApprovalPending = ({ state }: Pick<LookedUpPayment, 'state'>): boolean => state === 'ready'

/** Whether another attempt of its id may have been paid: this one shows no money, be it in a test channel or not. */
export const isUnpaidAttempt = ({ attemptsKey, state }: Pick<LookedUpPayment, 'attemptsKey' | 'state'>): boolean =>
  attemptsKey !== undefined && (state === 'ready' || state === 'approval_pending' || state === 'failed')

/**
 * The status of a payment by itself; `paid` and `vbank_issued` still have to be compared with the order. Pure: no
 * clock, no network, no log.
 */
export function classify (
  { state, payment }: Pick<LookedUpPayment, 'state' | 'payment'>, { acceptTestPayments }: Policy
): Classification {
  // No money moved, and there is no order.
  if (state === 'key_issued') return { status: 'ignored' }
  // A test channel approves anything.
  if (payment.sandbox === true && !acceptTestPayments) return { status: 'failed', reason: 'test_payment' }
  switch (state) {
    case 'paid': return { status: 'paid' }
    case 'account_issued': return { status: 'vbank_issued' }
    case 'ready':
    case 'approval_pending': return { status: 'failed', reason: 'not_paid' }
    case 'cancelled': return { status: 'cancelled' }
    case 'failed': return { status: 'failed', reason: 'payment_failed' }
    case 'unknown': return { status: 'unknown' }
  }
}

/** How a payment differs from its order, in the currency's minor unit; `undefined` if it does not differ. */
export function compareWithOrder (payment: Payment, expectation: Expectation): OrderFailure | undefined {
  if (expectation === null) return 'order_not_found'
  if (!isSameCurrency(payment.currency, expectation.currency)) return 'currency_mismatch'
  if (!isSameAmount(payment.amount, expectation.amount, payment.currency)) return 'amount_mismatch'
}
