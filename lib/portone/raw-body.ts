import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parse } from 'node:querystring'
import { ValidationError } from '../errors.js'
import { parseJson } from '../http/request.js'

/**
 * A body as it was received, which is what a signature is made over. Wrapped, so that a hook of the app that parses
 * bodies leaves it alone.
 */
export interface RawBody { raw: Buffer }

/** Keeps all bodies of this scope as they are, whatever the app's own parsers do. */
export function keepRawBodies (scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, raw, done) => done(null, { raw }))
}

/** The bytes of a body; none without a body. */
export const rawBodyOf = ({ body }: FastifyRequest<{ Body?: RawBody | null }>): Buffer => body?.raw ?? Buffer.alloc(0)

const FORM = 'application/x-www-form-urlencoded'
/** Fields read from a form, at most; the provider sends three. */
const MAX_FIELDS = 100

/** A body's fields, from JSON or a form. @throws FST_ERR_VALIDATION it is neither */
export function fieldsOf (request: FastifyRequest<{ Body?: RawBody | null }>): unknown {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  const text = rawBodyOf(request).toString()
  if (type === FORM) return { ...parse(text, '&', '=', { maxKeys: MAX_FIELDS }) }
  const fields = type === 'application/json' ? parseJson(text) : undefined
  if (fields !== undefined) return fields
  request.log.warn({ contentType: request.headers['content-type'] }, 'notification refused: neither JSON nor a form')
  throw new ValidationError('expected JSON or a form')
}
