import { setTimeout as sleep } from 'node:timers/promises'
import { monotonic, within, type Deadline } from '../concurrency/deadline.js'
import { createTurnQueue } from '../concurrency/turn-queue.js'
import { BadGatewayError, PaymentNotFoundError, TimeoutError, UnavailableError } from '../errors.js'
import { retryDelay } from '../http/retries.js'
import { readBatch, toBatches, type Batch, type Found, type Shown } from './batch.js'
import type { ListedPayment } from './schemas.js'

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
/** One try of a request for several payments. */
export interface BatchRequests {
  /** @param path with its query */
  together (path: string, token: string, deadline: Deadline): Promise<ListedPayment[]>
  /** What bounds it, in milliseconds. */
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
 * The same for one of its lookups: `found`, `error`, or neither if the batch has not shown it beyond doubt. Without the
 * other payments, which would stay in memory for as long as the promise of any of them.
 */
export interface Joined extends Partial<Failed> {
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
 * Makes a function by which the lookups of one turn of the event loop, and of one token, go together in one request.
 * One that is alone in its turn is told so, and not sent. None joins a request that was sent before: an answer is never
 * older than its question.
 *
 * @param isBusy whether the process has no time to spare
 */
export function createTurnBatches ({ together, timeoutMs }: BatchRequests, isBusy: () => boolean) {
  /** What goes with the next request. */
  let gathered: Gathered | undefined
  const handOut = createTurnQueue((waiting) =>
    waiting > ANSWERS_PER_TURN || isBusy() ? ANSWERS_PER_TURN : ANSWERS_PER_IDLE_TURN)

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

  return join
}
