import type { TSchema, Static } from '@sinclair/typebox'
import type { TypeCheck } from '@sinclair/typebox/compiler'
import type { Deadline } from '../concurrency/deadline.js'
import { BadGatewayError, PaymentNotFoundError, Refusal, UnauthorizedError, UnavailableError } from '../errors.js'
import type { Answer, Message } from '../http/exchange.js'
import { parseObject, secondsOf, sendOnce, type Exchanger } from '../http/request.js'

export { MAX_PAGE_BYTES } from '../http/request.js'

/** Checks an answer's `response`. */
export type Check<Schema extends TSchema> = TypeCheck<Schema>

/** Sends a request once. @throws for everything but a usable answer */
export async function requestOnce<Schema extends TSchema> (
  exchanger: Exchanger, message: Message, check: Check<Schema>, deadline: Deadline, maxBytes?: number
): Promise<Static<Schema>> {
  const answer = await sendOnce(exchanger, message, deadline, maxBytes)
  return read(answer, check, message.method !== 'GET')
}

/**
 * Reads an answer. An error may lack the provider's envelope: a proxy's page, an empty body.
 *
 * @param isWrite whether a refusal is quoted in the message; that of a read may become the reply to a buyer
 */
function read<Schema extends TSchema> (
  { status, retryAfter, text }: Answer, check: Check<Schema>, isWrite: boolean
): Static<Schema> {
  if (status === 401) throw new UnauthorizedError()
  if (status === 429 || status >= 500) {
    throw new UnavailableError(`Iamport answered ${status}`, { retryAfterSec: secondsOf(retryAfter) })
  }
  const answer: Envelope | undefined = parseObject(text)
  // Before the 404: one from a proxy is a page, not an object, and does not mean that there is no such payment.
  if (answer === undefined) {
    throw new BadGatewayError(`HTTP ${status}, not a JSON object`, { cause: refusal(status, {}) })
  }
  if (status === 404) throw new PaymentNotFoundError({ cause: refusal(status, answer) })
  if (status >= 300 || answer.code !== 0) {
    const code = typeof answer.code === 'number' ? answer.code : 'missing'
    const cause = refusal(status, answer)
    const words = isWrite && cause?.providerCode !== undefined ? `: ${cause.message.slice(0, MAX_QUOTED)}` : ''
    throw new BadGatewayError(`HTTP ${status}, code ${code}${words}`, { cause })
  }
  if (!check.Check(answer.response)) {
    const path = check.Errors(answer.response).First()?.path ?? ''
    throw new BadGatewayError(`the field response${path} is invalid`)
  }
  return answer.response
}

/** Characters of the provider's own message in one of ours, at most. */
const MAX_QUOTED = 200

interface Envelope { code?: unknown, message?: unknown, response?: unknown }

/** A request was refused, and nothing was done, on one of these statuses, or on HTTP 2xx with a `code` other than 0. */
const REFUSING = new Set([400, 403, 404, 409, 422])

function refusal (status: number, { code, message }: Envelope): Refusal | undefined {
  const providerCode = typeof code === 'number' ? code : undefined
  const isRefused = REFUSING.has(status) || (status < 300 && providerCode !== undefined)
  return isRefused ? new Refusal(status, providerCode, typeof message === 'string' ? message : '') : undefined
}
