import { within, type Deadline } from '../concurrency/deadline.js'
import { BusyError } from '../errors.js'
import type { Recorded } from './ledger.js'
import { readResult } from './result.js'

/** What a run came to. `text`: what is recorded, as JSON, or `null`. */
export interface Ran<T> extends Recorded<T> { text: string | null }

/**
 * Callers with the same key stand in a line, in this process: they take no connection, and are given what the first one recorded.
 * Where it recorded nothing, the next one runs its own.
 */
export function createLine () {
  const heads = new Map<string, Promise<{ text: string | null } | undefined>>()

  /**
   * @param run is told whether another run was under way when this call came, and did not succeed
   * @throws IAMPORT_BUSY at the deadline, while it still stands in the line; `run` is then never called
   */
  return async function inLine<T> (
    key: string, deadline: Deadline, run: (afterFailure: boolean) => Promise<Ran<T>>
  ): Promise<Recorded<T>> {
    let afterFailure = false
    for (let head; (head = heads.get(key)) !== undefined;) {
      const recorded = await within(head, deadline, () => new BusyError())
      if (recorded) return { value: readResult(recorded.text), replayed: true }
      afterFailure = true
    }
    const running = run(afterFailure)
    heads.set(key, running.then(({ text }) => ({ text }), () => undefined).finally(() => heads.delete(key)))
    const { value, replayed } = await running
    return { value, replayed }
  }
}
