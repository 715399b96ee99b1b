import { createTurns } from '../turns.js'
import type { Ledger } from './ledger.js'

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
      if (recorded.has(key)) {
        const text = recorded.get(key)
        return { value: text === undefined ? undefined : JSON.parse(text), replayed: true }
      }
      const value = await work(undefined)
      recorded.set(key, value === undefined ? undefined : JSON.stringify(value))
      return { value, replayed: false }
    }),
  }
}

/**
 * Text by key, forgotten a generation at a time. (Deleting the oldest entry of one Map for every new one costs a walk over all
 * that were deleted before.)
 */
function createGenerations (maxKeys: number, maxChars: number) {
  let young = new Map<string, string | undefined>()
  let old = new Map<string, string | undefined>()
  let chars = 0

  return {
    has: (key: string) => young.has(key) || old.has(key),
    get: (key: string) => young.get(key) ?? old.get(key),
    set (key: string, text: string | undefined) {
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
