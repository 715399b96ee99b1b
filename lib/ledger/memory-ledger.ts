import { createTurns } from '../turns.js'
import type { Ledger } from './ledger.js'
import { readResult, writeResult } from './result.js'

export interface MemoryLedgerOptions {
  /** Events remembered, at most: the latest half of them for certain. The hook of a forgotten one would run again. @default 50_000 */
  maxKeys?: number
  /** Characters of recorded results, all together, at most; the latest half of them for certain. @default 8_388_608 (16 MiB of memory) */
  maxChars?: number
}

/**
 * Remembers in the memory of this process, within bounds. A restart forgets all of it, and other processes do not see it:
 * enough for one server whose hooks may run again after a crash. 50,000 events without results take about 6 MB.
 */
export function memoryLedger ({ maxKeys = 50_000, maxChars = 2 ** 23 }: MemoryLedgerOptions = {}): Ledger<undefined> {
  const recorded = createGenerations(maxKeys / 2, maxChars / 2)
  const inTurn = createTurns()

  return {
    once: (key, work) => inTurn(key, async () => {
      const text = recorded.get(key)
      if (text !== undefined) return { value: readResult(text), replayed: true }
      const value = await work(undefined)
      recorded.set(key, writeResult(value))
      return { value, replayed: false }
    }),
  }
}

/**
 * Text by key, forgotten a generation at a time. (Deleting the oldest entry of one Map for every new one costs a walk over all
 * that were deleted before.)
 */
function createGenerations (maxKeys: number, maxChars: number) {
  let young = new Map<string, string | null>()
  let old = new Map<string, string | null>()
  let chars = 0

  return {
    /** `undefined` for a key that is not known. */
    get (key: string): string | null | undefined {
      const text = young.get(key)
      return text === undefined ? old.get(key) : text
    },
    set (key: string, text: string | null) {
      const size = text?.length ?? 0
      if (young.size >= maxKeys || (chars + size > maxChars && young.size > 0)) {
        old = young
        young = new Map()
        chars = 0
      }
      young.set(key, text)
      chars += size
    },
  }
}
