import { pause, type Deadline } from '../concurrency/deadline.js'
import { TimeoutError, UnavailableError } from '../errors.js'

/** Milliseconds before the 2nd, 3rd and 4th try, each with a jitter of ±25 %, which never shortens a `Retry-After`. */
const RETRY_DELAYS_MS = [100, 300, 900] as const

/** Milliseconds before the next try. @param delay before jitter and `Retry-After`; by default that of the 2nd try */
export function retryDelay (error: unknown, delay: number = RETRY_DELAYS_MS[0]): number {
  const retryAfterMs = error instanceof UnavailableError ? (error.retryAfterSec ?? 0) * 1000 : 0
  return Math.max(retryAfterMs, delay * 0.75) + Math.random() * delay / 2
}

/** Retries `attempt` where that may help and the deadline allows it. Only for idempotent requests. */
export async function retrying<T> (deadline: Deadline, attempt: () => Promise<T>): Promise<T> {
  for (const delay of RETRY_DELAYS_MS) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof UnavailableError || error instanceof TimeoutError)) throw error
      if (!await pause(retryDelay(error, delay), deadline)) throw error
    }
  }
  return attempt()
}
