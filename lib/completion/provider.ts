import type { Deadline } from '../concurrency/deadline.js'
import type { Payment } from './payment.js'

/** The result of a refund, or of closing a virtual account. If the outcome is unknown, the method rejects instead. */
export type RefundResult =
  | { status: 'done' }
  /** Nothing was done; `error` has the provider's words. */
  | { status: 'refused', error: Error }

/** An entry of a list. `payment` is `undefined` if the entry is not a valid payment, so that the list can go on. */
export interface Listed { impUid: string, payment: Payment | undefined }

export interface ListPeriod {
  status: 'ready' | 'paid' | 'cancelled'
  /** Both ends inclusive, by the time of that status. */
  from: Date
  to: Date
}

/**
 * What a completion needs from a payment API. Reads are retried within their deadline, writes are sent once. All reject
 * with IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_UNAUTHORIZED or IAMPORT_BAD_GATEWAY if there was no usable answer.
 */
export interface PaymentProvider {
  /** @throws IAMPORT_PAYMENT_NOT_FOUND; FST_ERR_VALIDATION the id is malformed */
  lookUp (impUid: string, deadline: Deadline): Promise<Payment>
  /** The payment of an order, a paid one first. @throws IAMPORT_PAYMENT_NOT_FOUND */
  lookUpByOrder (merchantUid: string, deadline: Deadline): Promise<Payment>
  /**
   * Refunds the whole balance of a payment.
   *
   * @param checksum the balance that we expect, in the payment's currency. The provider refuses if
   * it differs, so of several servers' requests only one can succeed.
   * @param reason appears in the payment's `cancel_history`
   */
  refund (payment: Payment, checksum: number, reason: string, deadline: Deadline): Promise<RefundResult>
  /** Closes a virtual account before its deposit. */
  closeAccount (payment: Payment, deadline: Deadline): Promise<RefundResult>
  /** Oldest first; pages are fetched on demand. Rejects at once when the signal is aborted. */
  list (period: ListPeriod, signal: AbortSignal): AsyncIterable<Listed>
}
