import type { Deadline } from '../concurrency/deadline.js'
import type { ProviderName } from '../errors.js'
import type { LookedUpPayment } from './looked-up-payment.js'

/** The result of a refund, or of closing a virtual account. If the outcome is unknown, the method rejects instead. */
export type RefundResult =
  | { status: 'done' }
  /** Accepted, and carried out later; it can still fail. */
  | { status: 'pending' }
  /** Nothing was done; `error` has the provider's words. */
  | { status: 'refused', error: Error }

/** An entry of a list. `payment` is `undefined` if the entry is not a valid payment, so that the list can go on. */
export interface Listed {
  /** What the payment is looked up by. */
  id: string
  impUid: string
  /** Where the errors of a reconciliation name it beside the `imp_uid`. */
  merchantUid?: string
  payment: LookedUpPayment | undefined
}

/** As reports name an entry of a list. */
export const namesOf = ({ impUid, merchantUid }: Listed): { imp_uid: string, merchant_uid?: string } =>
  ({ imp_uid: impUid, ...(merchantUid !== undefined && { merchant_uid: merchantUid }) })

/** One of the lists that a reconciliation reads. */
export interface PaymentList {
  /** The statuses of its payments, for the log. */
  status: string
  /** None of its payments has been paid. */
  isUnpaid?: true
  /** Oldest first; pages are fetched on demand. Rejects at once when the signal is aborted. */
  payments: AsyncIterable<Listed>
}

/**
 * What a completion needs from a payment API. Reads are retried within their deadline, writes are sent once. All reject
 * with IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_UNAUTHORIZED or IAMPORT_BAD_GATEWAY if there was no usable answer.
 */
export interface PaymentProvider {
  /** As errors name it. */
  name: ProviderName
  /** One write, in milliseconds. */
  writeTimeoutMs: number
  /** @throws IAMPORT_PAYMENT_NOT_FOUND; FST_ERR_VALIDATION the id is malformed */
  lookUp (id: string, deadline: Deadline): Promise<LookedUpPayment>
  /**
   * Refunds the whole balance of a payment.
   *
   * @param checksum the balance that we expect, in the payment's currency. The provider refuses if
   * it differs, so of several servers' requests only one can succeed.
   * @param reason appears with the cancellation in later answers
   */
  refund (payment: LookedUpPayment, checksum: number, reason: string, deadline: Deadline): Promise<RefundResult>
  /** Closes a virtual account before its deposit. */
  closeAccount (payment: LookedUpPayment, deadline: Deadline): Promise<RefundResult>
  /**
   * The payments whose status changed in a period, both ends inclusive; ordered by when a payment reaches each status,
   * so that one whose status changes meanwhile still appears in a later list.
   */
  lists (period: { from: Date, to: Date }, signal: AbortSignal): PaymentList[]
}
