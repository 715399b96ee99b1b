import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parse } from 'node:querystring'
import { ValidationError } from '../errors.js'
import { parseJson } from '../http/json.js'

/** The bytes of bodies, where no hook of the app that copies or renames the fields of `request.body` gets at them. */
const received = new WeakMap<FastifyRequest, Buffer>()

/**
 * Keeps all bodies of this scope as they were received, which is what a signature is made over, whatever the app's own
 * parsers do. Wrapped, so that a hook of the app that parses bodies leaves them alone.
 */
export function keepRawBodies (scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, raw, done) => {
    received.set(request, raw)
    done(null, { raw })
  })
}

/** The bytes of a body; none without a body. */
export const rawBodyOf = (request: FastifyRequest): Buffer => received.get(request) ?? Buffer.alloc(0)

/** Characters of a content type in the log, at most. */
const MAX_LOGGED = 100
const FORM = 'application/x-www-form-urlencoded'
/** Fields read from a form, at most; the provider sends three. */
const MAX_FIELDS = 100

/** As Fastify's own parser, without fields that could replace a prototype where a hook copies them. */
const withoutPrototypes = (name: string, value: unknown) =>
  name === '__proto__' || name === 'constructor' ? undefined : value

/** Reads a body's fields, from JSON or a form. They become `request.body`. @throws FST_ERR_VALIDATION it is neither */
export function readFields (request: FastifyRequest): unknown {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  const text = rawBodyOf(request).toString()
  const ofJson = type === 'application/json' ? parseJson(text, withoutPrototypes) : undefined
  const fields = type === FORM ? { ...parse(text, '&', '=', { maxKeys: MAX_FIELDS }) } : ofJson
  if (fields === undefined) {
    request.log.warn({ contentType: type?.slice(0, MAX_LOGGED) }, 'notification refused: neither JSON nor a form')
    throw new ValidationError('expected JSON or a form')
  }
  request.body = fields
  return fields
}
