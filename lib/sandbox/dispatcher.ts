import type { FastifyInstance } from 'fastify'
import { Dispatcher, errors } from 'undici'
import { asError } from '../errors.js'

const METHODS = ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT', 'OPTIONS'] as const

function headersOf (headers: Dispatcher.DispatchOptions['headers']): Record<string, string | string[]> {
  if (!headers) return {}
  const pairs: [string, string | string[] | undefined][] = Array.isArray(headers)
    ? headers.flatMap((name, index) => index % 2 === 0 ? [[String(name), String(headers[index + 1])]] : [])
    : Symbol.iterator in headers ? [...headers] : Object.entries(headers)
  // The name of the host is not the sandbox's: nothing goes over the network.
  return Object.fromEntries(
    pairs.flatMap(([name, value]) => (value === undefined || name.toLowerCase() === 'host' ? [] : [[name, value]]))
  )
}

async function bodyOf (body: Dispatcher.DispatchOptions['body']): Promise<string | Buffer | undefined> {
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string' || Buffer.isBuffer(body)) return body
  if (body instanceof Uint8Array) return Buffer.from(body)
  if (Symbol.asyncIterator in body) {
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
    return Buffer.concat(chunks)
  }
  throw new errors.NotSupportedError('an in-process request takes text, bytes or a stream as its body')
}

class InjectDispatcher extends Dispatcher {
  constructor (private readonly app: () => FastifyInstance) {
    super()
    // Its own, too: checks of a structure by a schema do not see what is inherited.
    Object.defineProperty(this, 'dispatch', { value: this.dispatch, configurable: true, writable: true })
  }

  override dispatch (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    let reason: Error | null = null
    const controller: Dispatcher.DispatchController = {
      get aborted () { return reason !== null },
      get paused () { return false },
      get reason () { return reason },
      rawHeaders: null,
      rawTrailers: null,
      pause () {},
      resume () {},
      abort (error: Error) {
        if (reason) return
        reason = error
        handler.onResponseError?.(controller, error)
      },
    }
    handler.onRequestStart?.(controller, {})
    this.answer(options).then((answer) => {
      if (reason) return
      handler.onResponseStart?.(controller, answer.statusCode, answer.headers, answer.statusMessage)
      if (!reason && answer.rawPayload.length > 0) handler.onResponseData?.(controller, answer.rawPayload)
      if (!reason) handler.onResponseEnd?.(controller, {})
    }).catch((error: unknown) => controller.abort(asError(error)))
    return true
  }

  private async answer ({ method, path, headers, body, query }: Dispatcher.DispatchOptions) {
    const verb = METHODS.find((known) => known === method)
    if (!verb) throw new errors.NotSupportedError(`in process there is no ${method}`)
    const answer = await this.app().inject({
      method: verb,
      url: path,
      headers: headersOf(headers),
      payload: await bodyOf(body),
      ...(query && { query }),
    })
    return {
      ...answer,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value : String(value)])
      ),
    }
  }

  override close (callback?: () => void): Promise<void> {
    callback?.()
    return Promise.resolve()
  }

  override destroy (...args: unknown[]): Promise<void> {
    const callback = args.at(-1)
    if (typeof callback === 'function') callback()
    return Promise.resolve()
  }
}

/**
 * An undici dispatcher that hands every request, whatever its host, to a Fastify app in this process: no socket, no
 * port. For the plugin's `dispatcher`, and the other way round for the webhooks of a sandbox (`dispatcher` of its
 * options).
 */
export function injectDispatcher (app: FastifyInstance | (() => FastifyInstance)): Dispatcher {
  // Composed, undici translates the callbacks of old-style handlers (`request`, `fetch`) to those above.
  return new InjectDispatcher(typeof app === 'function' ? app : () => app).compose((dispatch) => dispatch)
}
