import type { Deadline } from '../concurrency/deadline.js'
import type { Payment } from './payment.js'

/** What became of a refund, or of closing an account. Where nobody knows, the method rejects instead. */
export type RefundResult =
  | { status: 'done' }
  /** Nothing was done; `error` has the provider's words. */
  | { status: 'refused', error: Error }

/** An entry of a list; `payment` is `undefined` where it is not what a payment must be: it hides none of the others. */
export interface Listed { impUid: string, payment: Payment | undefined }

export interface ListPeriod {
  status: 'ready' | 'paid' | 'cancelled'
  /** Both ends inclusive, by the time of that status. */
  from: Date
  to: Date
}

/**
 * What a completion needs of a payment API. Reads are tried again within their deadline, writes are sent once. All reject with
 * IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_UNAUTHORIZED or IAMPORT_BAD_GATEWAY where the provider could not be asked.
 */
export interface PaymentProvider {
  /** @throws IAMPORT_PAYMENT_NOT_FOUND; FST_ERR_VALIDATION an id that cannot be one */
  lookUp (impUid: string, deadline: Deadline): Promise<Payment>
  /** The payment of an order, a paid one first. @throws IAMPORT_PAYMENT_NOT_FOUND */
  lookUpByOrder (merchantUid: string, deadline: Deadline): Promise<Payment>
  /**
   * Gives all that is left of a payment back.
   *
   * @param checksum the balance that is believed to be left, in the payment's currency: refused where it differs, so that the
   * request may be sent by several
   * @param reason is seen again in the payment's `cancel_history`
   */
  refund (payment: Payment, checksum: number, reason: string, deadline: Deadline): Promise<RefundResult>
  /** Closes a virtual account into which nothing was paid yet. */
  closeAccount (payment: Payment, deadline: Deadline): Promise<RefundResult>
  /** Oldest first, pages fetched as wanted. Rejects at once when the signal is aborted. */
  list (period: ListPeriod, signal: AbortSignal): AsyncIterable<Listed>
}
