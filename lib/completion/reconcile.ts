import type { FastifyBaseLogger } from 'fastify'
import { unlessAborted } from '../concurrency/abort.js'
import { monotonic, within } from '../concurrency/deadline.js'
import { asError, BusyError, UnavailableError, ValidationError } from '../errors.js'
import type { LookedUpPayment, PaymentState } from './looked-up-payment.js'
import { assertPeriod } from './period.js'
import { namesOf, type Listed, type PaymentList, type PaymentProvider } from './provider.js'
import type { Complete } from './notification.js'
import type { Completion } from './reply.js'
import { createRateLimiter } from '../concurrency/rate-limiter.js'
import { ReconcileError, type Reconcile, type ReconcileProgress, type ReconcileReport } from './reconcile-report.js'

export interface ReconcileSettings {
  provider: Pick<PaymentProvider, 'lists'>
  complete: Complete
  /** Whether nothing is left to do for a payment, by the ledger alone. */
  isHandled (looked: LookedUpPayment): Promise<boolean>
  log: FastifyBaseLogger
  /** Aborted when the app closes; the reconciliation then ends at once. */
  signal: AbortSignal
  /**
   * Milliseconds after which a payment that is still being processed counts as an error, and another one is started
   * instead.
   */
  completionLimitMs: number
}

/** Payments processed at the same time. Few, so that returning buyers do not have to wait behind them. */
const CONCURRENCY = 8
/** Lookups a second, at most. The provider publishes no limit; this is a modest rate. */
const LOOKUPS_PER_SEC = 100

const closing = () => new UnavailableError('the app is closing; reconcile again for the remaining payments')

/** Completes the payments of a period whose notifications never arrived. */
export function createReconcile (
  { provider, complete, isHandled, log, signal, completionLimitMs }: ReconcileSettings
): Reconcile {
  return async function reconcile ({ from, to = new Date(), onProgress }) {
    assertPeriod(from, to)
    if (onProgress !== undefined && typeof onProgress !== 'function') {
      throw new ValidationError('onProgress must be a function')
    }
    const report: ReconcileReport = { seen: 0, completed: 0, replayed: 0, failed: 0, errors: [] }
    const waitForSlot = createRateLimiter(LOOKUPS_PER_SEC)
    const inFlight = new Set<Promise<void>>()
    let total = 0
    let failure: Error | undefined

    /**
     * Never rejects. Ends within the limit, or at once when the app closes; what happens to the payment after that is
     * not in the report.
     */
    async function processListed (listed: Listed) {
      try {
        const outcome = unlessAborted(signal, closing, () => outcomeOf(listed))
        report[await within(outcome, monotonic() + completionLimitMs, tooSlow)]++
        report.seen++
      } catch (error) {
        // A new array, so that earlier progress reports keep theirs.
        report.errors = [...report.errors, { ...namesOf(listed), error: asError(error) }]
      }
      reportProgress({ ...report, total })
    }

    /** Busy, like any other notification that waits for this payment's hook. */
    const tooSlow = () => new BusyError({ cause: new Error(`not completed within ${completionLimitMs} ms`) })

    /** An entry that is not a valid payment in the list is looked up all the same. */
    async function outcomeOf (listed: Listed): Promise<'completed' | 'replayed' | 'failed'> {
      const { payment, ...names } = listed
      if (payment && await isHandled(payment)) return 'replayed'
      await waitForSlot()
      if (signal.aborted) throw closing() // the shop's database may be closing with the app
      const { completion } = await complete({ ...names, source: 'reconcile', log })
      const { success, replayed, cancel_amount: cancelled } = completion
      if (payment && isOutOfSight(payment, completion)) {
        throw new BusyError({ cause: new Error('the lookup does not show the payment of the list') })
      }
      // Delivered before, and yet something was left to do: `onCancel` has run since.
      const hasRunOnCancel = payment !== undefined && success && cancelled > 0
      return replayed && !hasRunOnCancel ? 'replayed' : success ? 'completed' : 'failed'
    }

    /** Never rejects: an async `onProgress` must not end the process. */
    async function reportProgress (progress: ReconcileProgress) {
      try {
        await onProgress?.(progress)
      } catch (error) {
        log.error({ err: error }, 'onProgress failed')
      }
    }

    async function reconcileList ({ payments }: PaymentList) {
      for await (const listed of payments) {
        if (signal.aborted) return
        if (!isConcerned(listed)) continue
        total++
        const task = processListed(listed).finally(() => inFlight.delete(task))
        inFlight.add(task)
        if (inFlight.size >= CONCURRENCY) await Promise.race(inFlight)
      }
    }

    for (const list of provider.lists({ from, to }, signal)) {
      if (signal.aborted) break
      try {
        await reconcileList(list)
      } catch (error) {
        if (signal.aborted) break
        log.warn({ status: list.status, err: error }, 'a list of payments could not be read to its end')
        failure ??= asError(error)
      }
    }
    await Promise.all(inFlight)
    if (signal.aborted) failure ??= closing()
    if (failure) throw new ReconcileError(report, failure)
    return report
  }
}

/** Abandoned checkouts and billing keys: no money has moved. */
const NOT_CONCERNED: PaymentState[] = ['ready', 'approval_pending', 'key_issued']

function isConcerned ({ payment }: Listed): boolean {
  return payment === undefined || !NOT_CONCERNED.includes(payment.state)
}

/**
 * Whether nothing was decided about a listed payment: it was paid, and the lookup shows it unpaid, or it was paid or
 * issued, and the lookup shows another attempt, which is no success either.
 */
function isOutOfSight ({ state, payment }: LookedUpPayment, { success, reason, imp_uid }: Completion): boolean {
  if (success || (state !== 'paid' && state !== 'account_issued')) return false
  const isUnpaid = reason === 'not_paid' || reason === 'payment_failed'
  return imp_uid !== payment.imp_uid || (state === 'paid' && isUnpaid)
}
