import { createKeyedQueue } from '../concurrency/keyed-queue.js'
import { InvalidOptionsError } from '../errors.js'
import type { Ledger } from './ledger.js'
import { readResult, writeResult } from './result.js'
import { assertNoOthers } from './settings.js'

/** The argument of {@link memoryLedger}. */
export interface MemoryLedgerOptions {
  /**
   * Events remembered, at most; at least the latest half of them. The hook of a forgotten one would run again.
   * @default 50_000
   */
  maxKeys?: number | undefined
}

/** Characters of a result that is remembered for as long as its event: a decision to refund is one. */
const MAX_SHORT = 200

/**
 * Characters of all longer results together, 16 MiB of memory, at most; at least the latest half of them. An event
 * whose result is forgotten is still replayed, without it.
 */
const MAX_LONG = 2 ** 23

/** Stands for a result among the long ones. No JSON is the empty text. */
const LONG = ''

/**
 * Remembers in the memory of this process, within bounds. A restart forgets all of it, and other processes do not see
 * it: enough for one server whose hooks may run again after a crash. 50,000 events without results take about 6 MB.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function memoryLedger ({ maxKeys = 50_000, ...unknown }: MemoryLedgerOptions = {}): Required<Ledger> {
  assertNoOthers(unknown)
  if (!Number.isInteger(maxKeys) || maxKeys < 1) {
    throw new InvalidOptionsError('maxKeys: expected a whole number, at least 1')
  }
  /** What is recorded; `LONG` if that is among the long results, `undefined` if the event has not been handled. */
  const handled = createGenerations<string | null>(maxKeys / 2)
  const longResults = createGenerations<string>(MAX_LONG / 2)
  const inQueue = createKeyedQueue()

  function find<T> (key: string): { value: T } | undefined {
    const text = handled.get(key)
    return text === undefined ? undefined : { value: readResult(text === LONG ? longResults.get(key) ?? null : text) }
  }

  return {
    once: (key, work) => inQueue(key, async (hasWaited) => {
      const recorded = find<Awaited<ReturnType<typeof work>>>(key)
      if (recorded !== undefined) return { value: recorded.value, replayed: true }
      const value = await work(undefined, hasWaited) // the runs that it waited for have recorded nothing
      const text = writeResult(value)
      const isLong = text !== null && text.length > MAX_SHORT
      if (isLong) longResults.set(key, text, text.length)
      handled.set(key, isLong ? LONG : text, 1)
      return { value, replayed: false }
    }),
    find: async (key) => find(key),
  }
}

/**
 * Values by key, forgotten a generation at a time. (To delete the oldest entry of one Map for every new one costs a
 * walk over all entries deleted before.)
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
