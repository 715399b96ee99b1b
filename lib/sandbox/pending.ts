import type { Schedule } from './schedule.js'

/** What is pending: approvals of payments, cancellations. */
interface Pending<One extends object> {
  has (one: One): boolean
  /** @param ms until `end` is called; `undefined`: only by hand */
  add (one: One, ms: number | undefined, end: () => void): void
  /** Takes it out. @returns whether it was pending */
  take (one: One): boolean
  clear (): void
}

export function createPending<One extends object> (schedule: Schedule): Pending<One> {
  const giveUps = new Map<One, () => void>()

  return {
    has: (one) => giveUps.has(one),
    add (one, ms, approve) {
      giveUps.set(one, ms === undefined ? () => {} : schedule.after(ms, approve))
    },
    take (one) {
      giveUps.get(one)?.()
      return giveUps.delete(one)
    },
    clear () {
      for (const giveUp of giveUps.values()) giveUp()
      giveUps.clear()
    },
  }
}
