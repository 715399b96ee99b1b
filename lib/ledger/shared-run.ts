import type { Deadline } from '../concurrency/deadline.js'
import { createSingleFlight } from '../concurrency/single-flight.js'
import type { Recorded } from './ledger.js'
import { readResult } from './result.js'

/** What a run came to. `text`: what is recorded, as JSON, or `null`. */
export interface Ran<T> extends Recorded<T> { text: string | null }

/** Callers of one key in this process share the run in progress, and need no connection for that. */
export function createSharedRuns () {
  const singleFlight = createSingleFlight<string, { text: string | null }>()

  /**
   * @param run its parameter: whether a run that this caller waited for has failed
   * @throws IAMPORT_BUSY at the deadline, while it waits for another caller's run
   */
  return async function runShared<T> (
    key: string, deadline: Deadline, run: (afterFailure: boolean) => Promise<Ran<T>>
  ): Promise<Recorded<T>> {
    const { isShared, value: ran } = await singleFlight(key, deadline, run)
    if (isShared) return { value: readResult(ran.text), replayed: true }
    return { value: ran.value, replayed: ran.replayed }
  }
}
