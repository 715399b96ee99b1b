import type { Deadline } from '../concurrency/deadline.js'
import type { Payment, PaymentStatus } from '../completion/payment.js'
import type { RequestParts } from '../http/any-request.js'
import type { Method } from '../http/exchange.js'
import type { Found } from './batch.js'
import type { ListedPayment, PreparedPayment } from './schemas.js'

/**
 * Arguments of {@link IamportClient.cancelPayment}, with the provider's names; `imp_uid` or `merchant_uid` is required.
 */
export interface CancelPayment {
  imp_uid?: string | undefined
  merchant_uid?: string | undefined
  /** In the payment's currency; absent or 0 cancels the whole balance. */
  amount?: number | undefined
  /**
   * The balance that you expect; the provider refuses the request if it differs, which makes a repeated call safe.
   */
  checksum?: number | undefined
  tax_free?: number | undefined
  vat_amount?: number | undefined
  reason?: string | undefined
  /** The refund account, for a deposited virtual account. */
  refund_holder?: string | undefined
  refund_bank?: string | undefined
  refund_account?: string | undefined
  refund_tel?: string | undefined
  /** Send the cancellation webhook for this cancellation, too. @default false */
  enable_webhook?: boolean | undefined
  [more: string]: unknown
}

/** An amount to register, in the currency's major unit. Without `currency` the provider does not compare it. */
export interface PreparePayment { merchant_uid: string, amount: number, currency?: string | undefined }

/** The argument of {@link IamportClient.listPayments}. */
export interface ListPayments {
  /** @default 'all' */
  status?: 'all' | 'ready' | 'paid' | 'cancelled' | 'failed' | undefined
  /** Both ends inclusive, by the time of that status (ready: started, paid: paid, ...). */
  from: Date
  /** @default now */
  to?: Date | undefined
  /** Payments per page, 1 to 1000. @default 1000 */
  limit?: number | undefined
}

/**
 * The provider's REST API, typed. Every method rejects with IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_UNAUTHORIZED
 * or IAMPORT_BAD_GATEWAY if there was no usable answer; reads are tried up to four times, writes once. If the provider
 * refused the request, the error's `cause` has its own words.
 */
export interface IamportClient {
  /** @throws IAMPORT_PAYMENT_NOT_FOUND */
  getPayment (impUid: string): Promise<Payment>
  /** The payment of an order: a paid one first, else the newest; with `status`, only of that status. */
  findPayment (merchantUid: string, options?: { status?: PaymentStatus | undefined }): Promise<Payment | null>
  /**
   * The payments of a period; pages are fetched on demand, a period over 90 days in parts. A page that is too large or
   * too slow is requested again as smaller ones.
   * @throws IAMPORT_BAD_GATEWAY also at the end, after all other payments: one was too large to be read
   */
  listPayments (options: ListPayments): AsyncIterableIterator<Payment>
  /**
   * Resolves also to a payment that is cancelled later, as some of PayPal's and WeChat Pay's are, or not at all:
   * `status` is then not `cancelled` yet, and `cancel_history` does not have it. A webhook tells how it ends.
   * Source: https://developers.portone.io/opi/ko/integration/pg/v1/rt
   * @throws IAMPORT_PAYMENT_NOT_FOUND; IAMPORT_BAD_GATEWAY with the refusal as `cause`
   */
  cancelPayment (cancellation: CancelPayment): Promise<Payment>
  /** Registers the amount of an order; the checkout then refuses any other. */
  preparePayment (prepared: PreparePayment): Promise<PreparedPayment>
  /** Changes a registered amount. */
  updatePreparedPayment (prepared: PreparePayment): Promise<PreparedPayment>
  /** @throws IAMPORT_PAYMENT_NOT_FOUND */
  getPreparedPayment (merchantUid: string): Promise<PreparedPayment>
  /** Revokes a virtual account before its deposit. @throws IAMPORT_PAYMENT_NOT_FOUND */
  revokeVbank (impUid: string): Promise<Payment>
  /**
   * Any other endpoint. Resolves to the answer's `response`, `undefined` for an empty answer. Lists in `query` are sent
   * as several values of their name (`'imp_uid[]': [...]`).
   * @param path begins with one `/`; percent-encode what a caller may choose
   * @throws FST_ERR_VALIDATION the path has a host, `..` or a query; IAMPORT_BAD_GATEWAY with the refusal as `cause`
   */
  request (method: Method, path: string, parts?: RequestParts): Promise<unknown>
}

/** What the completion needs beyond the public methods: deadlines of its own, and writes that are sent exactly once. */
export interface ClientInternals {
  lookUp (impUid: string, deadline: Deadline): Promise<Found>
  /** The payment of an order, a paid one first; its `imp_uid` can stand in a path. @throws IAMPORT_PAYMENT_NOT_FOUND */
  findOrderPayment (merchantUid: string, deadline: Deadline): Promise<Payment>
  cancelOnce (cancellation: CancelPayment, deadline: Deadline): Promise<Payment>
  revokeOnce (impUid: string, deadline: Deadline): Promise<Payment>
  /** Rejects at once when the signal is aborted, and requests no further page. */
  list (options: ListPayments, signal?: AbortSignal): AsyncIterableIterator<ListedPayment>
}
