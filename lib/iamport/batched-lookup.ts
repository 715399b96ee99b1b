import { monotonic, within, type Deadline } from '../concurrency/deadline.js'
import type { Payment } from '../completion/payment.js'
import type { Listed } from '../completion/provider.js'
import { BadGatewayError, PaymentNotFoundError, TimeoutError, UnauthorizedError } from '../errors.js'
import { retrying } from '../http/retries.js'

/** Payments of one request, at most, as documented. */
const MAX_PAYMENTS = 100
/**
 * Characters of a request's path, at most: 100 ids of the usual 16 characters take 3,100. nginx and Apache accept a
 * request line of 8 kB by default, some proxies only half of that.
 */
const MAX_PATH_LENGTH = 4000
/** The brackets are encoded: RFC 3986 has none in a query, and strict servers refuse them. */
const PARAMETER = 'imp_uid%5B%5D='
/**
 * Milliseconds without batches after one was of no use while a payment of it could be looked up alone: there is no such
 * endpoint (an emulator, a proxy), or it is too slow. A lookup then costs a request too many, or `timeoutMs`, at most
 * once a minute. 5xx, 429 and a lost connection do not count: batches are what an overloaded provider needs.
 */
const REST_MS = 60_000

/** One try of each request. */
export interface LookupRequests {
  alone (impUid: string, token: string, deadline: Deadline): Promise<Payment>
  /** @param path with its query */
  together (path: string, token: string, deadline: Deadline): Promise<Listed[]>
  /** What bounds each of them, in milliseconds. */
  timeoutMs: number
}

/** What a batch has shown beyond doubt, by `imp_uid`. */
type Batch = ReadonlyMap<string, Payment>

interface Waiting {
  impUid: string
  deadline: Deadline
  /** With nothing, the lookup goes alone. */
  resolve (batch?: Promise<Batch>): void
}

interface Part { ids: Set<string>, path: string, lookups: Waiting[] }

/** In the order of the lookups; each part fits into one request. */
function split (waiting: Waiting[]): Part[] {
  const parts: Part[] = []
  for (const lookup of waiting) {
    const { impUid } = lookup
    let part = parts.at(-1)
    if (part && !part.ids.has(impUid)) {
      const path = `${part.path}&${PARAMETER}${impUid}`
      const fits = part.ids.size < MAX_PAYMENTS && path.length <= MAX_PATH_LENGTH
      if (fits) Object.assign(part, { path, ids: part.ids.add(impUid) })
      else part = undefined
    }
    if (!part) {
      part = { ids: new Set([impUid]), path: `/payments?${PARAMETER}${impUid}`, lookups: [] }
      parts.push(part)
    }
    part.lookups.push(lookup)
  }
  return parts
}

/**
 * Of what was asked for, the payments that are beyond doubt. Test payments come marked (`sandbox`), so one without a
 * mark is in doubt, as is one that is listed twice.
 */
function read (list: Listed[], ids: Set<string>): Batch {
  const shown = new Map<string, Payment | undefined>()
  for (const { impUid, payment } of list) {
    const isMarked = typeof payment?.sandbox === 'boolean'
    if (ids.has(impUid)) shown.set(impUid, isMarked && !shown.has(impUid) ? payment : undefined)
  }
  return new Map([...shown].flatMap(([impUid, payment]) => payment ? [[impUid, payment]] : []))
}

/**
 * Lookups that begin in one turn of the event loop go together, in one request; one that is alone in its turn goes
 * alone. None joins a request that was sent before: an answer is never older than its question.
 *
 * What a batch does not show beyond doubt is looked up alone, in the same try. A batch that fails is the first try of
 * each of its lookups; their other tries are made alone, each within its own deadline.
 *
 * @param clock in milliseconds; it must never go back
 */
export function createBatchedLookup (
  { alone, together, timeoutMs }: LookupRequests, clock: () => number = monotonic
) {
  /** By the token that they go with. */
  const gathered = new Map<string, Waiting[]>()
  let restsUntil = -Infinity

  /** Resolves to what a batch has shown; to `undefined` if this lookup is alone in its turn. */
  function join (impUid: string, token: string, deadline: Deadline): Promise<Batch | undefined> {
    return new Promise((resolve) => {
      const lookup = { impUid, deadline, resolve }
      const waiting = gathered.get(token)
      if (waiting) return waiting.push(lookup)
      gathered.set(token, [lookup])
      // After all that has arrived: a microtask would come between two requests that arrived at once.
      setImmediate(send, token)
    })
  }

  function send (token: string): void {
    const waiting = gathered.get(token) ?? []
    gathered.delete(token)
    for (const part of split(waiting)) {
      if (part.ids.size > 1) sendTogether(part, token)
      else for (const { resolve } of part.lookups) resolve()
    }
  }

  function sendTogether ({ ids, path, lookups }: Part, token: string): void {
    const endsAt = monotonic() + timeoutMs
    const batch = request(ids, path, token, Math.max(...lookups.map(({ deadline }) => deadline)))
    for (const { deadline, resolve } of lookups) {
      // A timer only where a deadline comes before the end of the request: mostly none does.
      resolve(deadline < endsAt ? within(batch, deadline, () => new TimeoutError()) : batch)
    }
  }

  async function request (ids: Set<string>, path: string, token: string, deadline: Deadline): Promise<Batch> {
    try {
      return read(await together(path, token, deadline), ids)
    } catch (error) {
      if (error instanceof BadGatewayError || error instanceof PaymentNotFoundError) return new Map()
      throw error
    }
  }

  /** @returns all tries with one token; called again, they go on with the next token */
  return function createTries (impUid: string, deadline: Deadline): (token: string) => Promise<Payment> {
    let mayJoin = true
    let isRefused = false
    /** Whether it was in a batch that was of no use. */
    let isInVain = false

    async function joined (token: string): Promise<Payment | undefined> {
      mayJoin = false
      try {
        const batch = await join(impUid, token, deadline)
        isInVain = batch?.size === 0
        return batch?.get(impUid)
      } catch (error) {
        const isUnauthorized = error instanceof UnauthorizedError
        isInVain = error instanceof TimeoutError || (isUnauthorized && isRefused)
        // The batch is repeated with the next token. If that is refused as well, it may be for the batch only.
        if (isUnauthorized && isRefused) return undefined
        mayJoin = isRefused = isUnauthorized
        throw error
      }
    }

    async function attempt (token: string): Promise<Payment> {
      const shown = mayJoin && clock() >= restsUntil ? await joined(token) : undefined
      if (shown) return shown
      const payment = await alone(impUid, token, deadline)
      if (isInVain) restsUntil = clock() + REST_MS
      return payment
    }

    return (token) => retrying(deadline, () => attempt(token))
  }
}
