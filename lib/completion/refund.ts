import type { FastifyBaseLogger } from 'fastify'
import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { awaitsDeposit, isMismatch, type Mismatch } from './rules.js'
import type { LookedUpPayment, UnsettledCancellation } from './looked-up.js'
import type { Payment } from './payment.js'
import { BusyError, quote, Refusal } from '../errors.js'
import { PaymentChanged, type Freshness, type Lookup } from './freshness.js'
import { lookUpAgainWhile } from './look-up-again.js'
import { balance } from '../money.js'
import type { PaymentProvider } from './provider.js'
import type { Decision } from './event-record.js'

/** A refund, or a revocation, that has begun. */
export type Refund = Extract<Decision, { decision: 'refund' }>

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
  const { payment: { amount, cancel_amount: cancelled, currency }, unsettled, discount = 0 } = looked
  const open = unsettled.filter(({ status }) => status === 'open').reduce((sum, { amount }) => sum + amount, 0)
  return hasOpenCancellation(looked) && balance(amount - discount, cancelled + open, currency) === 0
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

/** The decision to refund; it has to be recorded before `executeRefund`. */
export const beginRefund = (payment: Payment, reason: Mismatch): Refund =>
  ({ decision: 'refund', reason, checksum: left(payment) })

/** How far a refund has come. `refused`: the money is still there, and a manual refund is needed. */
export type RefundProgress = 'done' | 'pending' | 'refused'

export interface ExecuteRefundOptions {
  /** Looks the payment up after a refusal. "Not found" is no answer then: it was there a moment ago. */
  lookUp: Freshness['lookUpAlone']
  /** The request may take until then. */
  deadline: Deadline
  /** One lookup after it, in milliseconds. */
  timeoutMs: number
  log: FastifyBaseLogger
  /** An earlier request was refused, so there is no other server's request to wait for. */
  isRetry: boolean
}

/**
 * Cancels a payment in full, or revokes its virtual account. The request is sent once, with the balance as of the
 * decision: the provider refuses it if anything was cancelled since, so several servers may send it.
 *
 * @throws PaymentChanged the account could not be closed, as its deposit was made
 * @throws any error that leaves the outcome unknown; the next notification tries again
 */
export async function executeRefund (
  provider: Pick<PaymentProvider, 'refund' | 'closeAccount'>, looked: LookedUpPayment, { reason, checksum }: Refund,
  { lookUp: lookUpAlone, deadline, timeoutMs, log, isRetry }: ExecuteRefundOptions
): Promise<RefundProgress> {
  const isAccount = awaitsDeposit(looked)
  const result = isAccount
    ? await provider.closeAccount(looked, deadline)
    : await provider.refund(looked, checksum, cancelReasonOf(reason), deadline)
  if (result.status !== 'refused') return result.status
  const request = isAccount ? 'closing the virtual account' : 'the refund'
  const { imp_uid, merchant_uid } = looked.payment
  log.warn({ imp_uid, merchant_uid, err: result.error },
    `the provider refused ${request}: ${wordsOf(result.error)}`)
  // It may have refused because another server's request for the same refund is still in progress.
  const lookUpUntil = Math.max(deadline, monotonic() + timeoutMs)
  const lookUp = async () => progressOf(looked, await lookUpAlone(looked.id, lookUpUntil))
  return lookUpAgainWhile(await lookUp(), (now) => !isRetry && now === 'refused', lookUp, lookUpUntil)
}

/** How far a refund that was refused has come all the same, by another request. */
function progressOf (looked: LookedUpPayment, now: Lookup): RefundProgress {
  // Another attempt to pay is shown: this one is out of sight.
  if (now.key !== looked.key) throw new BusyError({ cause: new Error('another attempt was looked up') })
  if (awaitsDeposit(looked) && now.state === 'paid') throw new PaymentChanged(now)
  // A provider may call an account that was closed before its deposit failed.
  const isGone = now.state === 'cancelled' || (awaitsDeposit(looked) && now.state === 'failed')
  return isGone ? 'done' : isBeingCancelled(now) ? 'pending' : 'refused'
}

/** The provider's own words, if it gave a reason. */
function wordsOf ({ message, cause }: Error): string {
  const words = cause instanceof Refusal ? cause.message : ''
  return quote(words || message)
}
