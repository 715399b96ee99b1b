import { within, type Deadline } from './deadline.js'

/** Those who wait, first come first served: calling the first one lets it in. */
export type WaitQueue = (() => void)[]

/**
 * Resolves when the caller is let in; `deadline` bounds that, where there is one.
 *
 * @throws what `late` gives, at the deadline: the caller has then left the queue
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
    if (place === -1) return // let in at the very moment
    queue.splice(place, 1)
    throw error
  }
}
