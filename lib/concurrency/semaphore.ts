import type { Deadline } from './deadline.js'
import { waitIn, type WaitQueue } from './wait-queue.js'

/** A counting semaphore: a limited number of permits, given out in the order of the calls. */
export interface Semaphore {
  /**
   * Resolves to what gives the permit back, once: further calls of it do nothing.
   *
   * @throws what `late` gives, at the deadline, where no permit was free until then
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
