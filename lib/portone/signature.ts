import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { InvalidOptionsError } from '../errors.js'

/*
 * Signatures of webhooks and confirmations, by Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`.
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */

/** Bytes: the provider's secrets have 32; a shorter one than this is a cut copy. */
const MIN_SECRET_BYTES = 16

/** What a verification found out. */
type Verification =
  /** Seconds since the signature was made, by the sender's clock; negative if that is ahead of ours. */
  | { isValid: true, ageSec: number }
  /** `header`: a header is missing. `id`: the message may be another one, parted differently. */
  | { isValid: false, problem: 'header' | 'timestamp' | 'id' | 'signature' }

/**
 * Reads the option `webhookSecret`: one or several, each `whsec_` and base64, or that base64 alone.
 *
 * @throws IAMPORT_INVALID_OPTIONS; it names the option and never its value
 */
export function readSecrets (webhookSecret: string | readonly string[]): Buffer[] {
  if (!Array.isArray(webhookSecret)) return [readSecret(webhookSecret, 'webhookSecret')]
  if (webhookSecret.length === 0) throw new InvalidOptionsError('webhookSecret: expected at least one secret')
  return webhookSecret.map((secret, index) => readSecret(secret, `webhookSecret.${index}`))
}

function readSecret (secret: unknown, name: string): Buffer {
  const text = typeof secret === 'string' ? secret.replace(/^whsec_/, '') : ''
  const key = Buffer.from(text, 'base64')
  // Node skips what is not base64, and reads the alphabet for URLs: only what it writes the same way again is taken,
  // with its padding or without.
  const written = key.toString('base64')
  if (text === '' || (text !== written && text !== written.replace(/=+$/, ''))) {
    throw new InvalidOptionsError(`${name}: expected whsec_ and base64, or that base64`)
  }
  if (key.length < MIN_SECRET_BYTES) {
    throw new InvalidOptionsError(`${name}: expected at least ${MIN_SECRET_BYTES} bytes, as base64`)
  }
  return key
}

/** The signature of a message by one secret, as base64. @param timestamp UNIX seconds */
export const sign = (secret: Buffer, id: string, timestamp: string, body: Buffer | string): string =>
  createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')

/** Twelve digits reach the year 33658. */
const TIMESTAMP = /^\d{1,12}$/
/**
 * A timestamp in an id. Only dots part the three: of a message that was signed, a later dot in its body would make
 * another one, with the first half of the body in its id. Buyers write into bodies (the `paymentId`), and receive
 * signed ones (`noticeUrls` is the page's).
 */
const TIMESTAMP_WITHIN = /\.\d{1,12}\./

/**
 * Verifies that one of the signatures is right by one of the secrets, over the body as it was received. How old it is
 * decides nothing here: a redelivered message may carry its first timestamp.
 */
export function verify (
  secrets: readonly Buffer[], headers: IncomingHttpHeaders, rawBody: Buffer, nowSec: number
): Verification {
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => headers[`webhook-${name}`])
  if (!isText(id) || !isText(timestamp) || !isText(signatures)) return { isValid: false, problem: 'header' }
  if (!TIMESTAMP.test(timestamp)) return { isValid: false, problem: 'timestamp' }
  if (TIMESTAMP_WITHIN.test(id)) return { isValid: false, problem: 'id' }
  // Two headers of one name arrive as one, with a comma more between them: base64 has none.
  const given = signatures.split(' ').map((one) => one.split(',')).filter(([version]) => version === 'v1')
  const isRight = secrets.some((secret) => {
    const expected = sign(secret, id, timestamp, rawBody)
    return given.some(([, one = '']) => isSame(one, expected))
  })
  return isRight ? { isValid: true, ageSec: nowSec - Number(timestamp) } : { isValid: false, problem: 'signature' }
}

const isText = (header: string | string[] | undefined): header is string => typeof header === 'string' && header !== ''

/** In constant time. */
function isSame (given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
