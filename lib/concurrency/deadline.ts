import { setTimeout as sleep } from 'node:timers/promises'

/** The time at which waiting ends, in milliseconds on the clock of `monotonic()`. */
export type Deadline = number

/** Milliseconds: the longest delay of a timer in Node, which makes a longer one fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** Milliseconds on a clock that never goes back, even when the system time is changed. */
export const monotonic = (): number => performance.now()

/** Settles as `promise` does, or rejects with `late()` at the deadline. The work behind `promise` goes on. */
export function within<T> (promise: Promise<T>, deadline: Deadline, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), Math.min(Math.max(0, deadline - monotonic()), MAX_TIMER_MS))
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Waits for `ms`, unless the deadline comes first. @returns whether it waited */
export async function pause (ms: number, deadline: Deadline): Promise<boolean> {
  if (monotonic() + ms >= deadline) return false
  await sleep(ms)
  return true
}
