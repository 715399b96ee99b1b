import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { createIsBusy } from '../concurrency/event-loop-load.js'
import { createSemaphore } from '../concurrency/semaphore.js'
import type { Payment } from '../completion/payment.js'
import { TimeoutError, UnauthorizedError } from '../errors.js'
import { retrying } from '../http/retries.js'
import type { Found } from './batch.js'
import type { Connection } from './connection.js'
import { createTurnBatches, type BatchRequests, type Joined } from './turn-batches.js'

/**
 * Milliseconds without batches after one was of no use while a payment of it could be looked up alone: there is no such
 * endpoint (an emulator, a proxy), or it is too slow. A lookup then costs a request too many, or `timeoutMs`, at most
 * once a minute. 5xx, 429 and a lost connection do not count: batches are what an overloaded provider needs. Nor does a
 * timeout while this process is busy, which may be its own fault.
 */
const REST_MS = 60_000
/**
 * Lookups that are made alone at the same time because their batch has not shown them: half of our own connections.
 * Anyone can send made-up ids, and the payments that there are must not wait behind all of them.
 */
const MISSED_AT_ONCE = 32

/** One try of each request; and the token they go with. */
interface LookupRequests extends BatchRequests, Pick<Connection, 'currentToken' | 'authorized'> {
  alone (impUid: string, token: string, deadline: Deadline): Promise<Payment>
}

/**
 * Lookups that begin in one turn of the event loop go together, in one request; one that is alone in its turn goes
 * alone.
 *
 * What a batch does not show beyond doubt is looked up alone, in the same try. A batch that fails is the first try of
 * each of its lookups; their other tries are made alone, each within its own deadline. But after a 429 they go together
 * once more: a provider that limits requests would refuse most of a hundred that come alone.
 *
 * @param clock in milliseconds; it must never go back
 * @param isBusy whether the process has no time to spare
 */
export function createBatchedLookup (
  { alone, currentToken, authorized, ...requests }: LookupRequests, clock: () => number = monotonic,
  isBusy: () => boolean = createIsBusy()
) {
  const join = createTurnBatches(requests, isBusy)
  const missed = createSemaphore(MISSED_AT_ONCE)
  let restsUntil = -Infinity

  /** The tries of a lookup whose first one, if there was one, has not shown its payment. */
  function createTries (impUid: string, deadline: Deadline, first?: Joined): (token: string) => Promise<Found> {
    /** How the next try is made; `missed`: alone as well, but in the queue of those that a batch has not shown. */
    let next: 'together' | 'alone' | 'missed' = 'together'
    /** Whether the token of a batch was refused. */
    let isRefused = false
    /** Whether it has gone together again after a 429. */
    let isRepeated = false
    /** Whether it was in a batch that was of no use. */
    let isInVain = false

    async function joined (token: string): Promise<Found | undefined> {
      next = 'alone'
      const joining = () => new Promise<Joined>((resolve) => join({ impUid, deadline, resolve }, token))
      const { found, isEmpty, error, again } = first ?? await joining()
      first = undefined
      if (error === undefined) {
        if (isEmpty !== undefined) next = 'missed'
        isInVain = isEmpty === true
        return found
      }
      if (again && !isRepeated && again.at < deadline) {
        isRepeated = true
        await again.wait()
        return joined(token)
      }
      const isUnauthorized = error instanceof UnauthorizedError
      isInVain = (error instanceof TimeoutError && !isBusy()) || (isUnauthorized && isRefused)
      // The batch is repeated with the next token. If that is refused as well, it may be for the batch only.
      if (isUnauthorized && isRefused) return undefined
      if (isUnauthorized) {
        isRefused = true
        next = 'together'
      }
      throw error
    }

    async function attempt (token: string): Promise<Found> {
      const mayJoin = next === 'together' && (first !== undefined || clock() >= restsUntil)
      const shown = mayJoin ? await joined(token) : undefined
      if (shown) return shown
      const payment = await (next === 'missed' ? aloneInTurn(token) : alone(impUid, token, deadline))
      if (isInVain) restsUntil = clock() + REST_MS
      return { payment, answeredAt: monotonic() }
    }

    async function aloneInTurn (token: string): Promise<Payment> {
      const release = await missed.acquire(deadline, () => new TimeoutError())
      return alone(impUid, token, deadline).finally(release)
    }

    return (token) => retrying(deadline, () => attempt(token))
  }

  return function lookUp (impUid: string, deadline: Deadline): Promise<Found> {
    const token = currentToken()
    const lookUpAfter = (first?: Joined) => authorized(deadline, createTries(impUid, deadline, first), { token })
    if (token === undefined || clock() < restsUntil) return lookUpAfter()
    // Nearly every lookup ends with its first try: without the promises of all that may come after it.
    return new Promise((resolve) =>
      join({ impUid, deadline, resolve: (first) => resolve(first.found ?? lookUpAfter(first)) }, token))
  }
}
