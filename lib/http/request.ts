import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { TimeoutError, type ProviderName } from '../errors.js'
import { exchange, type Answer, type HttpDispatcher, type Message } from './exchange.js'

/** Bytes of an answer about one payment, at most; a payment is about 2 kB. */
export const MAX_ANSWER_BYTES = 2 ** 20
/** Bytes of an answer about a page of payments, at most; 1000 of V1's payments are about 2 MB. */
export const MAX_PAGE_BYTES = 16 * 2 ** 20

export interface Exchanger {
  dispatcher: HttpDispatcher
  /** One try, in milliseconds. */
  timeoutMs: number
  /** Named in errors. @default 'Iamport' */
  provider?: ProviderName
}

/**
 * Sends a request once, within the deadline.
 * @throws as `exchange` does; IAMPORT_TIMEOUT also if no time was left to send it
 */
export async function sendOnce (
  { dispatcher, timeoutMs, provider = 'Iamport' }: Exchanger, message: Message, deadline: Deadline,
  maxBytes = MAX_ANSWER_BYTES
): Promise<Answer> {
  const left = deadline - monotonic()
  // A hook or the ledger may have used it up: nothing was asked, so it is not the provider that was slow.
  if (left <= 0) throw new TimeoutError(`The time was used up before ${provider} could be asked`)
  return exchange(dispatcher, message, { timeoutMs: Math.min(timeoutMs, left), maxBytes, provider })
}

/** Seconds: a `Retry-After` beyond a day is cut to one. */
const MAX_RETRY_AFTER_SEC = 24 * 3600

/** `Retry-After` is seconds or a date. */
export function secondsOf (retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  const seconds = /^\d+$/.test(retryAfter.trim()) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.min(Math.max(0, Math.ceil(seconds)), MAX_RETRY_AFTER_SEC) : undefined
}
