/** Milliseconds from one answer to the next question. */
const EVERY_MS = 1000

export const pause = () => new Promise((resolve) => { setTimeout(resolve, EVERY_MS) })

/** Asks for the state of an order again and again, until `follow` has seen enough and returns true. */
export async function watch (orderOf, follow) {
  for (;;) {
    await pause()
    // No answer: the shop may be starting again.
    const state = await fetch(`/orders/${orderOf()}/state`)
      .then((response) => response.ok ? response.json() : undefined)
      .catch(() => undefined)
    if (state && follow(state)) return
  }
}
