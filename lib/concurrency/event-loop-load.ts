import { performance } from 'node:perf_hooks'
import { monotonic } from './deadline.js'

/** Milliseconds that are judged together. */
const PERIOD_MS = 100
/** The share of a period in which the event loop did not wait. */
const BUSY_SHARE = 0.5

/**
 * Makes a function that tells whether the event loop was busy for more than half of the latest period; `false` until
 * the first is over. A period lasts at least a tenth of a second, and ends when the function is called.
 */
export function createIsBusy (): () => boolean {
  let begun = performance.eventLoopUtilization()
  let endsAt = monotonic() + PERIOD_MS
  let isBusy = false

  return () => {
    const now = monotonic()
    if (now >= endsAt) {
      const ended = performance.eventLoopUtilization()
      isBusy = performance.eventLoopUtilization(ended, begun).utilization > BUSY_SHARE
      begun = ended
      endsAt = now + PERIOD_MS
    }
    return isBusy
  }
}
