import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { createSingleFlight } from '../concurrency/single-flight.js'
import type { Ledger, Recorded, Work } from './ledger.js'
import { assertKey, readResult } from './result.js'

/** What a run came to. `text`: what is recorded, as JSON, or `null`. */
export interface Ran<T> extends Recorded<T> { text: string | null }

/** One run of a ledger. `afterFailure`: whether a run of this process that the caller waited for failed. */
type Run<Tx> = <T>(key: string, work: Work<Tx, T>, deadline: Deadline, afterFailure: boolean) => Promise<Ran<T>>

/**
 * Makes a ledger's `once` of its `run`: callers of one key in this process share the run in progress, and need no
 * connection for that.
 */
export function createOnce<Tx> (waitMs: number, run: Run<Tx>): Ledger<Tx>['once'] {
  const singleFlight = createSingleFlight({ asShared: ({ text }: { text: string | null }) => ({ recorded: text }) })

  return async function once (key, work) {
    assertKey(key)
    const deadline = monotonic() + waitMs
    const ran = await singleFlight(key, deadline, (afterFailure) => run(key, work, deadline, afterFailure))
    if ('recorded' in ran) return { value: readResult(ran.recorded), replayed: true }
    return { value: ran.value, replayed: ran.replayed }
  }
}
