import { within, type Deadline } from './deadline.js'
import { BusyError } from './errors.js'

/** Runs work for a key when nothing else runs for it in this process, in the order of the calls. Other keys do not wait. */
export interface Turns {
  /**
   * Starts `work` at once, before it returns, where nobody holds the key; tells it whether somebody did.
   *
   * @throws IAMPORT_BUSY at the deadline, while it still waits; `work` is then never started
   */
  <T> (key: string, work: (hasWaited: boolean) => Promise<T>, deadline?: Deadline): Promise<T>
}

export function createTurns (): Turns {
  /** By key that is held: how those who wait are let in, first come first. */
  const waiting = new Map<string, (() => void)[]>()

  async function wait (queue: (() => void)[], deadline: Deadline | undefined): Promise<void> {
    let enter = () => {}
    const turn = new Promise<void>((resolve) => { enter = resolve })
    queue.push(enter)
    if (deadline === undefined) return turn
    try {
      await within(turn, deadline, () => new BusyError())
    } catch (error) {
      const place = queue.indexOf(enter)
      if (place === -1) return // let in at the very moment
      queue.splice(place, 1)
      throw error
    }
  }

  return async function inTurn (key, work, deadline) {
    const queue = waiting.get(key)
    if (queue === undefined) waiting.set(key, [])
    else await wait(queue, deadline)
    try {
      return await work(queue !== undefined)
    } finally {
      const next = waiting.get(key)?.shift()
      if (next === undefined) waiting.delete(key)
      else next()
    }
  }
}
