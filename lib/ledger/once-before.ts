import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { BusyError, codeOf } from '../errors.js'
import { ledgerUnavailable } from './database-error.js'
import type { AfterFailure, Ledger, Recorded } from './ledger.js'

/** `assertRunning` throws once the ledger has given up this run, which took too long: another may have decided. */
type BoundedWork<Tx, T> = (tx: Tx, afterFailure: AfterFailure, assertRunning: () => void) => Promise<T>

/**
 * Milliseconds within which a free key is claimed. A ledger may not say whether it has waited for a run that failed:
 * one that took longer may have. (A hook that cancels the payment before it throws takes longer than that.)
 */
const CLAIM_MS = 20

/**
 * `ledger.once`, with a bound on waiting for `work` to begin. Work that has begun is never cut off.
 *
 * @throws IAMPORT_BUSY it has not begun at the deadline, and will not
 * @throws IAMPORT_UNAVAILABLE the ledger failed, by an error that is neither the work's nor one of ours; or it resolved
 * to something else
 */
export async function onceBefore<Tx, T> (
  ledger: Ledger<Tx>, key: string, deadline: Deadline, work: BoundedWork<Tx, T>
): Promise<Recorded<T>> {
  const calledAt = monotonic()
  const wait = { begun: false, givenUp: false, over: false }
  let timer: NodeJS.Timeout | undefined
  let ofWork: { error: unknown } | undefined

  function assertRunning () {
    if (wait.over) throw new BusyError()
  }

  function begin (tx: Tx, afterFailure: AfterFailure = monotonic() - calledAt > CLAIM_MS): Promise<T> {
    if (wait.givenUp || wait.over) return Promise.reject(new BusyError())
    wait.begun = true
    clearTimeout(timer)
    return work(tx, afterFailure, assertRunning).catch((error: unknown) => {
      ofWork = { error }
      throw error
    })
  }
  try {
    const recorded = ledger.once(key, begin)
    const ran = await (wait.begun
      ? recorded
      : new Promise<Recorded<T>>((resolve, reject) => {
        timer = setTimeout(() => {
          wait.givenUp = true
          reject(new BusyError())
        }, Math.max(0, deadline - monotonic()))
        recorded.then(resolve, reject)
      }))
    // A ledger without types may resolve to the value alone: a refund would be taken for a delivery.
    if (typeof ran?.replayed !== 'boolean') throw new TypeError('once must resolve to { value, replayed }')
    return ran
  } catch (error) {
    if (ofWork) throw ofWork.error
    throw codeOf(error) === undefined ? ledgerUnavailable(error) : error
  } finally {
    wait.over = true
    clearTimeout(timer)
  }
}
