import { ValidationError } from '../errors.js'
import type { Method } from './exchange.js'
import { isObject } from './json.js'

/*
 * Requests to any endpoint of a provider, as a caller writes them. The path is checked, so that the credentials reach
 * no other host and no other endpoint than the one that it names.
 */

const METHODS: ReadonlySet<string> = new Set<Method>(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** A request to an endpoint, ready to be sent. `path` has the query. */
export interface AnyRequest { method: Method, path: string, body: string | undefined }

/** What belongs to a request besides its method and path. */
export interface RequestParts {
  /** `undefined` is left out. */
  query?: Record<string, unknown> | undefined
  /** Sent as JSON; not with GET. */
  body?: object | undefined
}

const isMethod = (method: unknown): method is Method => typeof method === 'string' && METHODS.has(method)

/**
 * Checks a request.
 *
 * @param writeValue how a value of the query is written: one or several texts
 * @throws FST_ERR_VALIDATION
 */
export function readRequest (
  method: unknown, path: unknown, { query, body }: RequestParts, writeValue: (value: unknown, name: string) => string[]
): AnyRequest {
  if (!isMethod(method)) throw new ValidationError(`method must be one of ${[...METHODS].join(', ')}`)
  if (method === 'GET' && body !== undefined) {
    throw new ValidationError('a GET has no body: filters belong in the query')
  }
  return {
    method,
    path: readPath(path) + writeQuery(query, writeValue),
    body: body === undefined ? undefined : writeBody(body),
  }
}

/** A segment `.`, also percent-encoded, is dropped on the way, or by the provider. */
const isDot = (segment: string) => /^(\.|%2e)$/i.test(segment)

/** @returns the path, percent-encoded where a caller wrote other characters than visible ASCII */
function readPath (path: unknown): string {
  const isPath = typeof path === 'string' && /^\/(?!\/)/.test(path) && path.isWellFormed() &&
    !/[\p{Cc}?#\\]|(\.|%2e){2}|:\/\//iu.test(path) && !path.split('/').some(isDot)
  if (!isPath) throw new ValidationError('path must begin with one /, without a host, .. or a query')
  return path.replace(/[^\x21-\x7e]/gu, encodeURIComponent)
}

function writeQuery (query: unknown, writeValue: (value: unknown, name: string) => string[]): string {
  if (query === undefined) return ''
  if (!isObject(query)) throw new ValidationError('query must be an object')
  const parts = Object.entries(query).filter(([, value]) => value !== undefined).flatMap(([name, value]) =>
    writeValue(value, name).map((text) => `${encode(name)}=${encode(text)}`))
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

function encode (text: string): string {
  if (!text.isWellFormed()) throw new ValidationError('query has a text that is not well formed')
  return encodeURIComponent(text)
}

/** A value of the query that is text, a number or a boolean. @throws FST_ERR_VALIDATION for any other */
export function writeScalar (value: unknown, name: string): string {
  const isScalar = typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isFinite(value))
  if (!isScalar) throw new ValidationError(`query.${name} cannot be written`)
  return String(value)
}

/**
 * A value as JSON, without what JSON would turn into null: an amount that is null cancels everything.
 * @throws FST_ERR_VALIDATION
 */
export function writeBody (body: unknown): string {
  if (typeof body !== 'object' || body === null) throw new ValidationError('body must be an object')
  const written = tryToWrite(body)
  if (written === undefined) throw new ValidationError('body has a value that JSON cannot hold')
  return written
}

function tryToWrite (body: object): string | undefined {
  let isWhole = true
  try {
    const text: string | undefined = JSON.stringify(body, (_, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) isWhole = false
      return value
    })
    return isWhole ? text : undefined
  } catch {
    return undefined // a circle, or a bigint
  }
}
