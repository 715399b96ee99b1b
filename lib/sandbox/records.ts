import { oldestBeyond } from './bounded.js'
import type { Clock } from './clock.js'
import type { Entry } from './entry.js'
import type { HistoryDetails, HistoryEntry, Recorded } from './history.js'
import type { V2Entry } from './portone/entry.js'
import { shorten } from './shorten.js'

/** A payment of V1, or one attempt of V2's. */
export type AnyEntry = Entry | V2Entry

/** Lines of history a payment keeps. */
const MAX_HISTORY = 50
/** Characters of an answer: it may be a whole page. */
const MAX_ANSWER = 300

/** The payments of both generations, and their histories. The oldest are forgotten beyond `maxPayments`. */
export interface Records {
  /** What a new payment starts with. */
  begin (): Recorded
  /** @param forget called when it is the oldest and there are too many */
  add (entry: AnyEntry, forget: () => void): void
  /** Oldest first. */
  all (): Iterable<AnyEntry>
  size (): number
  /** Writes a line into the history and tells the listeners. */
  record (entry: AnyEntry, event: HistoryEntry['event'], text?: string, more?: HistoryDetails): void
  /** A lookup is counted, not written down: there may be thousands. */
  countLookup (entry: AnyEntry): void
  /** Called after every change of a payment, and every lookup. */
  onChange (listener: (entry: AnyEntry) => void): void
  /** Called after everything was forgotten. */
  onClear (listener: () => void): void
  clear (): void
}

export function createRecords (clock: Clock, maxPayments: number): Records {
  const bySerial = new Map<number, { entry: AnyEntry, forget: () => void }>()
  const listeners: ((entry: AnyEntry) => void)[] = []
  const clearListeners: (() => void)[] = []
  let serial = 0

  const tell = (entry: AnyEntry) => { for (const listener of listeners) listener(entry) }

  return {
    begin: () => ({ serial: ++serial, updatedAt: clock(), history: [], lookups: 0 }),
    add (entry, forget) {
      bySerial.set(entry.serial, { entry, forget })
      oldestBeyond(bySerial, maxPayments)?.forget()
    },
    * all () {
      for (const { entry } of bySerial.values()) yield entry
    },
    size: () => bySerial.size,
    record (entry, event, text = '', { answer, ...more } = {}) {
      entry.updatedAt = clock()
      if (entry.history.length === MAX_HISTORY) entry.history.shift()
      entry.history.push({
        at: entry.updatedAt,
        event,
        text,
        ...more,
        ...(answer && { answer: { ...answer, text: shorten(answer.text, MAX_ANSWER) } }),
      })
      tell(entry)
    },
    countLookup (entry) {
      entry.lookups++
      tell(entry)
    },
    onChange: (listener) => { listeners.push(listener) },
    onClear: (listener) => { clearListeners.push(listener) },
    clear () {
      bySerial.clear()
      for (const listener of clearListeners) listener()
    },
  }
}
