import { createError } from '@fastify/error'

/*
 * Every reason why no decision could be made about a notification. Each code has one meaning; the status is what the
 * routes reply with. Match `code`, never `message`. The underlying error is in `cause`.
 */

/** Seconds in `Retry-After` if the provider named none: long enough for a restart, short enough for a buyer. */
const RETRY_AFTER_SEC = 5

/** What each provider calls what it authorises requests by. */
const CREDENTIALS = { Iamport: 'API key or secret', PortOne: 'API secret' }

/** The payment API that an error is about, as its text names it: Iamport is PortOne V1, PortOne is V2. */
export type ProviderName = keyof typeof CREDENTIALS

/**
 * What an error may carry besides its message. `retryAfterSec`: when a retry makes sense, in seconds. `provider`: named
 * in the text, `Iamport` if left out.
 */
export interface Circumstances { cause?: unknown, retryAfterSec?: number, provider?: ProviderName }

/** A `cause` only where there is one. */
const causeOf = ({ cause }: Circumstances): Circumstances[] => cause === undefined ? [] : [{ cause }]

// Fastify sends an error's `headers` with the reply.
const retryAfter = ({ retryAfterSec = RETRY_AFTER_SEC }: Circumstances = {}) =>
  ({ 'retry-after': String(Math.max(1, retryAfterSec)) })

/** An option is unknown, missing or of the wrong type. Thrown at registration; names the option, never its value. */
export const InvalidOptionsError = createError<[message: string, circumstances?: Circumstances]>(
  'IAMPORT_INVALID_OPTIONS', 'fastify-iamport: %s', 500, TypeError as ErrorConstructor)

/** An argument or a field of a request is invalid. The code is Fastify's own, as for any other invalid input. */
export const ValidationError = createError<[message: string]>('FST_ERR_VALIDATION', '%s', 400)

/** The provider knows no such payment. */
export class PaymentNotFoundError extends createError<[provider: string, circumstances?: Circumstances]>(
  'IAMPORT_PAYMENT_NOT_FOUND', '%s knows no such payment', 404) {
  constructor (circumstances: Circumstances = {}) {
    super(circumstances.provider ?? 'Iamport', ...causeOf(circumstances))
  }
}

/** The `merchant_uid` of the notification is not the payment's. */
export const OrderMismatchError = createError<[]>(
  'IAMPORT_ORDER_MISMATCH', 'The payment belongs to another order', 409)

/** A webhook or a confirmation came from an address outside `allowedAddresses`, or (V2) without a right signature. */
export class ForbiddenError extends createError<[message: string]>('IAMPORT_FORBIDDEN', '%s', 403) {
  constructor (message = 'This address may not send notifications') {
    super(message)
  }
}

/** A merchant's hook threw or returned an invalid value. Nothing was recorded; the next notification runs it again. */
export class HookFailedError extends createError<[circumstances?: Circumstances]>(
  'IAMPORT_HOOK_FAILED', 'The payment could not be processed', 500) {
  /** The name of the hook, e.g. `onPaid`; `undefined` if a ledger gave up its run. */
  readonly hook: string | undefined
  constructor ({ hook, cause }: Circumstances & { hook?: string } = {}) {
    super({ cause })
    this.hook = hook
  }
}

/** The provider's answer could not be used. If it *refused* the request, `cause` is a {@link Refusal}. */
export class BadGatewayError extends createError<[provider: string, message: string, circumstances?: Circumstances]>(
  'IAMPORT_BAD_GATEWAY', '%s gave an unusable answer: %s', 502) {
  constructor (message: string, circumstances: Circumstances = {}) {
    super(circumstances.provider ?? 'Iamport', message, ...causeOf(circumstances))
  }
}

/** The provider refused the API key and secret (V2: the API secret), or a token that it had just issued. */
export class UnauthorizedError extends createError<[provider: string, what: string, circumstances?: Circumstances]>(
  'IAMPORT_UNAUTHORIZED', '%s refused the %s', 502) {
  constructor (circumstances: Circumstances = {}) {
    const { provider = 'Iamport' } = circumstances
    super(provider, CREDENTIALS[provider], ...causeOf(circumstances))
  }
}

