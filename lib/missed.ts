import { monotonic } from './deadline.js'

/** Misses of one id, within this many milliseconds, after which it is not asked for at once again. */
const MISSES = 5
const WINDOW_MS = 10_000
/** Milliseconds for which it is then taken for unknown: a payment that comes into being meanwhile is told of again, or reconciled. */
const KNOWN_FOR_MS = 2000
/** Ids remembered, at most. */
const MAX_IDS = 10_000

/** Remembers for a moment which ids the provider does not know, so that somebody who makes them up does not make us ask for each. */
export function createMissed (clock: () => number = monotonic) {
  const ids = new Map<string, { misses: number, since: number, until: number }>()

  return {
    /** Whether it was just asked for too often. */
    has (impUid: string): boolean {
      const missed = ids.get(impUid)
      return missed !== undefined && clock() < missed.until
    },
    add (impUid: string): void {
      const now = clock()
      const missed = ids.get(impUid)
      if (missed === undefined || now - missed.since > WINDOW_MS) {
        if (ids.size >= MAX_IDS) ids.clear()
        ids.set(impUid, { misses: 1, since: now, until: 0 })
      } else if (++missed.misses >= MISSES) {
        missed.until = now + KNOWN_FOR_MS
      }
    },
  }
}
