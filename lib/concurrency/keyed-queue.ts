import type { Deadline } from './deadline.js'
import { BusyError } from '../errors.js'
import { createTransientMap } from './transient-map.js'
import { waitIn, type WaitQueue } from './wait-queue.js'

/** Runs work one at a time for each key, in the order of the calls. Different keys do not wait for each other. */
interface KeyedQueue {
  /**
   * Starts `work` synchronously if nothing else is running for the key. `hasWaited` says whether it had to wait.
   *
   * @throws IAMPORT_BUSY the deadline came first; `work` is then never started
   */
  <T> (key: string, work: (hasWaited: boolean) => Promise<T>, deadline?: Deadline): Promise<T>
}

export function createKeyedQueue (): KeyedQueue {
  /** The waiting callers of each key that is in use, first come first served. */
  const waiting = createTransientMap<string, WaitQueue>()

  function leave (key: string): void {
    const next = waiting.get(key)?.shift()
    if (next === undefined) waiting.delete(key)
    else next()
  }

  function run<T> (key: string, work: (hasWaited: boolean) => Promise<T>, hasWaited: boolean): Promise<T> {
    return work(hasWaited).then((result) => {
      leave(key)
      return result
    }, (error: unknown) => {
      leave(key)
      throw error
    })
  }

  return function inQueue (key, work, deadline) {
    const queue = waiting.get(key)
    if (queue !== undefined) return waitIn(queue, deadline, () => new BusyError()).then(() => run(key, work, true))
    waiting.set(key, [])
    return run(key, work, false)
  }
}
