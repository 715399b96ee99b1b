import { monotonic, type Deadline } from '../../concurrency/deadline.js'
import { codeOf, HookFailedError, UnavailableError } from '../../errors.js'
import { ledgerUnavailable } from '../database-error.js'
import type { Work } from '../ledger.js'
import { readResult, writeResult } from '../result.js'
import type { Ran } from '../once.js'
import { LedgerConflict, type Dialect } from './dialect.js'
import { createWatch } from './watch.js'

/**
 * Begins a transaction, awaits `run` with it, commits; rolls back and rejects if `run` rejects.
 *
 * `onLate` takes a function that ends the transaction's connection at once, and its locks with it. The ledger calls it
 * when the hook took longer than `workMs`, or the database did not answer. Without it the locks stay until the database
 * ends the connection, or the hook ends.
 */
export type Transaction<Tx> =
  (run: (tx: Tx) => Promise<void>, onLate: (end: (error: Error) => void) => void) => Promise<unknown>

export interface Circumstances {
  deadline: Deadline
  waitMs: number
  workMs: number
  /** Whether another run, in this process or before a conflict, has failed since the caller came. */
  afterFailure: boolean
}

/** Milliseconds by which the database may exceed a limit that it enforces itself; then it counts as unreachable. */
const GRACE_MS = 2000

/** For errors of the database and its driver, never for the hook's. */
function unavailable (cause: unknown): never {
  throw codeOf(cause) !== undefined || cause instanceof LedgerConflict ? cause : ledgerUnavailable(cause)
}

/**
 * One transaction: claim the key, work, record, commit.
 *
 * @throws LedgerConflict nothing has begun, and it may be tried again
 * @throws IAMPORT_BUSY, IAMPORT_UNAVAILABLE, IAMPORT_HOOK_FAILED; or what `work` threw, as it is
 */
export async function onceInTransaction<Tx, T> (
  transaction: Transaction<Tx>, dialect: Dialect<Tx>, key: string, work: Work<Tx, T>,
  { deadline, waitMs, workMs, afterFailure }: Circumstances
): Promise<Ran<T>> {
  const watch = createWatch()
  const leftMs = () => Math.max(1, Math.ceil(deadline - monotonic()))
  let ran: Ran<T> | undefined
  let thrown: { error: unknown } | undefined

  async function inside (tx: Tx): Promise<Ran<T>> {
    watch.limit(leftMs() + GRACE_MS, () => new UnavailableError('the ledger did not answer'))
    const claim = await dialect.claim(tx, key, leftMs(), workMs).catch(unavailable)
    if (claim.recorded) return { value: readResult(claim.text), text: claim.text, replayed: true }
    const tooLong = () => new HookFailedError({ cause: new Error(`the hook did not end within ${workMs} ms`) })
    watch.limit(workMs, tooLong)
    const value = await work(tx, afterFailure || claim.hasWaited)
    watch.limit(waitMs + GRACE_MS, () => new UnavailableError('the ledger did not answer, and may have recorded'))
    const text = writeResult(value)
    await dialect.record(tx, key, text).catch(unavailable)
    return { value, text, replayed: false }
  }

  try {
    watch.limit(leftMs(), () => new UnavailableError('the ledger got no connection in time'))
    await watch.bound(transaction(async (tx) => {
      thrown = undefined // a driver may repeat the transaction
      try {
        ran = await inside(tx)
      } catch (error) {
        thrown = { error } // a driver may wrap what it rejects with
        throw error
      } finally {
        // If this fails, the connection cannot commit either.
        await dialect.restore?.(tx, thrown !== undefined).catch(() => {})
      }
      watch.assertInTime() // after its time, the caller already has an error
    }, watch.onLate))
    return ran ?? unavailable(new TypeError('transaction must run what it is given'))
  } catch (error) {
    if (thrown) throw thrown.error
    return unavailable(error)
  } finally {
    watch.stop()
  }
}
