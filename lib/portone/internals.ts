import type { Deadline } from '../concurrency/deadline.js'
import type { LookedUpPayment } from '../completion/looked-up-payment.js'
import type { PortoneListPayments } from './api.js'
import type { PortonePayment } from './payment.js'

/** An entry of a list. `payment` is `undefined` if the entry is no valid payment of the store. */
export interface ListedPayment { id: string, impUid: string, payment: LookedUpPayment<PortonePayment> | undefined }

/** Manual approval: what an attempt is approved with. The endpoint calls it `confirm`. */
export interface ApprovalRequest {
  paymentId: string
  paymentToken: string
  txId?: string
  /** What the order costs, in the currency's minor unit. */
  totalAmount: number
  currency: string
  /** False: a test channel is refused. */
  isTest?: false
}

/** What the completion needs beyond the public methods. */
export interface ClientInternals {
  /** @throws IAMPORT_PAYMENT_NOT_FOUND; FST_ERR_VALIDATION the id is malformed */
  lookUp (paymentId: string, deadline?: Deadline): Promise<LookedUpPayment<PortonePayment>>
  /** Rejects at once when the signal is aborted, and requests no further page. */
  list (options: PortoneListPayments, signal: AbortSignal): AsyncIterableIterator<ListedPayment>
  /** Approves an attempt: sent once, with a new `Idempotency-Key`. */
  approve (request: ApprovalRequest): Promise<unknown>
}
