/**
 * What a reconciliation has done so far. `seen` is the sum of `completed`, `replayed` and `failed`; errors stand
 * beside it.
 */
export interface ReconcileReport {
  /** Payments decided. */
  seen: number
  /** A hook ran now, and the payment is a success. */
  completed: number
  /** Nothing was left to do. */
  replayed: number
  /** Decided without success: failed, or cancelled. */
  failed: number
  /** Could not be decided; the next reconciliation tries them again. */
  errors: { imp_uid: string, error: Error }[]
}

/** A report in the middle of a reconciliation. `total`: payments found so far; it grows as lists are opened. */
export type ReconcileProgress = ReconcileReport & { total: number }

export interface ReconcileOptions {
  /** Both ends inclusive, by the time of what happened last: issued, paid, cancelled. */
  from: Date
  /** @default now */
  to?: Date
  /**
   * Called after every payment and not waited for; what it throws is logged. At the end, `total` is the sum of `seen`
   * and the number of `errors`.
   */
  onProgress? (report: ReconcileProgress): void | Promise<void>
}

/**
 * Completes what was lost; running it again is safe, and takes up where it was stopped.
 *
 * A list that cannot be read to its end hides nothing of the others: the reconciliation goes on, and rejects when all
 * is done.
 *
 * @throws FST_ERR_VALIDATION `from` and `to` are not Dates in their order
 * @throws IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_BAD_GATEWAY, IAMPORT_UNAUTHORIZED a list could not be read, or
 * the app closes: a {@link ReconcileError}, whose `report` says what was done all the same
 */
export type Reconcile = (options: ReconcileOptions) => Promise<ReconcileReport>

/** What an error of ours has for a reply. */
interface Reply { code?: string, statusCode?: number, headers?: Record<string, string> }

/**
 * A reconciliation that did not walk all of its period. `code`, `statusCode` and `headers` are those of its `cause`:
 * the error of the first list that could not be read, or IAMPORT_UNAVAILABLE because the app closes.
 */
export class ReconcileError extends Error {
  override readonly name = 'ReconcileError'
  readonly code: string | undefined
  readonly statusCode: number | undefined
  readonly headers: Record<string, string> | undefined

  constructor (readonly report: ReconcileReport, cause: Error & Reply) {
    super(cause.message, { cause })
    this.code = cause.code
    this.statusCode = cause.statusCode
    this.headers = cause.headers
  }
}
