import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds on a clock that never goes back (`performance.now()`), at which waiting ends. */
export type Deadline = number

/** Milliseconds on a clock that never goes back, whatever happens to the time of day. */
export const monotonic = (): number => performance.now()

/** Settles as `promise` does, or rejects with `late()` at the deadline. The work behind `promise` goes on. */
export function within<T> (promise: Promise<T>, deadline: Deadline, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), Math.max(0, deadline - monotonic()))
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Waits, unless that would pass the deadline; says whether it did. */
export async function pause (ms: number, deadline: Deadline): Promise<boolean> {
  if (monotonic() + ms >= deadline) return false
  await sleep(ms)
  return true
}
