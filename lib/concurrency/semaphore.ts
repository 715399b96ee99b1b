import type { Deadline } from './deadline.js'
import { waitIn, type WaitQueue } from './wait-queue.js'

/** A counting semaphore: a limited number of permits, given out in the order of the calls. */
export interface Semaphore {
  /**
   * Resolves to a function that releases the permit; calling it again does nothing.
   *
   * @throws what `late` returns, if no permit was free before the deadline
   */
  acquire (deadline: Deadline, late: () => Error): Promise<() => void>
}

export function createSemaphore (permits: number): Semaphore {
  let free = permits
  const queue: WaitQueue = []

  return {
    async acquire (deadline, late) {
      if (free > 0) free--
      else await waitIn(queue, deadline, late)
      let isHeld = true
      return () => {
        if (!isHeld) return
        isHeld = false
        const next = queue.shift()
        if (next === undefined) free++
        else next()
      }
    },
  }
}
