import type { Schedule } from './schedule.js'
import type { Entry } from './store.js'

/** Payments whose approval is pending. */
export interface Pending {
  has (entry: Entry): boolean
  /** @param ms until `approve` is called; `undefined`: only by hand */
  add (entry: Entry, ms: number | undefined, approve: () => void): void
  /** Takes it out. @returns whether it was pending */
  take (entry: Entry): boolean
  clear (): void
}

export function createPending (schedule: Schedule): Pending {
  const giveUps = new Map<Entry, () => void>()

  return {
    has: (entry) => giveUps.has(entry),
    add (entry, ms, approve) {
      giveUps.set(entry, ms === undefined ? () => {} : schedule.after(ms, approve))
    },
    take (entry) {
      giveUps.get(entry)?.()
      return giveUps.delete(entry)
    },
    clear () {
      for (const giveUp of giveUps.values()) giveUp()
      giveUps.clear()
    },
  }
}
