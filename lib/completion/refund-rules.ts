import { balance } from '../money.js'
import type { Decision } from './event-record.js'
import type { LookedUpPayment, UnsettledCancellation } from './looked-up-payment.js'
import type { Payment } from './payment.js'
import { awaitsDeposit, isMismatch, type Mismatch } from './rules.js'

/*
 * What a payment says of its refund: whether it may be refunded, has been, or is being. Pure: no clock, no network, no
 * log.
 */

/** A refund, or a revocation, that has begun. */
export type Refund = Extract<Decision, { decision: 'refund' }>

/**
 * Why the plugin does not refund a payment by itself:
 * - `refused`: the provider refused the refund, or failed to carry it out
 * - `virtual_account`: a deposit can be refunded only to an account that the buyer names
 * - `old`: it was paid more than an hour before it was compared with its order
 * - `off`: `cancelOnMismatch` is false
 * - `maybe_delivered`: a run of `onPaid` whose process died may have delivered it: look at the order first
 */
export type ManualRefundCause = 'refused' | 'virtual_account' | 'old' | 'off' | 'maybe_delivered'

/** Begins the reason of our own cancel requests, so that a later lookup can tell them from others. */
const MARK = 'fastify-iamport: '

/** The reason of a cancel request, by which later lookups show that it was the refund of this mismatch. */
export const cancelReasonOf = (mismatch: Mismatch): string => MARK + mismatch

const mismatchIn = (reason: string | null | undefined): Mismatch | undefined => {
  const mismatch = reason?.startsWith(MARK) ? reason.slice(MARK.length) : undefined
  return isMismatch(mismatch) ? mismatch : undefined
}

const firstMismatch = (reasons: (string | null | undefined)[]) =>
  reasons.map(mismatchIn).find((mismatch) => mismatch !== undefined)

/** The mismatch for which we cancelled this payment; `undefined` if the cancellation was not ours. */
export const refundedFor = ({ cancel_reason: reason, cancel_history: history }: Payment): Mismatch | undefined =>
  firstMismatch([reason, ...(history ?? []).map((cancellation) => cancellation.reason)])

/** The mismatch of our own cancel request that is still open, or that has failed since it was accepted. */
export const unsettledRefund = (
  { unsettled }: LookedUpPayment, status: UnsettledCancellation['status']
): Mismatch | undefined =>
  firstMismatch(unsettled.filter((cancellation) => cancellation.status === status).map(({ reason }) => reason))

const left = (payment: Payment) => balance(payment.amount, payment.cancel_amount, payment.currency)

/** Whether a cancellation is under way, of any part of the payment. */
export const hasOpenCancellation = ({ unsettled }: LookedUpPayment): boolean =>
  unsettled.some(({ status }) => status === 'open')

/** Whether the cancellations under way would leave nothing of the payment. */
export function isBeingCancelled (looked: LookedUpPayment): boolean {
  if (!hasOpenCancellation(looked)) return false
  const { payment: { amount, cancel_amount: cancelled, currency }, unsettled, discount = 0 } = looked
  const open = unsettled.filter(({ status }) => status === 'open').reduce((sum, { amount }) => sum + amount, 0)
  return balance(amount - discount, cancelled + open, currency) === 0
}

/**
 * Seconds after `paid_at` within which a mismatch is refunded automatically. A buyer who altered the page has come back
 * by then. A later mismatch is more likely a changed price and a ledger that has lost the delivery: a manual refund.
 */
const REFUND_WITHIN_SEC = 3600

/** Whether a mismatch may still be refunded automatically (rule 12). @param nowMs UNIX milliseconds */
export const isRecent = ({ paidAtSec }: LookedUpPayment, nowMs: number): boolean =>
  paidAtSec > 0 && nowMs / 1000 - paidAtSec <= REFUND_WITHIN_SEC

/** The deposit of a virtual account can only be refunded to a refund account, which we do not have. */
export const isRefundable = (looked: LookedUpPayment): boolean =>
  awaitsDeposit(looked) || looked.payment.pay_method !== 'vbank'

/** The decision to refund; it has to be recorded before the request is sent. */
export const beginRefund = (payment: Payment, reason: Mismatch): Refund =>
  ({ decision: 'refund', reason, checksum: left(payment) })
