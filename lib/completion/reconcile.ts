import type { FastifyBaseLogger } from 'fastify'
import { unlessAborted } from '../concurrency/abort.js'
import { monotonic, within } from '../concurrency/deadline.js'
import { awaitsDeposit } from './rules.js'
import { BusyError, UnavailableError, ValidationError } from '../errors.js'
import type { Payment } from './payment.js'
import { assertPeriod } from './period.js'
import type { Listed, PaymentProvider } from './provider.js'
import type { Complete } from './notification.js'
import { createRateLimiter } from '../concurrency/rate-limiter.js'
import { ReconcileError, type Reconcile, type ReconcileProgress, type ReconcileReport } from './reconcile-report.js'

export interface ReconcileSettings {
  provider: Pick<PaymentProvider, 'list'>
  complete: Complete
  isDone (payment: Payment, source: 'reconcile', log: FastifyBaseLogger): Promise<boolean>
  log: FastifyBaseLogger
  /** Aborted when the app closes: the reconciliation then ends at once. */
  signal: AbortSignal
  /**
   * Milliseconds after which a payment that is still being worked on counts as an error, and its place goes to
   * another.
   */
  completionLimitMs: number
}

/** Payments worked on at the same time: a few, so that buyers who come back meanwhile do not wait behind them. */
const CONCURRENCY = 8
/** Payments looked up a second, at most. The provider publishes no limit; this leaves it alone. */
const LOOKUPS_PER_SEC = 100

/** In the order of a payment's life, so that one that moves on while we walk is met in a later list. */
const LISTS = ['ready', 'paid', 'cancelled'] as const

const closing = () => new UnavailableError('the app is closing; reconcile again for what is left')
const asError = (error: unknown) => error instanceof Error ? error : new Error(String(error))

/** Walks a time window for what never arrived. */
export function createReconcile (
  { provider, complete, isDone, log, signal, completionLimitMs }: ReconcileSettings
): Reconcile {
  return async function reconcile ({ from, to = new Date(), onProgress }) {
    assertPeriod(from, to)
    if (onProgress !== undefined && typeof onProgress !== 'function') throw new ValidationError('onProgress must be a function')
    const report: ReconcileReport = { seen: 0, completed: 0, replayed: 0, failed: 0, errors: [] }
    const waitForSlot = createRateLimiter(LOOKUPS_PER_SEC)
    const running = new Set<Promise<void>>()
    let total = 0
    let failure: Error | undefined

    /**
     * Never rejects, and ends within the limit, or at once when the app closes; only what is in the report by then
     * counts.
     */
    async function work (listed: Listed) {
      try {
        const outcome = unlessAborted(signal, closing, () => outcomeOf(listed))
        report[await within(outcome, monotonic() + completionLimitMs, stuck)]++
        report.seen++
      } catch (error) {
        // A new list, so that what was told of the progress stays as it was.
        report.errors = [...report.errors, { imp_uid: listed.impUid, error: asError(error) }]
      }
      tell({ ...report, total })
    }

    /** Its own hook is what keeps it busy: whoever comes next for this payment is told the same. */
    const stuck = () => new BusyError({ cause: new Error(`not completed within ${completionLimitMs} ms`) })

    /** What the list does not show as a payment, its own lookup may. */
    async function outcomeOf ({ impUid, payment }: Listed): Promise<'completed' | 'replayed' | 'failed'> {
      if (payment && await isDone(payment, 'reconcile', log)) return 'replayed'
      await waitForSlot()
      if (signal.aborted) throw closing() // and with the app, perhaps, the shop's database
      const { success, replayed } = await complete({ impUid, source: 'reconcile', log })
      return replayed ? 'replayed' : success ? 'completed' : 'failed'
    }

    /** Never rejects: an async `onProgress` must not end the process. */
    async function tell (progress: ReconcileProgress) {
      try {
        await onProgress?.(progress)
      } catch (error) {
        log.error({ err: error }, 'onProgress failed')
      }
    }

    async function walk (status: typeof LISTS[number]) {
      for await (const listed of provider.list({ status, from, to }, signal)) {
        if (signal.aborted) return
        if (!isConcerned(listed)) continue
        total++
        const task = work(listed).finally(() => running.delete(task))
        running.add(task)
        if (running.size >= CONCURRENCY) await Promise.race(running)
      }
    }

    for (const status of LISTS) {
      if (signal.aborted) break
      try {
        await walk(status)
      } catch (error) {
        if (signal.aborted) break
        log.warn({ status, err: error }, 'a list of payments could not be read to its end')
        failure ??= asError(error)
      }
    }
    await Promise.all(running)
    if (signal.aborted) failure ??= closing()
    if (failure) throw new ReconcileError(report, failure)
    return report
  }
}

/** Not a window that the buyer has left, and not a billing key: neither concerns an order's money. */
function isConcerned ({ payment }: Listed): boolean {
  return payment === undefined || ((payment.status !== 'ready' || awaitsDeposit(payment)) &&
    !(payment.customer_uid_usage === 'issue' && payment.amount === 0))
}
