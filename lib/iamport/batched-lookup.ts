import { setTimeout as sleep } from 'node:timers/promises'
import { monotonic, within, type Deadline } from '../concurrency/deadline.js'
import { createIsBusy } from '../concurrency/event-loop-load.js'
import { createSemaphore } from '../concurrency/semaphore.js'
import { createTurnQueue } from '../concurrency/turn-queue.js'
import type { Payment } from '../completion/payment.js'
import {
  BadGatewayError, PaymentNotFoundError, TimeoutError, UnauthorizedError, UnavailableError,
} from '../errors.js'
import { retryDelay, retrying } from '../http/retries.js'
import type { Connection } from './connection.js'
import type { ListedPayment } from './schemas.js'
import { readBatch, toBatches, type Batch, type Found, type Shown } from './batch.js'

/**
 * Milliseconds without batches after one was of no use while a payment of it could be looked up alone: there is no such
 * endpoint (an emulator, a proxy), or it is too slow. A lookup then costs a request too many, or `timeoutMs`, at most
 * once a minute. 5xx, 429 and a lost connection do not count: batches are what an overloaded provider needs. Nor does a
 * timeout while this process is busy, which may be its own fault.
 */
const REST_MS = 60_000
/**
 * Answers that are handed out in one turn of the event loop: 2 to 3 ms of completions. Replies go out and requests come
 * in between, so that this process and the provider work at the same time; a hundred at once would keep both waiting
 * for each other. What came in during a turn goes together again.
 */
const ANSWERS_PER_TURN = 30
/**
 * Likewise, while the process has time to spare. Of answers that are handed out together, none is replied to before all
 * are decided; their buyers then send their next requests at the same moment, and wait for each other again.
 */
const ANSWERS_PER_IDLE_TURN = 2
/**
 * Lookups that are made alone at the same time because their batch has not shown them: half of our own connections.
 * Anyone can send made-up ids, and the payments that there are must not wait behind all of them.
 */
const MISSED_AT_ONCE = 32

/** One try of each request; and the token they go with. */
interface LookupRequests extends Pick<Connection, 'currentToken' | 'authorized'> {
  alone (impUid: string, token: string, deadline: Deadline): Promise<Payment>
  /** @param path with its query */
  together (path: string, token: string, deadline: Deadline): Promise<ListedPayment[]>
  /** What bounds each of them, in milliseconds. */
  timeoutMs: number
}

interface Again { at: number, wait (): Promise<void> }

interface Failed {
  error: unknown
  /** When its lookups are to go together once more. */
  again?: Again
}
/** What a batch came to. */
type Answered = { shown: Shown } | Failed
/**
 * The same for one of its lookups: without the other payments, which would stay in memory for as long as the promise
 * of any of them.
 */
interface Joined extends Partial<Failed> {
  found?: Found
  /** Whether the batch has shown no payment at all. */
  isEmpty?: boolean
}
const partOf = (shown: Shown, impUid: string): Joined => ({ found: shown.get(impUid), isEmpty: shown.size === 0 })
/** A lookup that was alone in its turn was in no batch. */
const ALONE: Joined = {}

interface Waiting {
  impUid: string
  deadline: Deadline
  resolve (joined: Joined): void
}

/** The lookups of one turn, and the token that they go with. */
interface Gathered { token: string, waiting: Waiting[] }

/** One wait for all lookups of a batch, so that they come in one turn again. */
function waitTogether (error: UnavailableError): Again {
  const ms = retryDelay(error)
  let waiting: Promise<void> | undefined
  return { at: monotonic() + ms, wait: () => (waiting ??= sleep(ms)) }
}

/**
 * Lookups that begin in one turn of the event loop go together, in one request; one that is alone in its turn goes
 * alone. None joins a request that was sent before: an answer is never older than its question.
 *
 * What a batch does not show beyond doubt is looked up alone, in the same try. A batch that fails is the first try of
 * each of its lookups; their other tries are made alone, each within its own deadline. But after a 429 they go together
 * once more: a provider that limits requests would refuse most of a hundred that come alone.
 *
 * @param clock in milliseconds; it must never go back
 * @param isBusy whether the process has no time to spare
 */
export function createBatchedLookup (
  { alone, together, currentToken, authorized, timeoutMs }: LookupRequests, clock: () => number = monotonic,
  isBusy: () => boolean = createIsBusy()
) {
  /** What goes with the next request. */
  let gathered: Gathered | undefined
  const handOut = createTurnQueue((waiting) =>
    waiting > ANSWERS_PER_TURN || isBusy() ? ANSWERS_PER_TURN : ANSWERS_PER_IDLE_TURN)
  const missed = createSemaphore(MISSED_AT_ONCE)
  let restsUntil = -Infinity

  function join (lookup: Waiting, token: string): void {
    if (gathered?.token === token) {
      gathered.waiting.push(lookup)
      return
    }
    gathered = { token, waiting: [lookup] }
    // After all that has arrived: a microtask would come between two requests that arrived at once.
    setImmediate(send, gathered)
  }

  function send (now: Gathered): void {
    const { token, waiting } = now
    if (gathered === now) gathered = undefined
    for (const batch of toBatches(waiting)) {
      if (batch.ids.size > 1) sendTogether(batch, token)
      else for (const { resolve } of batch.lookups) resolve(ALONE)
    }
  }

  function sendTogether (batch: Batch<Waiting>, token: string): void {
    const endsAt = monotonic() + timeoutMs
    const answered = request(batch, token).then((shown): Answered => ({ shown }), (error: unknown): Answered =>
      ({ error, ...(error instanceof UnavailableError && error.isRateLimit && { again: waitTogether(error) }) }))
    // A timer only where a deadline comes before the end of the request: mostly none does.
    const isHurried = ({ deadline }: Waiting) => deadline < endsAt
    for (const { impUid, deadline, resolve } of batch.lookups.filter(isHurried)) {
      within(answered, deadline, () => new TimeoutError())
        .then((answer) => resolve('shown' in answer ? partOf(answer.shown, impUid) : answer))
        .catch((error: unknown) => resolve({ error }))
    }
    answered.then((answer) => {
      for (const { impUid, resolve } of batch.lookups.filter((each) => !isHurried(each))) {
        if ('shown' in answer) handOut(() => resolve(partOf(answer.shown, impUid)))
        else resolve(answer) // at once, so that what a new token may mend is repeated together
      }
    })
  }

  async function request ({ ids, path, lookups }: Batch<Waiting>, token: string): Promise<Shown> {
    const latest = Math.max(...lookups.map(({ deadline }) => deadline))
    try {
      const listed = await together(path, token, latest)
      return readBatch(listed, ids, monotonic())
    } catch (error) {
      if (error instanceof BadGatewayError || error instanceof PaymentNotFoundError) return new Map()
      throw error
    }
  }

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
