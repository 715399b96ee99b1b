import type { RequestParts } from '../http/any-request.js'
import type { Method } from '../http/exchange.js'
import type { PortoneCancellation, PortoneWirePayment } from './wire-payment.js'

/** What every write takes. */
export interface Write {
  /**
   * 16 to 256 characters of ASCII. For three hours the provider repeats its first answer to a key, whatever it was, so
   * the key of a request whose answer was lost fetches that answer. Never use one for two different requests.
   * @default a new one
   */
  idempotencyKey?: string | undefined
}

/** Arguments of {@link PortoneClient.cancelPayment}; amounts in the currency's minor unit. */
export interface PortoneCancel extends Write {
  paymentId: string
  reason: string
  /** Left out: everything. */
  amount?: number | undefined
  /** Left out, an `amount` counts as wholly taxable. */
  taxFreeAmount?: number | undefined
  vatAmount?: number | undefined
  /** The balance that you expect; the provider refuses the request if it differs. */
  currentCancellableAmount?: number | undefined
  /** For a deposited virtual account, and a phone bill of an earlier month. */
  refundAccount?: {
    bank: string, number: string, holderName: string, holderPhoneNumber?: string | undefined
  } | undefined
  requester?: 'CUSTOMER' | 'ADMIN' | undefined
  skipWebhook?: boolean | undefined
  [more: string]: unknown
}

/** An amount to register. */
export interface PortonePreRegister extends Write {
  paymentId: string
  /** In the currency's minor unit. */
  totalAmount: number
  taxFreeAmount?: number | undefined
  currency?: string | undefined
}

/** The argument of {@link PortoneClient.payWithBillingKey}. */
export interface PortoneBillingKeyPayment extends Write {
  paymentId: string
  billingKey: string
  orderName: string
  /** In the currency's minor unit. */
  amount: { total: number, taxFree?: number | undefined, vat?: number | undefined }
  currency: string
  [more: string]: unknown
}

/** The statuses of payments, as payments have them. */
export type PortoneStatus =
  'READY' | 'PAY_PENDING' | 'VIRTUAL_ACCOUNT_ISSUED' | 'PAID' | 'PARTIAL_CANCELLED' | 'CANCELLED' | 'FAILED'

/** The argument of {@link PortoneClient.listPayments}. */
export interface PortoneListPayments {
  /** One status or several; `PAY_PENDING` is sent as `PENDING`, as the filter calls it. @default all */
  status?: PortoneStatus | readonly PortoneStatus[] | undefined
  /** Both ends inclusive. */
  from: Date
  /** @default now */
  to?: Date | undefined
  /** What `from` and `to` are about: the latest status, or the request. @default 'STATUS_CHANGED_AT' */
  timestampType?: 'STATUS_CHANGED_AT' | 'CREATED_AT' | undefined
  /** Payments per page, 1 to 60000; the provider names no largest. @default 100 */
  size?: number | undefined
}

/** The third argument of {@link PortoneClient.request}. */
export interface PortoneRequest extends RequestParts, Write {}

/**
 * PortOne's V2 REST API, typed: names, units and answers as on the wire, of the option `storeId`. Every method rejects
 * with IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_UNAUTHORIZED or IAMPORT_BAD_GATEWAY if there was no usable answer;
 * reads are tried up to four times, writes once. If the provider refused the request, the error's `cause` has its
 * `type`, its HTTP `status` and its words.
 */
export interface PortoneClient {
  /** @throws IAMPORT_PAYMENT_NOT_FOUND */
  getPayment (paymentId: string): Promise<PortoneWirePayment>
  /**
   * The payments of a period, oldest first; pages are fetched on demand. A payment whose status changes meanwhile comes
   * once more.
   * @throws IAMPORT_BAD_GATEWAY also at the end, after all other payments: one was too large to be read
   */
  listPayments (options: PortoneListPayments): AsyncIterableIterator<PortoneWirePayment>
  /**
   * Resolves also if nothing was cancelled: `cancellation.status` is `SUCCEEDED`, `REQUESTED` (it ends later) or
   * `FAILED`.
   * @throws IAMPORT_PAYMENT_NOT_FOUND; IAMPORT_BAD_GATEWAY with the refusal as `cause`
   */
  cancelPayment (cancellation: PortoneCancel): Promise<{ cancellation: PortoneCancellation }>
  /** Registers the amount of a payment; the checkout then refuses any other. */
  preRegister (payment: PortonePreRegister): Promise<object>
  /** Closes a virtual account before its deposit. @throws IAMPORT_PAYMENT_NOT_FOUND */
  closeVirtualAccount (paymentId: string, options?: Write): Promise<{ closedAt: string }>
  /** Charges a billing key. `paidAt` of a virtual account is when it was issued. */
  payWithBillingKey (payment: PortoneBillingKeyPayment): Promise<{ payment: { pgTxId: string, paidAt: string } }>
  /**
   * Any other endpoint. Resolves to the parsed answer, `undefined` for an empty one. Objects in `query` become JSON
   * text, as the filters of GET want it. No `storeId` is added.
   * @param path begins with one `/`; percent-encode what a caller may choose
   * @throws FST_ERR_VALIDATION the path has a host, `..` or a query
   */
  request (method: Method, path: string, parts?: PortoneRequest): Promise<unknown>
}
