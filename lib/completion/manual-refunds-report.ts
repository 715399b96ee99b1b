import type { Money } from '../money.js'
import { IncompleteError } from './incomplete-error.js'
import type { ManualRefundCause } from './refund-rules.js'
import type { Payment } from './payment.js'
import type { Mismatch } from './rules.js'

/** A payment whose money only a person can refund. */
export interface ManualRefund<P extends Payment = Payment, Cancellation = unknown> {
  /** As hooks receive it, looked up just now. */
  payment: P
  /** How it differs from its order. */
  reason: Mismatch
  /** Why the plugin does not refund it by itself. */
  why: ManualRefundCause
  /** When it was paid; `undefined` if the provider does not say. */
  since: Date | undefined
  /** What of its amount has not been cancelled, in the currency's major unit. */
  held: Money
  /** Whether `onFail` has received it. If not, its notification was lost: `reconcile` makes up for that. */
  reported: boolean
  /**
   * The argument of `cancelPayment` that refunds it, with the balance as of this lookup, so that a repetition refunds
   * nothing more. For a deposited virtual account, add the buyer's account.
   */
  cancellation: Cancellation
}

/** The argument of `manualRefunds`. */
export interface ManualRefundsPeriod {
  /** Both ends inclusive, by the time of the last event, as in a reconciliation: paid, or cancelled in part. */
  from: Date
  /** @default now */
  to?: Date
}

/** A payment, or a list of payments, that `manualRefunds` could not check. */
export interface ManualRefundProblem {
  /** Absent if it is a list that could not be read to its end. */
  imp_uid?: string
  /** With PortOne V2 only. */
  merchant_uid?: string
  error: Error
}

/**
 * The end of `manualRefunds` where something could not be checked: all that could has been yielded before. `code`,
 * `statusCode` and `headers` are those of its `cause`, the first of `errors`.
 */
export class ManualRefundsError extends IncompleteError {
  override readonly name = 'ManualRefundsError'

  constructor (readonly errors: ManualRefundProblem[], cause: Error) {
    super(`${errors.length} could not be checked (payments, or lists of them); the first: ${cause.message}`, cause)
  }
}
