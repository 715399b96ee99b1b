import type { Ledger, Recorded } from './ledger.js'
export function memoryLedger (_: { maxKeys?: number } = {}): Ledger<undefined> {
  const kept = new Map<string, string | undefined>()
  const running = new Map<string, Promise<unknown>>()
  const once = async <T>(key: string, work: (tx: undefined) => Promise<T>): Promise<Recorded<T>> => {
    while (running.has(key)) await running.get(key)?.catch(() => {})
    if (kept.has(key)) { const text = kept.get(key); return { value: text === undefined ? undefined as T : JSON.parse(text), replayed: true } }
    const run = work(undefined)
    running.set(key, run)
    try { const value = await run; kept.set(key, JSON.stringify(value)); return { value, replayed: false } } finally { running.delete(key) }
  }
  return { once }
}
