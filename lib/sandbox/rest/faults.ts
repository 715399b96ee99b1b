import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Faults, Part } from '../faults/faults.js'
import type { Tokens } from '../token.js'
import { refuse } from './envelope.js'

const ERROR_PAGE = '<html><body><h1>Bad Gateway</h1></body></html>'

function partOf ({ method, routeOptions: { url = '' } }: FastifyRequest): Part {
  if (url === '/users/getToken') return 'token'
  if (url.startsWith('/payments/prepare')) return 'prepare'
  if (url.startsWith('/payments/status/')) return 'list'
  if (url === '/payments/cancel' || url.startsWith('/vbanks')) return 'cancel'
  return method === 'GET' && url.startsWith('/payments') ? 'lookup' : 'other'
}

/** Faults of the REST API, before anything else is done with a call. A lookup of several payments is one call. */
export function mountFaults (scope: FastifyInstance, faults: Faults, tokens: Tokens, closing: AbortSignal): void {
  scope.addHook('onRequest', async (request, reply) => {
    if (faults.active().length === 0) return
    const part = partOf(request)
    const latency = faults.strike('latency', part)
    if (latency) await pause(latency.ms, undefined, { signal: closing })
    if (faults.strike('disconnect', part)) {
      reply.hijack()
      request.raw.destroy()
      return
    }
    const limit = faults.strike('rate_limit', part)
    if (limit) {
      return refuse(reply.header('retry-after', String(limit.retryAfterSec ?? 1)), 429, 'Too Many Requests')
    }
    const error = faults.strike('error', part)
    if (error) {
      const status = error.status ?? 500
      if (error.body === 'html') return reply.code(status).type('text/html').send(ERROR_PAGE)
      return error.body === 'empty' ? reply.code(status).send('') : refuse(reply, status, 'Internal Server Error')
    }
    if (part !== 'token' && faults.strike('revoked_token')) tokens.revoke()
  })
}
