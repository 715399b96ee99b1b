import type { TSchema, Static } from '@sinclair/typebox'
import type { TypeCheck } from '@sinclair/typebox/compiler'
import type { Deadline } from '../concurrency/deadline.js'
import {
  BadGatewayError, PaymentNotFoundError, quote, Refusal, UnauthorizedError, UnavailableError,
} from '../errors.js'
import type { Answer, Message } from '../http/exchange.js'
import { parseObject } from '../http/json.js'
import { MAX_PAGE_BYTES, secondsOf, sendOnce, type Exchanger } from '../http/request.js'

/** Sends a request once. @throws for everything but a usable answer */
export async function requestOnce<Schema extends TSchema> (
  exchanger: Exchanger, message: Message, check: TypeCheck<Schema>, deadline: Deadline, maxBytes?: number
): Promise<Static<Schema>> {
  const answer = await sendOnce(exchanger, message, deadline, maxBytes)
  const response = readResponse(answer, message.method !== 'GET')
  if (!check.Check(response)) {
    const path = check.Errors(response).First()?.path ?? ''
    throw new BadGatewayError(`the field response${path} is invalid`)
  }
  return response
}

/** Sends a request to any endpoint once. @returns its `response`, unchecked; `undefined` for an empty answer */
export async function requestAny (exchanger: Exchanger, message: Message, deadline: Deadline): Promise<unknown> {
  const answer = await sendOnce(exchanger, message, deadline, MAX_PAGE_BYTES)
  if (answer.status < 300 && answer.text.trim() === '') return undefined
  try {
    return readResponse(answer, message.method !== 'GET')
  } catch (error) {
    // What is not found here need not be a payment.
    if (error instanceof PaymentNotFoundError) throw new BadGatewayError('HTTP 404', { cause: error.cause })
    throw error
  }
}

/**
 * Reads an answer. An error may lack the provider's envelope: a proxy's page, an empty body.
 *
 * @param isWrite whether a refusal is quoted in the message; that of a read may become the reply to a buyer
 */
function readResponse ({ status, retryAfter, text }: Answer, isWrite: boolean): unknown {
  if (status === 401) throw new UnauthorizedError()
  if (status === 429 || status >= 500) {
    const circumstances = { retryAfterSec: secondsOf(retryAfter), isRateLimit: status === 429 }
    throw new UnavailableError(`Iamport answered ${status}`, circumstances)
  }
  const answer: Envelope | undefined = parseObject(text)
  // Before the 404: one from a proxy is a page, not an object, and does not mean that there is no such payment.
  if (answer === undefined) {
    throw new BadGatewayError(`HTTP ${status}, not a JSON object`, { cause: readRefusal(status, {}) })
  }
  if (status === 404) throw new PaymentNotFoundError({ cause: readRefusal(status, answer) })
  if (status >= 300 || answer.code !== 0) {
    const code = typeof answer.code === 'number' ? answer.code : 'missing'
    const cause = readRefusal(status, answer)
    const words = isWrite && cause?.providerCode !== undefined ? `: ${quote(cause.message)}` : ''
    throw new BadGatewayError(`HTTP ${status}, code ${code}${words}`, { cause })
  }
  return answer.response
}

interface Envelope { code?: unknown, message?: unknown, response?: unknown }

/** A request was refused, and nothing was done, on one of these statuses, or on HTTP 2xx with a `code` other than 0. */
const REFUSING = new Set([400, 403, 404, 409, 422])

function readRefusal (status: number, { code, message }: Envelope): Refusal | undefined {
  const providerCode = typeof code === 'number' ? code : undefined
  const isRefused = REFUSING.has(status) || (status < 300 && providerCode !== undefined)
  return isRefused ? new Refusal(status, providerCode, typeof message === 'string' ? message : '') : undefined
}
