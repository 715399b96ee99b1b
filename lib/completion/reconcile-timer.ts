import type { FastifyBaseLogger } from 'fastify'
import { codeOf } from '../errors.js'
import { ReconcileError, type Reconcile, type ReconcileReport } from './reconcile-report.js'

/**
 * Milliseconds after its start in which an app reconciles at the latest: one that is deployed every day would never
 * come to `everyMs` of a day.
 */
const FIRST_WITHIN_MS = 10_000
/** Undecided payments that one line of the log names, at most. */
const MAX_NAMED = 20

/** Reconciles by timer, never twice at once. @returns stops it */
export function reconcileEvery (
  reconcile: Reconcile, { everyMs, lookbackMs }: { everyMs: number, lookbackMs: number }, log: FastifyBaseLogger
): () => void {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  function schedule (ms: number) {
    if (!isStopped) timer = setTimeout(run, ms).unref()
  }

  async function run () {
    try {
      const report = await reconcile({ from: new Date(Date.now() - lookbackMs) })
      if (report.errors.length > 0) log.warn(fieldsOf(report), 'reconciled, but for some payments')
      else log.info(fieldsOf(report), 'reconciled')
    } catch (error) {
      const fields = error instanceof ReconcileError ? fieldsOf(error.report) : {}
      if (!isStopped) log.error({ ...fields, err: error }, 'not fully reconciled')
    }
    schedule(everyMs)
  }

  schedule(Math.min(everyMs, FIRST_WITHIN_MS))
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}

/** What the log says of a report: its counts, and some of the payments that are undecided. */
function fieldsOf ({ errors, ...counts }: ReconcileReport) {
  const undecided = errors.slice(0, MAX_NAMED).map(({ imp_uid, error }) => ({ imp_uid, code: codeOf(error) }))
  return { ...counts, errors: errors.length, ...(errors.length > 0 && { undecided }) }
}
