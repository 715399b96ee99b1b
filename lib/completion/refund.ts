import type { FastifyBaseLogger } from 'fastify'
import type { Deadline } from '../concurrency/deadline.js'
import { awaitsDeposit, isMismatch, type Mismatch } from './rules.js'
import type { Payment } from './payment.js'
import { lookAgainWhile } from './look-again.js'
import { balance } from '../money.js'
import type { PaymentProvider } from './provider.js'
import type { Decision } from './event-record.js'

/** A refund, or a revocation, that has begun. */
export type Refund = Extract<Decision, { decision: 'refund' }>

/** The reason given with our own cancellations, by which they are known again when the payment is seen next. */
const MARK = 'fastify-iamport: '

/** The mismatch for which this payment was cancelled by us; `undefined` where somebody else did it. */
export function refundedFor ({ cancel_reason: reason, cancel_history: history }: Payment): Mismatch | undefined {
  const marked = [reason, ...(history ?? []).map((cancellation) => cancellation.reason)].find((text) => text?.startsWith(MARK))
  const mismatch = marked?.slice(MARK.length)
  return isMismatch(mismatch) ? mismatch : undefined
}

const left = (payment: Payment) => balance(payment.amount, payment.cancel_amount, payment.currency)

/**
 * Seconds after `paid_at` in which a mismatch is refunded by itself. The buyer who altered the page has come back by then; what is
 * found later is more likely a changed price and a ledger that has forgotten the delivery, and a person has to look.
 */
const REFUND_WITHIN_SEC = 3600

/** @param nowMs UNIX milliseconds */
export function isRecent ({ paid_at: paidAt }: Payment, nowMs: number): boolean {
  return typeof paidAt === 'number' && paidAt > 0 && nowMs / 1000 - paidAt <= REFUND_WITHIN_SEC
}

/** A deposit can only go back to a refund account, and nobody has named one. */
export const isRefundable = (payment: Payment): boolean => awaitsDeposit(payment) || payment.pay_method !== 'vbank'

/** What is decided about a payment whose money is to go back; to be recorded before `executeRefund`. */
export const beginRefund = (payment: Payment, reason: Mismatch): Refund =>
  ({ decision: 'refund', reason, checksum: left(payment) })

export interface ExecuteRefundOptions {
  deadline: Deadline
  log: FastifyBaseLogger
  /** Whether a refusal is known already: there is nothing to wait for. */
  isRetry: boolean
}

/**
 * Cancels an unexpected payment in full, or revokes its virtual account. The request is sent once, with the balance from when the
 * refund began: it is refused if anybody has cancelled since, so that several servers may send it.
 *
 * @returns false where the provider refuses and the money is still there: a manual refund is needed
 * @throws whatever leaves open what happened: to be tried again at the next notification
 */
export async function executeRefund (
  provider: PaymentProvider, payment: Payment, { reason, checksum }: Refund, { deadline, log, isRetry }: ExecuteRefundOptions
): Promise<boolean> {
  const { imp_uid } = payment
  const isAccount = awaitsDeposit(payment)
  const result = isAccount
    ? await provider.closeAccount(payment, deadline)
    : await provider.refund(payment, checksum, MARK + reason, deadline)
  if (result.status === 'done') return true
  log.warn({ imp_uid, err: result.error }, isAccount ? 'closing a virtual account was refused' : 'a refund was refused')
  // Refused perhaps because another server's request is being carried out.
  const lookUp = () => provider.lookUp(imp_uid, deadline)
  const isGone = (now: Payment) => isAccount ? now.status === 'cancelled' : left(now) === 0
  return isGone(await lookAgainWhile(await lookUp(), (now) => !isRetry && !isGone(now), lookUp, deadline))
}
