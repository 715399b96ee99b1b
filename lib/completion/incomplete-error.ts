/** The fields of our errors that Fastify uses for a reply. */
interface Reply { code?: string, statusCode?: number, headers?: Record<string, string> }

/**
 * Work on many payments that did not cover all of them. `code`, `statusCode` and `headers` are those of its `cause`.
 */
export abstract class IncompleteError extends Error {
  readonly code: string | undefined
  readonly statusCode: number | undefined
  readonly headers: Record<string, string> | undefined

  constructor (message: string, cause: Error & Reply) {
    super(message, { cause })
    this.code = cause.code
    this.statusCode = cause.statusCode
    this.headers = cause.headers
  }
}
