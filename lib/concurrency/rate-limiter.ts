import { setTimeout as sleep } from 'node:timers/promises'
import { monotonic } from './deadline.js'

/** Lets at most `perSec` callers through each second, evenly spaced; an idle period earns no burst. */
export function createRateLimiter (perSec: number): () => Promise<void> {
  const gapMs = 1000 / perSec
  let next = 0

  return async function waitForSlot () {
    const now = monotonic()
    const slot = Math.max(now, next)
    next = slot + gapMs
    if (slot - now >= 1) await sleep(slot - now)
  }
}
