import type { FastifyBaseLogger } from 'fastify'
import { codeOf } from '../errors.js'
import { ReconcileError, type Reconcile, type ReconcileReport } from './reconcile-report.js'

/**
 * Milliseconds after the start before the first reconciliation, at most: an app that is deployed every day would never
 * reach an `everyMs` of a day.
 */
const FIRST_WITHIN_MS = 10_000
/**
 * Milliseconds before the start of a run that the next one covers again: the provider's lists may show a payment late,
 * and its clock differ from ours.
 */
const OVERLAP_MS = 60_000
/**
 * Milliseconds that runs reach back at most, for what earlier ones have left undecided: a week. What fails for longer
 * will not mend by itself, and is in the log.
 */
const MAX_ARREARS_MS = 7 * 24 * 3600_000
/** Undecided payments named in one log line, at most. */
const MAX_NAMED = 20

/**
 * Reconciles at intervals, one reconciliation at a time and without a gap between two: each reaches back `lookbackMs`,
 * or further, to the latest one that left nothing undecided.
 *
 * @returns a function that stops it
 */
export function reconcileEvery (
  reconcile: Reconcile, { everyMs, lookbackMs }: { everyMs: number, lookbackMs: number }, log: FastifyBaseLogger
): () => void {
  let timer: NodeJS.Timeout | undefined
  /** Everything before was reconciled, in UNIX milliseconds. */
  let doneUntil = Infinity
  let isStopped = false

  function schedule (ms: number) {
    if (!isStopped) timer = setTimeout(run, ms).unref()
  }

  async function run () {
    const begun = Date.now()
    const from = Math.min(begun - lookbackMs, doneUntil)
    doneUntil = Math.max(from, begun - MAX_ARREARS_MS)
    try {
      const report = await reconcile({ from: new Date(from) })
      if (report.errors.length > 0) {
        log.warn(fieldsOf(report), 'reconciled, except for some payments')
      } else {
        doneUntil = begun - OVERLAP_MS
        log.info(fieldsOf(report), 'reconciled')
      }
    } catch (error) {
      const fields = error instanceof ReconcileError ? fieldsOf(error.report) : {}
      if (!isStopped) log.error({ ...fields, err: error }, 'reconciliation incomplete')
    }
    schedule(everyMs)
  }

  schedule(Math.min(everyMs, FIRST_WITHIN_MS))
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}

/** A report as log fields: its counts, and some of the undecided payments. */
function fieldsOf ({ errors, ...counts }: ReconcileReport) {
  const undecided = errors.slice(0, MAX_NAMED).map(({ error, ...payment }) => ({ ...payment, code: codeOf(error) }))
  return { ...counts, errors: errors.length, ...(errors.length > 0 && { undecided }) }
}
