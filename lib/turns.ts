import { within, type Deadline } from './deadline.js'
import { BusyError } from './errors.js'

/**
 * One after the other for the same key, in this process: what was seen first is worked off first, so that the handling of an
 * account's issue cannot end after that of its deposit. Other keys do not wait.
 */
export function createTurns () {
  const tails = new Map<string, Promise<void>>()

  /** @throws IAMPORT_BUSY at the deadline, while it still waits; `work` is then never started */
  return function inTurn<T> (key: string, deadline: Deadline, work: () => Promise<T>): Promise<T> {
    const before = tails.get(key)
    const turn = before === undefined ? work() : within(before, deadline, () => new BusyError()).then(work)
    const ended = turn.then(() => before, () => before)
    const tail: Promise<void> = ended.then(() => { if (tails.get(key) === tail) tails.delete(key) })
    tails.set(key, tail)
    return turn
  }
}
