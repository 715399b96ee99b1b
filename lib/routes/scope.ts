import formbody from '@fastify/formbody'
import type { TSchema } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parse } from 'node:querystring'
import { replyTo } from '../errors.js'

/**
 * Makes an encapsulated scope read and write as our routes need it, whatever the app around it does. An app's Ajv options
 * (`removeAdditional`, `coerceTypes`), its validator or its serializer would change what is taken for a payment's id.
 */
export async function prepareScope (scope: FastifyInstance): Promise<void> {
  scope.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const check = TypeCompiler.Compile(schema)
    return (value: unknown) => {
      if (check.Check(value)) return true
      const wrong = check.Errors(value).First()
      return { error: new Error(`${httpPart}${wrong?.path ?? ''} ${wrong?.message ?? 'is not valid'}`) }
    }
  })
  scope.setSerializerCompiler(() => write)
  scope.setReplySerializer(write)
  // An error handler of the app's writes its own reply, and the provider and the browser still have to learn when to come back.
  scope.setErrorHandler((error, _, reply) => {
    const { retryAfter } = replyTo(error)
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    throw error
  })
  // A shop that needs raw bodies elsewhere has a JSON parser that gives us bytes.
  scope.removeContentTypeParser('application/json')
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, scope.getDefaultJsonParser('error', 'error'))
  // A second parser for the same type throws; the app's own also knows how the app's pages nest their fields.
  if (!scope.hasContentTypeParser(FORM)) await scope.register(formbody, { parser: readForm })
  else scope.addHook('preValidation', readRawForm)
}

const FORM = 'application/x-www-form-urlencoded'

/** An app that checks signatures elsewhere may leave forms as text or bytes. */
async function readRawForm (request: FastifyRequest): Promise<void> {
  const { body, headers } = request
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
  if (isRaw && headers['content-type']?.toLowerCase().startsWith(FORM)) request.body = readForm(String(body))
}

/** Fields of a form that are read. Thousands, which anybody may post, cost more than all else that a route does. */
const MAX_FIELDS = 1000

const readForm = (form: string) => ({ ...parse(form, '&', '=', { maxKeys: MAX_FIELDS }) })

/** Fastify hands an error over as an object whose fields are inherited or hidden from JSON. */
function write (reply: unknown): string {
  if (!(reply instanceof Error)) return JSON.stringify(reply)
  const { statusCode, code, error, message }: Error & Partial<Record<'statusCode' | 'code' | 'error', unknown>> = reply
  return JSON.stringify({ statusCode, code, error, message })
}
