import type { Deadline } from './deadline.js'
import { BusyError } from '../errors.js'
import { waitIn, type WaitQueue } from './wait-queue.js'

/** Runs work for a key when nothing else runs for it in this process, in the order of the calls. Other keys do not wait. */
export interface Turns {
  /**
   * Starts `work` at once, before it returns, where nobody holds the key; tells it whether somebody did.
   *
   * @throws IAMPORT_BUSY at the deadline, while it still waits; `work` is then never started
   */
  <T> (key: string, work: (hasWaited: boolean) => Promise<T>, deadline?: Deadline): Promise<T>
}

export function createTurns (): Turns {
  /** By key that is held: how those who wait are let in, first come first. */
  const waiting = new Map<string, WaitQueue>()

  return async function inTurn (key, work, deadline) {
    const queue = waiting.get(key)
    if (queue === undefined) waiting.set(key, [])
    else await waitIn(queue, deadline, () => new BusyError())
    try {
      return await work(queue !== undefined)
    } finally {
      const next = waiting.get(key)?.shift()
      if (next === undefined) waiting.delete(key)
      else next()
    }
  }
}
