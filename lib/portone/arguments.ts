import { ValidationError } from '../errors.js'

/** UTF-16 units. The provider names no limit; PGs take fewer. */
export const MAX_PAYMENT_ID = 200
/** Characters of a `txId`, at most; the provider's have 36. It stands in every line of the log about the payment. */
export const MAX_TX_ID = 255

/**
 * Whether a text can be a `paymentId`: 1 to 200 UTF-16 units, well formed, no control characters. `.` and `..` would be
 * dropped from a path.
 */
export const isPaymentId = (id: unknown): id is string =>
  typeof id === 'string' && id.length >= 1 && id.length <= MAX_PAYMENT_ID && id.isWellFormed() &&
  !/\p{Cc}/u.test(id) && id !== '.' && id !== '..'

/** @throws FST_ERR_VALIDATION */
export function assertPaymentId (id: unknown): asserts id is string {
  if (!isPaymentId(id)) {
    throw new ValidationError(`paymentId must be a text of 1 to ${MAX_PAYMENT_ID} characters, none of them a control`)
  }
}

/** A `paymentId` as a path segment. @throws FST_ERR_VALIDATION */
export function segmentOf (paymentId: unknown): string {
  assertPaymentId(paymentId)
  return encodeURIComponent(paymentId)
}

/** JSON turns NaN into null, and without an amount everything is cancelled. @throws FST_ERR_VALIDATION */
export function assertUnits (amounts: Record<string, unknown>): void {
  for (const [name, amount] of Object.entries(amounts)) {
    if (amount !== undefined && !(Number.isSafeInteger(amount) && Number(amount) >= 0)) {
      throw new ValidationError(`${name} must be a whole number of the currency's minor unit`)
    }
  }
}

/** 16 to 256 characters of ASCII, by the provider; it is sent in double quotes. */
const IDEMPOTENCY_KEY = /^[\x20\x21\x23-\x5b\x5d-\x7e]{16,256}$/

/** @throws FST_ERR_VALIDATION */
export function assertIdempotencyKey (key: unknown): asserts key is string | undefined {
  if (key !== undefined && !(typeof key === 'string' && IDEMPOTENCY_KEY.test(key))) {
    throw new ValidationError('idempotencyKey must be 16 to 256 characters of ASCII, without " and \\')
  }
}
