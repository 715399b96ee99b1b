import type { FastifyBaseLogger } from 'fastify'
import type { Complete } from './notification.js'
import { awaitsDeposit } from './decide.js'
import { codeOf, UnavailableError, ValidationError } from './errors.js'
import type { CompletionClient, Listed } from './iamport/api.js'
import { assertImpUid, assertPeriod } from './iamport/arguments.js'
import type { Payment } from './iamport/payment.js'
import { createPace } from './pace.js'

/** What a reconciliation has done so far. `seen` is the sum of `completed`, `replayed` and `failed`; errors stand beside it. */
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

export interface ReconcileOptions {
  /** Both ends inclusive, by the time of what happened last: issued, paid, cancelled. */
  from: Date
  /** @default now */
  to?: Date
  /** Called after every payment and not waited for; what it throws is logged. The `total` grows as lists are opened. */
  onProgress? (report: ReconcileReport & { total: number }): void | Promise<void>
}

/** What was lost is completed; running it again is safe, and takes up where it was stopped. */
export type Reconcile = (options: ReconcileOptions) => Promise<ReconcileReport>

export interface ReconcileSettings {
  client: Pick<CompletionClient, 'list'>
  complete: Complete
  isDone (payment: Payment, source: 'reconcile', log: FastifyBaseLogger): Promise<boolean>
  log: FastifyBaseLogger
  /** Aborted when the app closes. */
  signal: AbortSignal
}

/** Payments worked on at the same time: a few, so that buyers who come back meanwhile do not wait behind them. */
const CONCURRENCY = 8
/** Payments looked up a second, at most. The provider publishes no limit; this leaves it alone. */
const LOOKUPS_PER_SEC = 100

/** In the order of a payment's life, so that one that moves on while we walk is met in a later list. */
const LISTS = ['ready', 'paid', 'cancelled'] as const

/** Sweeps a time window for what never arrived. */
export function createReconcile ({ client, complete, isDone, log, signal }: ReconcileSettings): Reconcile {
  /**
   * @throws FST_ERR_VALIDATION `from` and `to` are not Dates in their order
   * @throws IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_BAD_GATEWAY, IAMPORT_UNAUTHORIZED a list could not be read, or the app closes
   */
  return async function reconcile ({ from, to = new Date(), onProgress }) {
    assertPeriod(from, to)
    if (onProgress !== undefined && typeof onProgress !== 'function') throw new ValidationError('onProgress must be a function')
    const report: ReconcileReport = { seen: 0, completed: 0, replayed: 0, failed: 0, errors: [] }
    const inPace = createPace(LOOKUPS_PER_SEC)
    const running = new Set<Promise<void>>()
    let total = 0

    async function work (listed: Listed) {
      try {
        report[await outcomeOf(listed)]++
        report.seen++
      } catch (error) {
        report.errors.push({ imp_uid: listed.impUid, error: error instanceof Error ? error : new Error(String(error)) })
      }
      tell({ ...report, total })
    }

    /** What the list does not show as a payment, its own lookup may. */
    async function outcomeOf ({ impUid, payment }: Listed): Promise<'completed' | 'replayed' | 'failed'> {
      if (payment && await isDone(payment, 'reconcile', log)) return 'replayed'
      assertImpUid(impUid)
      await inPace()
      assertOpen() // the app may have closed meanwhile, and the shop's database with it
      const { success, replayed } = await complete({ impUid, source: 'reconcile', log })
      return replayed ? 'replayed' : success ? 'completed' : 'failed'
    }

    /** Never rejects: an async `onProgress` must not end the process. */
    async function tell (progress: ReconcileReport & { total: number }) {
      try {
        await onProgress?.(progress)
      } catch (error) {
        log.error({ err: error }, 'onProgress failed')
      }
    }

    for (const status of LISTS) {
      if (signal.aborted) break
      for await (const listed of client.list({ status, from, to })) {
        if (signal.aborted) break
        if (!isConcerned(listed)) continue
        total++
        const task = work(listed).finally(() => running.delete(task))
        running.add(task)
        if (running.size >= CONCURRENCY) await Promise.race(running)
      }
    }
    await Promise.all(running)
    assertOpen()
    return report
  }

  function assertOpen () {
    if (signal.aborted) throw new UnavailableError('the app is closing; reconcile again for what is left')
  }
}

/** Not a window that the buyer has left, and not a billing key: neither concerns an order's money. */
function isConcerned ({ payment }: Listed): boolean {
  return payment === undefined || ((payment.status !== 'ready' || awaitsDeposit(payment)) && !(payment.customer_uid_usage === 'issue' && payment.amount === 0))
}

/** Milliseconds after its start in which an app reconciles at the latest: one that is deployed every day would never come to `everyMs` of a day. */
const FIRST_WITHIN_MS = 10_000
/** Undecided payments that one line of the log names, at most. */
const MAX_NAMED = 20

/** Reconciles by timer, never twice at once. @returns stops it */
export function reconcileEvery (reconcile: Reconcile, { everyMs, lookbackMs }: { everyMs: number, lookbackMs: number }, log: FastifyBaseLogger): () => void {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  function schedule (ms: number) {
    if (!isStopped) timer = setTimeout(run, ms).unref()
  }

  async function run () {
    try {
      const { errors, ...counts } = await reconcile({ from: new Date(Date.now() - lookbackMs) })
      const fields = { ...counts, errors: errors.length }
      const undecided = errors.slice(0, MAX_NAMED).map(({ imp_uid, error }) => ({ imp_uid, code: codeOf(error) }))
      if (errors.length > 0) log.warn({ ...fields, undecided }, 'reconciled, but for some payments')
      else log.info(fields, 'reconciled')
    } catch (error) {
      if (!isStopped) log.error({ err: error }, 'not reconciled')
    }
    schedule(everyMs)
  }

  schedule(Math.min(everyMs, FIRST_WITHIN_MS))
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
