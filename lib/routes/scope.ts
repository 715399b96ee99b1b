import formbody from '@fastify/formbody'
import type { TSchema } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { STATUS_CODES } from 'node:http'
import { parse } from 'node:querystring'
import { asError, replyTo } from '../errors.js'
import { isObject } from '../http/json.js'
import { isProviders } from './provider-routes.js'

/**
 * Sets up parsing and serialization in the routes' own scope, whatever the app around it uses. Its Ajv options
 * (`removeAdditional`, `coerceTypes`), validator or serializer could change which payment id we read.
 *
 * @param isReported whether the log already has this error
 */
export async function prepareScope (scope: FastifyInstance, isReported: (error: Error) => boolean): Promise<void> {
  scope.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    // We declare bodies; a hook of the app may add headers to all routes, in any library's schemas. A provider sends
    // none of them, and must not be refused.
    if (httpPart !== 'body') return () => true
    const check = TypeCompiler.Compile(schema)
    return (value: unknown) => {
      if (check.Check(value)) return true
      const wrong = check.Errors(value).First()
      return { error: new Error(`${httpPart}${wrong?.path ?? ''} ${wrong?.message ?? 'is not valid'}`) }
    }
  })
  scope.setSerializerCompiler(() => write)
  scope.setReplySerializer(write)
  const hasDefaultHandler = scope.errorHandler.name === 'defaultErrorHandler'
  scope.setErrorHandler<unknown>((thrown, request, reply) => {
    const error: Error & { code?: unknown } = errorOf(thrown)
    const { statusCode, retryAfter } = replyToThrown(error, reply)
    // The app's error handler may write its own reply; `Retry-After` must not get lost. A hook may have set another.
    if (retryAfter !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', retryAfter)
    const isLogged = isReported(error)
    // Fastify's own handler would log it a second time, without the payment. The app's writes the replies to buyers,
    // but not to the provider: a 5xx that it makes a 400 is never redelivered.
    if (hasDefaultHandler ? !isLogged : !isProviders(request)) throw error
    const { code, message } = error
    if (!isLogged) request.log[statusCode < 500 ? 'info' : 'error']({ err: error }, message)
    return reply.code(statusCode).send({ statusCode, code, error: STATUS_CODES[statusCode], message })
  })
  // A shop that needs raw bodies elsewhere may have a JSON parser that returns bytes.
  scope.removeContentTypeParser('application/json')
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, scope.getDefaultJsonParser('error', 'error'))
  // Adding a second parser for a type throws. The app's own also knows how its pages nest their fields.
  if (!scope.hasContentTypeParser(FORM)) await scope.register(formbody, { parser: readForm })
  else scope.addHook('preValidation', readRawForm)
}

/** A hook may have set the status before it threw, as Fastify allows. That of an error of ours is never replaced. */
export const replyToThrown = (error: Error, reply: FastifyReply) =>
  replyTo(error, reply.statusCode >= 400 ? reply.statusCode : undefined)

/** Fastify replies 200 with what an error handler throws, unless that is an error: a webhook would not come again. */
export function errorOf (thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  if (!isObject(thrown)) return asError(thrown)
  const { message } = thrown
  return Object.assign(new Error(typeof message === 'string' ? message : 'an object was thrown'), thrown)
}

const FORM = 'application/x-www-form-urlencoded'

/** An app that verifies signatures elsewhere may leave forms as text or bytes; another makes them URLSearchParams. */
async function readRawForm (request: FastifyRequest): Promise<void> {
  const { body, headers } = request
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body) || body instanceof URLSearchParams
  if (isRaw && headers['content-type']?.toLowerCase().startsWith(FORM)) request.body = readForm(String(body))
}

/** Fields read from a form, at most. Anyone can post thousands, which would cost more than the rest of a route. */
const MAX_FIELDS = 1000

const readForm = (form: string) => ({ ...parse(form, '&', '=', { maxKeys: MAX_FIELDS }) })

/** Fastify passes an error as an object whose fields are inherited or hidden from JSON. */
function write (reply: unknown): string {
  if (!(reply instanceof Error)) return JSON.stringify(reply)
  const { statusCode, code, error, message }: Error & Partial<Record<'statusCode' | 'code' | 'error', unknown>> = reply
  return JSON.stringify({ statusCode, code, error, message })
}
