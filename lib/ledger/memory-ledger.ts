import { createKeyedQueue } from '../concurrency/keyed-queue.js'
import type { Ledger } from './ledger.js'
import { readResult, writeResult } from './result.js'

export interface MemoryLedgerOptions {
  /** Events remembered, at most: the latest half of them for certain. The hook of a forgotten one would run again. @default 50_000 */
  maxKeys?: number
  /**
   * Characters of long recorded results (over 200), all together, at most; the latest half of them for certain. An event whose
   * result is forgotten is still replayed, without it. @default 8_388_608 (16 MiB of memory)
   */
  maxChars?: number
}

/** Characters of a result that is remembered for as long as its event: a decision to refund is one. */
const MAX_SHORT = 200
/** No JSON is the empty text. */
const LONG = ''

/**
 * Remembers in the memory of this process, within bounds. A restart forgets all of it, and other processes do not see it:
 * enough for one server whose hooks may run again after a crash. 50,000 events without results take about 6 MB.
 */
export function memoryLedger ({ maxKeys = 50_000, maxChars = 2 ** 23 }: MemoryLedgerOptions = {}): Ledger<undefined> {
  /** What is recorded; `LONG` where that is among the long results, `undefined` where the event has not been handled. */
  const handled = createGenerations<string | null>(maxKeys / 2)
  const longResults = createGenerations<string>(maxChars / 2)
  const inQueue = createKeyedQueue()

  return {
    once: (key, work) => inQueue(key, async (hasWaited) => {
      const recorded = handled.get(key)
      if (recorded !== undefined) return { value: readResult(recorded === LONG ? longResults.get(key) ?? null : recorded), replayed: true }
      const value = await work(undefined, hasWaited) // those before it have recorded nothing
      const text = writeResult(value)
      const isLong = text !== null && text.length > MAX_SHORT
      if (isLong) longResults.set(key, text, text.length)
      handled.set(key, isLong ? LONG : text, 1)
      return { value, replayed: false }
    }),
  }
}

/**
 * Values by key, forgotten a generation at a time. (Deleting the oldest entry of one Map for every new one costs a walk over all
 * that were deleted before.)
 */
function createGenerations<Value> (maxWeight: number) {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  let weight = 0

  return {
    get: (key: string): Value | undefined => young.has(key) ? young.get(key) : old.get(key),
    set (key: string, value: Value, added: number) {
      if (weight + added > maxWeight && young.size > 0) {
        old = young
        young = new Map()
        weight = 0
      }
      young.set(key, value)
      weight += added
    },
  }
}
