import {
  BadGatewayError, PaymentNotFoundError, quote, Refusal, UnauthorizedError, UnavailableError, type Circumstances,
} from '../errors.js'
import type { Answer } from '../http/exchange.js'
import { parseJson, parseObject } from '../http/json.js'
import { secondsOf } from '../http/request.js'
import { textOf } from './read-fields.js'

/** Named in every error about PortOne V2. */
export const PROVIDER = 'PortOne' as const

/** An answer that cannot be used. */
export const badGateway = (message: string, circumstances: Circumstances = {}): BadGatewayError =>
  new BadGatewayError(message, { ...circumstances, provider: PROVIDER })

/** Under this type the PG's own answer comes with HTTP 502, which is then no outage. */
const PG_ANSWERED = 'PG_PROVIDER'
/** The first request with this `Idempotency-Key` is still being carried out. Documented, and in no schema. */
const STILL_RUNNING = 'IDEMPOTENCY_OUTSTANDING_REQUEST'
/** The only answer that means "no such payment"; any other 404 is a wrong address. */
const NOT_FOUND = 'PAYMENT_NOT_FOUND'

/**
 * Reads an answer: its JSON, or `undefined` for an empty one.
 *
 * @param isWrite whether a refusal is quoted in the message; that of a read may become the reply to a buyer
 * @param secret never repeated, even if the provider repeats it
 * @param asksPg whether the PG's refusal is an answer; to the lookup of a payment it is an outage
 * @throws IAMPORT_UNAUTHORIZED 401, 403
 * @throws IAMPORT_UNAVAILABLE 429, 5xx, a request that is still running
 * @throws IAMPORT_PAYMENT_NOT_FOUND
 * @throws IAMPORT_BAD_GATEWAY everything else; its `cause` is a Refusal if the answer was an error in JSON
 */
export function readAnswer (
  { status, retryAfter, text }: Answer, isWrite: boolean, secret: string, asksPg: boolean
): unknown {
  if (status < 300) return readJson(text)
  const cause = readRefusal(status, text.replaceAll(secret, '***'))
  const type = cause?.type
  if (status === 401 || status === 403) throw new UnauthorizedError({ cause, provider: PROVIDER })
  const isPgAnswer = asksPg && status === 502 && type === PG_ANSWERED
  if ((status === 429 || status >= 500) && !isPgAnswer) {
    const circumstances = { cause, retryAfterSec: secondsOf(retryAfter), isRateLimit: status === 429 }
    throw new UnavailableError(`PortOne answered ${status}`, circumstances)
  }
  if (status === 404 && type === NOT_FOUND) throw new PaymentNotFoundError({ cause, provider: PROVIDER })
  if (type === STILL_RUNNING) throw new UnavailableError('PortOne is still carrying out this request', { cause })
  if (cause === undefined) throw badGateway(`HTTP ${status}, not an error in JSON`)
  const words = isWrite && cause.message !== '' ? `: ${quote(cause.message)}` : ''
  throw badGateway(`HTTP ${status}, ${type ?? 'no type'}${words}`, { cause })
}

function readJson (text: string): unknown {
  if (text.trim() === '') return undefined
  const value = parseJson(text)
  if (value === undefined) throw badGateway('not JSON')
  return value
}

/** The provider's error: `{ type, message }`, with the PG's own code and words where it was the PG that refused. */
function readRefusal (status: number, text: string): Refusal | undefined {
  const body = status >= 400 ? parseObject(text) : undefined
  if (body === undefined) return undefined
  const words = [body.message, body.pgCode, body.pgMessage].map(textOf).filter((one) => one !== null)
  const type = typeof body.type === 'string' && /^\w{1,100}$/.test(body.type) ? body.type : undefined
  return new Refusal(status, undefined, words.join(' '), type)
}
