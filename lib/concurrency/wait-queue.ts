import { within, type Deadline } from './deadline.js'

/** Waiting callers, first come first served. Calling an entry lets that caller proceed. */
export type WaitQueue = (() => void)[]

/**
 * Resolves when the caller may proceed.
 *
 * @throws what `late` returns, at the deadline if there is one; the caller has then left the queue
 */
export async function waitIn (queue: WaitQueue, deadline: Deadline | undefined, late: () => Error): Promise<void> {
  let enter = () => {}
  const turn = new Promise<void>((resolve) => { enter = resolve })
  queue.push(enter)
  if (deadline === undefined) return turn
  try {
    await within(turn, deadline, late)
  } catch (error) {
    const place = queue.indexOf(enter)
    if (place === -1) return // let in just before the deadline
    queue.splice(place, 1)
    throw error
  }
}
