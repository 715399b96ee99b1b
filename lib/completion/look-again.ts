import { pause, type Deadline } from '../concurrency/deadline.js'

/** Milliseconds between looks at a payment that the provider is still working on: about 1.5 s in all, as long as a buyer waits. */
const DELAYS_MS = [250, 500, 750]

/** Looks again a few times, for as long as what was seen is still pending and the deadline allows. Gives what was seen last. */
export async function lookAgainWhile<Seen> (
  first: Seen, isPending: (seen: Seen) => boolean, look: () => Promise<Seen>, deadline: Deadline
): Promise<Seen> {
  let seen = first
  for (const delay of DELAYS_MS) {
    if (!isPending(seen) || !await pause(delay, deadline)) break
    seen = await look()
  }
  return seen
}
