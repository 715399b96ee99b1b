import { MAX_TIMER_MS, monotonic, type Deadline } from '../../concurrency/deadline.js'

/** Limits the steps of a transaction, one after the other. */
interface Watch {
  /** Ends the step before and begins one that may take `ms`. @throws the error of an earlier step that took too long */
  limit (ms: number, late: () => Error): void
  /** Registers what ends the transaction's connection at once, and with it the locks, when a step takes too long. */
  onLate (end: (error: Error) => void): void
  /** Settles as `promise` does, or rejects as soon as a step takes too long. What is behind `promise` goes on. Once. */
  bound<T> (promise: Promise<T>): Promise<T>
  /** @throws the error of a step that took too long */
  assertInTime (): void
  stop (): void
}

/** Every payment comes by here: one timer for all steps, set again only where it would be too late. */
export function createWatch (): Watch {
  let timer: NodeJS.Timeout | undefined
  let timerAt: Deadline = Infinity
  let deadline: Deadline = Infinity
  let describe = () => new Error('late')
  let lateness: Error | undefined
  let fail = (_: Error) => {}
  let endConnection = (_: Error) => {}

  function set () {
    timerAt = deadline
    timer = setTimeout(check, Math.min(Math.max(1, deadline - monotonic()), MAX_TIMER_MS))
  }
  function check () {
    if (deadline > monotonic()) return set()
    lateness = describe()
    fail(lateness)
    endConnection(lateness)
  }
  function assertInTime () {
    if (lateness) throw lateness
  }
  return {
    limit (ms, late) {
      assertInTime()
      describe = late
      deadline = monotonic() + ms
      if (deadline >= timerAt) return
      clearTimeout(timer)
      set()
    },
    onLate (end) {
      if (lateness) end(lateness)
      else endConnection = end
    },
    bound: (promise) => new Promise((resolve, reject) => {
      fail = reject
      promise.then(resolve, reject)
    }),
    assertInTime,
    stop: () => clearTimeout(timer),
  }
}
