import { monotonic, type Deadline } from '../../concurrency/deadline.js'
import { codeOf, HookFailedError, UnavailableError } from '../../errors.js'
import type { Work } from '../ledger.js'
import type { Ran } from '../single-flight.js'
import { readResult, writeResult } from '../result.js'
import { Conflict, type Dialect } from './dialect.js'
import { createWatch } from './watch.js'

/**
 * Begins a transaction, awaits `run` with it, commits; rolls back and rejects where `run` rejects.
 *
 * `onLate` takes what ends the transaction's connection at once, and with it the locks: it is called when the hook took longer than
 * `workMs`, or the database did not answer. Without it the locks stay until the database ends the connection, or the hook does.
 */
export type Transaction<Tx> = (run: (tx: Tx) => Promise<void>, onLate: (end: (error: Error) => void) => void) => Promise<unknown>

export interface Circumstances {
  deadline: Deadline
  waitMs: number
  workMs: number
  /** Whether another run, in this process or before a conflict, has come to nothing since the caller came. */
  afterFailure: boolean
}

/** Milliseconds that the database may be late with what it limits itself, before it counts as gone. */
const LATE_MS = 2000

const isMeant = (error: unknown) => codeOf(error) !== undefined || error instanceof Conflict

/** For errors of the database and its driver, never for the hook's. */
function unavailable (cause: unknown): never {
  throw isMeant(cause) ? cause : new UnavailableError('the ledger failed', { cause })
}

/**
 * One transaction: claim the key, work, record, commit.
 *
 * @throws Conflict nothing has begun, and it may be tried again
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
    watch.limit(leftMs() + LATE_MS, () => new UnavailableError('the ledger did not answer'))
    const claim = await dialect.claim(tx, key, leftMs(), workMs).catch(unavailable)
    if (claim.recorded) return { value: readResult(claim.text), text: claim.text, replayed: true }
    watch.limit(workMs, () => new HookFailedError({ cause: new Error(`the hook did not end within ${workMs} ms`) }))
    const value = await work(tx, afterFailure || claim.hasWaited)
    watch.limit(waitMs + LATE_MS, () => new UnavailableError('the ledger did not answer, and may have recorded'))
    const text = writeResult(value)
    await dialect.record(tx, key, text).catch(unavailable)
    return { value, text, replayed: false }
  }

  try {
    watch.limit(leftMs(), () => new UnavailableError('the ledger got no connection in time'))
    await watch.bound(transaction(async (tx) => {
      thrown = undefined // a driver may run it again
      try {
        ran = await inside(tx)
      } catch (error) {
        thrown = { error } // a driver may wrap what it rejects with
        throw error
      } finally {
        await dialect.restore?.(tx, thrown !== undefined).catch(() => {}) // a connection that cannot do this cannot commit either
      }
      watch.assertInTime() // the caller has been told that it failed
    }, watch.onLate))
    return ran ?? unavailable(new TypeError('transaction must run what it is given'))
  } catch (error) {
    if (thrown) throw thrown.error
    return unavailable(error)
  } finally {
    watch.stop()
  }
}
