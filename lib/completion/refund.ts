import type { FastifyBaseLogger } from 'fastify'
import type { Deadline } from '../concurrency/deadline.js'
import { awaitsDeposit, isMismatch, type Mismatch } from './rules.js'
import type { Payment } from './payment.js'
import { Refusal } from '../errors.js'
import { lookUpAgainWhile } from './look-up-again.js'
import { balance } from '../money.js'
import type { PaymentProvider } from './provider.js'
import type { Decision } from './event-record.js'

/** A refund, or a revocation, that has begun. */
export type Refund = Extract<Decision, { decision: 'refund' }>

/** Begins the reason of our own cancel requests, so that a later lookup can tell them from others. */
const MARK = 'fastify-iamport: '

/** The mismatch for which we cancelled this payment; `undefined` if the cancellation was not ours. */
export function refundedFor ({ cancel_reason: reason, cancel_history: history }: Payment): Mismatch | undefined {
  const reasons = [reason, ...(history ?? []).map((cancellation) => cancellation.reason)]
  const marked = reasons.find((text) => text?.startsWith(MARK))
  const mismatch = marked?.slice(MARK.length)
  return isMismatch(mismatch) ? mismatch : undefined
}

const left = (payment: Payment) => balance(payment.amount, payment.cancel_amount, payment.currency)

/**
 * Seconds after `paid_at` within which a mismatch is refunded automatically. A buyer who altered the page has come back
 * by then. A later mismatch is more likely a changed price and a ledger that has lost the delivery: a manual refund.
 */
const REFUND_WITHIN_SEC = 3600

/** Whether a mismatch may still be refunded automatically (rule 12). @param nowMs UNIX milliseconds */
export function isRecent ({ paid_at: paidAt }: Payment, nowMs: number): boolean {
  return typeof paidAt === 'number' && paidAt > 0 && nowMs / 1000 - paidAt <= REFUND_WITHIN_SEC
}

/** The deposit of a virtual account can only be refunded to a refund account, which we do not have. */
export const isRefundable = (payment: Payment): boolean => awaitsDeposit(payment) || payment.pay_method !== 'vbank'

/** The decision to refund; it has to be recorded before `executeRefund`. */
export const beginRefund = (payment: Payment, reason: Mismatch): Refund =>
  ({ decision: 'refund', reason, checksum: left(payment) })

export interface ExecuteRefundOptions {
  deadline: Deadline
  log: FastifyBaseLogger
  /** An earlier request was refused, so there is no other server's request to wait for. */
  isRetry: boolean
}

/**
 * Cancels a payment in full, or revokes its virtual account. The request is sent once, with the balance as of the
 * decision: the provider refuses it if anything was cancelled since, so several servers may send it.
 *
 * @returns false if the provider refused and the money is still there: a manual refund is needed
 * @throws any error that leaves the outcome unknown; the next notification tries again
 */
export async function executeRefund (
  provider: PaymentProvider, payment: Payment, { reason, checksum }: Refund,
  { deadline, log, isRetry }: ExecuteRefundOptions
): Promise<boolean> {
  const { imp_uid } = payment
  const isAccount = awaitsDeposit(payment)
  const result = isAccount
    ? await provider.closeAccount(payment, deadline)
    : await provider.refund(payment, checksum, MARK + reason, deadline)
  if (result.status === 'done') return true
  const request = isAccount ? 'closing the virtual account' : 'the refund'
  log.warn({ imp_uid, err: result.error }, `the provider refused ${request}: ${refusalOf(result.error)}`)
  // It may have refused because another server's request for the same refund is still in progress.
  const lookUp = () => provider.lookUp(imp_uid, deadline)
  const isGone = (now: Payment) => isAccount ? now.status === 'cancelled' : left(now) === 0
  return isGone(await lookUpAgainWhile(await lookUp(), (now) => !isRetry && !isGone(now), lookUp, deadline))
}

/** Characters of the provider's message in a log line, at most. */
const MAX_REFUSAL_LENGTH = 200

/** The provider's own words, if it gave a reason. */
function refusalOf ({ message, cause }: Error): string {
  const words = cause instanceof Refusal ? cause.message : ''
  return (words || message).slice(0, MAX_REFUSAL_LENGTH)
}
