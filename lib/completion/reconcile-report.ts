import { IncompleteError } from './incomplete-error.js'

/**
 * What a reconciliation has done so far. `seen` is the sum of `completed`, `replayed` and `failed`; errors are counted
 * separately.
 */
export interface ReconcileReport {
  /** Payments decided. */
  seen: number
  /** A hook ran during this reconciliation, and the payment is a success. */
  completed: number
  /** Nothing was left to do. */
  replayed: number
  /** Decided without success: failed, or cancelled. */
  failed: number
  /** No decision could be made; the next reconciliation tries them again. `merchant_uid` with PortOne V2 only. */
  errors: { imp_uid: string, merchant_uid?: string, error: Error }[]
}

/** A report during a reconciliation. `total`: payments found so far; it grows as the lists are read. */
export type ReconcileProgress = ReconcileReport & { total: number }

/** The argument of {@link Reconcile}. */
export interface ReconcileOptions {
  /** Both ends inclusive, by the time of the last event: issued, paid or cancelled. */
  from: Date
  /** @default now */
  to?: Date | undefined
  /**
   * Called after every payment, without waiting for it; what it throws is logged. At the end, `total` is the sum of
   * `seen` and the number of `errors`.
   */
  onProgress?: ((report: ReconcileProgress) => void | Promise<void>) | undefined
}

/**
 * Completes payments whose notifications were lost. Running it again is safe, and continues where it was stopped.
 *
 * If a list cannot be read to its end, the reconciliation goes on with the others, and rejects when they are done.
 *
 * @throws FST_ERR_VALIDATION `from` and `to` are not Dates in order
 * @throws IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_BAD_GATEWAY, IAMPORT_UNAUTHORIZED a list could not be read, or
 * the app closes: a {@link ReconcileError}, whose `report` says what was done nevertheless
 */
export type Reconcile = (options: ReconcileOptions) => Promise<ReconcileReport>

/**
 * A reconciliation that did not cover all of its period. `code`, `statusCode` and `headers` are those of its `cause`:
 * the error of the first list that could not be read, or IAMPORT_UNAVAILABLE because the app closes.
 */
export class ReconcileError extends IncompleteError {
  override readonly name = 'ReconcileError'

  constructor (readonly report: ReconcileReport, cause: Error) {
    super(cause.message, cause)
  }
}
