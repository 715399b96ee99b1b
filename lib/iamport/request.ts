import type { TSchema, Static } from '@sinclair/typebox'
import type { TypeCheck } from '@sinclair/typebox/compiler'
import type { Dispatcher } from 'undici'
import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { BadGatewayError, PaymentNotFoundError, Refusal, TimeoutError, UnauthorizedError, UnavailableError } from '../errors.js'
import { exchange, type Answer, type Message } from '../http/exchange.js'

/** Bytes of an answer about one payment, at most; a payment is about 2 kB. */
export const MAX_ANSWER_BYTES = 2 ** 20
/** Bytes of an answer about a page of payments, at most; 1000 payments are about 2 MB. */
export const MAX_PAGE_BYTES = 16 * 2 ** 20

export interface Exchanger {
  dispatcher: Dispatcher
  /** One try, in milliseconds. */
  timeoutMs: number
}

/** A check of what an answer's `response` must be. */
export type Check<Schema extends TSchema> = TypeCheck<Schema>

/** Sends one request once, and turns everything but a usable answer into an error. */
export async function requestOnce<Schema extends TSchema> (
  { dispatcher, timeoutMs }: Exchanger, message: Message, check: Check<Schema>, deadline: Deadline, maxBytes = MAX_ANSWER_BYTES
): Promise<Static<Schema>> {
  const left = deadline - monotonic()
  if (left <= 0) throw new TimeoutError()
  return read(await exchange(dispatcher, message, { timeoutMs: Math.min(timeoutMs, left), maxBytes }), check)
}

/** What an answer means. Errors may come without the provider's envelope: a proxy's page, an empty body. */
function read<Schema extends TSchema> ({ status, retryAfter, text }: Answer, check: Check<Schema>): Static<Schema> {
  if (status === 401) throw new UnauthorizedError()
  if (status === 429 || status >= 500) throw new UnavailableError(`Iamport answered ${status}`, { retryAfterSec: secondsOf(retryAfter) })
  const answer = parse(text)
  // Only the provider itself can know that there is no such payment: a proxy's 404 is a page, not an object.
  if (answer === undefined) throw new BadGatewayError(`HTTP ${status}, not a JSON object`, { cause: refusal(status, {}) })
  if (status === 404) throw new PaymentNotFoundError({ cause: refusal(status, answer) })
  if (status >= 300 || answer.code !== 0) throw new BadGatewayError(`HTTP ${status}, code ${typeof answer.code === 'number' ? answer.code : 'missing'}`, { cause: refusal(status, answer) })
  if (!check.Check(answer.response)) {
    throw new BadGatewayError(`the field response${check.Errors(answer.response).First()?.path ?? ''} is not what it must be`)
  }
  return answer.response
}

interface Envelope { code?: unknown, message?: unknown, response?: unknown }

function parse (text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** HTTP 2xx with another `code`, or one of these statuses, with or without a body: the request was refused, nothing was done. */
const REFUSING = new Set([400, 403, 404, 409, 422])

function refusal (status: number, { code, message }: Envelope): Refusal | undefined {
  const refused = REFUSING.has(status) || (status < 300 && typeof code === 'number')
  return refused ? new Refusal(status, typeof code === 'number' ? code : undefined, typeof message === 'string' ? message : '') : undefined
}

/** Seconds: nobody is told to wait for longer than a day, whatever the provider says. */
const MAX_RETRY_AFTER_SEC = 24 * 3600

/** `Retry-After` is seconds or a date. */
function secondsOf (retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  const seconds = /^\d+$/.test(retryAfter.trim()) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.min(Math.max(0, Math.ceil(seconds)), MAX_RETRY_AFTER_SEC) : undefined
}
