import { setTimeout as sleep } from 'node:timers/promises'
import { monotonic } from './deadline.js'

/** Lets callers through one after the other, so many a second at most; without a burst after a pause. */
export function createPace (perSec: number): () => Promise<void> {
  const gapMs = 1000 / perSec
  let next = 0

  return async function inPace () {
    const now = monotonic()
    const turn = Math.max(now, next)
    next = turn + gapMs
    if (turn - now >= 1) await sleep(turn - now)
  }
}
