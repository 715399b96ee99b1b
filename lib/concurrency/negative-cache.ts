import { monotonic } from './deadline.js'
import { PaymentNotFoundError, type ProviderName } from '../errors.js'

/** Lookups of one id that found nothing, within `WINDOW_MS`, after which the id is cached as not found. */
const MAX_MISSES = 5
/** Milliseconds. */
const WINDOW_MS = 10_000
/** Milliseconds for which it stays cached. Short: a redelivered webhook or a reconciliation finds a newer payment. */
const CACHED_FOR_MS = 2000
/** Ids remembered, at most. */
const MAX_IDS = 10_000

/**
 * Remembers for a moment which ids, or order numbers, the provider does not know, so that made-up ids do not cause a
 * request each.
 *
 * @param provider named in the error
 * @param clock in milliseconds; it must never go back
 */
export function createNegativeCache (provider: ProviderName = 'Iamport', clock: () => number = monotonic) {
  const ids = new Map<string, { misses: number, since: number, cachedUntil: number }>()

  /** Whether this id was recently not found several times. */
  function has (id: string): boolean {
    const entry = ids.get(id)
    return entry !== undefined && clock() < entry.cachedUntil
  }

  function add (id: string): void {
    const now = clock()
    const entry = ids.get(id)
    if (entry === undefined || now - entry.since > WINDOW_MS) {
      if (ids.size >= MAX_IDS) ids.clear()
      ids.set(id, { misses: 1, since: now, cachedUntil: 0 })
    } else if (++entry.misses >= MAX_MISSES) {
      entry.cachedUntil = now + CACHED_FOR_MS
    }
  }

  return {
    has,
    add,
    /**
     * Looks an id up unless it is cached as not found. An id that is found starts again without misses.
     * @throws IAMPORT_PAYMENT_NOT_FOUND, and what `find` throws
     */
    async lookUp<Found> (id: string, find: () => Promise<Found>): Promise<Found> {
      if (has(id)) throw new PaymentNotFoundError({ provider })
      try {
        const found = await find()
        ids.delete(id)
        return found
      } catch (error) {
        if (error instanceof PaymentNotFoundError) add(id)
        throw error
      }
    },
  }
}