/**
 * The provider or the ledger's database could not be reached, the connection was lost, or the provider kept answering
 * 5xx or 429.
 */
export class UnavailableError extends createError<[message: string, circumstances?: Circumstances]>(
  'IAMPORT_UNAVAILABLE', 'Not available at the moment: %s', 503) {
  readonly headers: { 'retry-after': string }
  /** Seconds that the provider asked us to wait; `undefined` where it named none. */
  readonly retryAfterSec: number | undefined
  /** HTTP 429. */
  readonly isRateLimit: boolean
  constructor (message: string, circumstances?: Circumstances & { isRateLimit?: boolean }) {
    super(message, { cause: circumstances?.cause })
    this.headers = retryAfter(circumstances)
    this.retryAfterSec = circumstances?.retryAfterSec
    this.isRateLimit = circumstances?.isRateLimit ?? false
  }
}

/**
 * The last try was not answered within `timeoutMs`, or the budget ran out; for a confirmation, a hook took too long.
 */
export class TimeoutError extends createError<[message: string]>('IAMPORT_TIMEOUT', '%s', 504) {
  readonly headers = retryAfter()
  constructor (message?: string, { provider = 'Iamport' }: Circumstances = {}) {
    super(message ?? `${provider} did not answer in time`)
  }
}

/** This payment is being processed elsewhere, and that has taken longer than this notification may wait. */
export class BusyError extends createError<[circumstances?: Circumstances]>(
  'IAMPORT_BUSY', 'This payment is being processed elsewhere', 503) {
  readonly headers = retryAfter()
}

/** The provider's own words when it refused a request: nothing was done. The `cause` of an IAMPORT_BAD_GATEWAY. */
export class Refusal extends Error {
  /**
   * @param status HTTP
   * @param providerCode V1's `code`
   * @param type V2's `type`, e.g. `PAYMENT_NOT_PAID`
   */
  constructor (
    readonly status: number, readonly providerCode: number | undefined, message: string, readonly type?: string
  ) {
    super(message)
    this.name = 'Refusal'
  }
}

/** The provider's refusal, if that is what a request ended with. */
export const refusalOf = (error: unknown): Refusal | undefined =>
  error instanceof BadGatewayError && error.cause instanceof Refusal ? error.cause : undefined

/** Characters of the provider's own words in a text of ours, at most. */
const MAX_QUOTED = 200

/** The provider's own words as part of a text of ours. */
export const quote = (words: string): string => words.slice(0, MAX_QUOTED)

/** What was thrown, as an error. */
export const asError = (thrown: unknown): Error => thrown instanceof Error ? thrown : new Error(String(thrown))

/** The `code` of an error of ours; `undefined` for any other error. */
export function codeOf (error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const isOurs = typeof code === 'string' && (code.startsWith('IAMPORT_') || code === 'FST_ERR_VALIDATION')
  return isOurs ? code : undefined
}

/** The status of an error, as Fastify reads it; `undefined` if it has none. */
function statusOf (error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  const { statusCode, status }: Error & { statusCode?: unknown, status?: unknown } = error
  return [statusCode, status].map(Number).find((one) => one >= 400 && one <= 599)
}

/**
 * How a route replies to this error: its status, and `Retry-After` with every 503 and 504, ours or not.
 *
 * @param otherwise the status of an error that has none
 */
export function replyTo (error: unknown, otherwise = 500): { statusCode: number, retryAfter: string | undefined } {
  const statusCode = statusOf(error) ?? otherwise
  if (statusCode !== 503 && statusCode !== 504) return { statusCode, retryAfter: undefined }
  const isOurs = error instanceof UnavailableError || error instanceof TimeoutError || error instanceof BusyError
  return { statusCode, retryAfter: (isOurs ? error.headers : retryAfter())['retry-after'] }
}
