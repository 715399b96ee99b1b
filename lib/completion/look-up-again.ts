import { pause, type Deadline } from '../concurrency/deadline.js'

/** Milliseconds between lookups of a payment whose approval is pending: 1.5 s in all, which a buyer will wait. */
const DELAYS_MS = [250, 500, 750]

/**
 * Looks up again a few times, while the result is still pending and the deadline allows.
 * @returns the last result
 */
export async function lookUpAgainWhile<Result> (
  first: Result, isPending: (result: Result) => boolean, lookUp: () => Promise<Result>, deadline: Deadline
): Promise<Result> {
  let result = first
  for (const delay of DELAYS_MS) {
    if (!isPending(result) || !await pause(delay, deadline)) break
    result = await lookUp()
  }
  return result
}
