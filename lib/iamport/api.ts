import type { Listed } from '../completion/provider.js'
import type { Deadline } from '../concurrency/deadline.js'
import type { Payment, PaymentStatus } from '../completion/payment.js'
import type { PreparedPayment } from './schemas.js'

/**
 * Arguments of {@link IamportClient.cancelPayment}, with the provider's names; one of `imp_uid` and `merchant_uid` is
 * needed.
 */
export interface CancelPayment {
  imp_uid?: string
  merchant_uid?: string
  /** In the payment's currency; absent or 0 cancels all that is left. */
  amount?: number
  /**
   * The balance that you believe can still be cancelled; the provider refuses when it differs. Makes a repeated call
   * safe.
   */
  checksum?: number
  tax_free?: number
  vat_amount?: number
  reason?: string
  /** The refund account, for a deposited virtual account. */
  refund_holder?: string
  refund_bank?: string
  refund_account?: string
  refund_tel?: string
  /** Send the cancellation webhook also for this cancellation. @default false */
  enable_webhook?: boolean
  [more: string]: unknown
}

export interface PreparePayment { merchant_uid: string, amount: number, currency?: string }

export interface ListPayments {
  /** @default 'all' */
  status?: 'all' | 'ready' | 'paid' | 'cancelled' | 'failed'
  /** Both ends inclusive, by the time of that status (ready: started, paid: paid, ...). */
  from: Date
  /** @default now */
  to?: Date
  /** Payments a page, 1 to 1000. @default 1000 */
  limit?: number
}

/**
 * The provider's REST API, typed. Every method rejects with IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_UNAUTHORIZED
 * or IAMPORT_BAD_GATEWAY where the provider could not be asked; reads are tried up to four times, writes once. Where
 * the provider refused a request, the error's `cause` has its words.
 */
export interface IamportClient {
  /** @throws IAMPORT_PAYMENT_NOT_FOUND */
  getPayment (impUid: string): Promise<Payment>
  /** The payment of an order: a paid one first, else the newest; of that status only, where one is given. */
  findPayment (merchantUid: string, options?: { status?: PaymentStatus }): Promise<Payment | null>
  /**
   * The payments of a time window; pages are fetched as wanted, a window over 90 days in parts. A page that is too
   * large or too slow is asked for again in smaller ones.
   * @throws IAMPORT_BAD_GATEWAY also at the end, after all the others: a payment was too large to be read
   */
  listPayments (options: ListPayments): AsyncIterableIterator<Payment>
  /** @throws IAMPORT_PAYMENT_NOT_FOUND; IAMPORT_BAD_GATEWAY with the refusal as `cause` */
  cancelPayment (cancellation: CancelPayment): Promise<Payment>
  /** Registers the amount of an order; the checkout then refuses any other. */
  preparePayment (prepared: PreparePayment): Promise<PreparedPayment>
  /** Changes a registered amount. */
  updatePreparedPayment (prepared: PreparePayment): Promise<PreparedPayment>
  /** @throws IAMPORT_PAYMENT_NOT_FOUND */
  getPreparedPayment (merchantUid: string): Promise<PreparedPayment>
  /** Revokes a virtual account into which nothing was paid yet. @throws IAMPORT_PAYMENT_NOT_FOUND */
  revokeVbank (impUid: string): Promise<Payment>
}

/** What the completion needs beyond the public methods: deadlines of its own, and writes that are sent exactly once. */
export interface ClientInternals {
  lookUp (impUid: string, deadline: Deadline): Promise<Payment>
  /** The payment of an order, a paid one first; its `imp_uid` can stand in a path. @throws IAMPORT_PAYMENT_NOT_FOUND */
  findOrderPayment (merchantUid: string, deadline: Deadline): Promise<Payment>
  cancelOnce (cancellation: CancelPayment, deadline: Deadline): Promise<Payment>
  revokeOnce (impUid: string, deadline: Deadline): Promise<Payment>
  /** Rejects at once when the signal is aborted, and asks for no page any more. */
  list (options: ListPayments, signal?: AbortSignal): AsyncIterableIterator<Listed>
}
