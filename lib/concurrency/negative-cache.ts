import { monotonic } from './deadline.js'
import { PaymentNotFoundError } from '../errors.js'

/** Misses of one id, within this many milliseconds, after which it is not asked for at once again. */
const MISSES = 5
const WINDOW_MS = 10_000
/** Milliseconds for which it is then taken for unknown: a payment that comes into being meanwhile is told of again, or reconciled. */
const KNOWN_FOR_MS = 2000
/** Ids remembered, at most. */
const MAX_IDS = 10_000

/**
 * A negative cache of ids, or of order numbers: remembers for a moment which ones the provider does not know, so that
 * somebody who makes them up does not make us ask for each.
 */
export function createMissed (clock: () => number = monotonic) {
  const ids = new Map<string, { misses: number, since: number, until: number }>()

  /** Whether it was just asked for too often. */
  function has (id: string): boolean {
    const missed = ids.get(id)
    return missed !== undefined && clock() < missed.until
  }

  function add (id: string): void {
    const now = clock()
    const missed = ids.get(id)
    if (missed === undefined || now - missed.since > WINDOW_MS) {
      if (ids.size >= MAX_IDS) ids.clear()
      ids.set(id, { misses: 1, since: now, until: 0 })
    } else if (++missed.misses >= MISSES) {
      missed.until = now + KNOWN_FOR_MS
    }
  }

  return {
    has,
    add,
    /**
     * Asks for an id unless it was just missed too often, and notes what becomes of it: one that is found has no
     * misses.
     * @throws IAMPORT_PAYMENT_NOT_FOUND, and whatever `ask` does
     */
    async unlessMissed<Found> (id: string, ask: () => Promise<Found>): Promise<Found> {
      if (has(id)) throw new PaymentNotFoundError()
      try {
        const found = await ask()
        ids.delete(id)
        return found
      } catch (error) {
        if (error instanceof PaymentNotFoundError) add(id)
        throw error
      }
    },
  }
}
