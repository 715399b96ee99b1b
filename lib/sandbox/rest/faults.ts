import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Faults, Part } from '../faults.js'
import type { Tokens } from '../token.js'
import { refuse } from './envelope.js'

function partOf ({ method, routeOptions: { url = '' } }: FastifyRequest): Part {
  if (url === '/users/getToken') return 'token'
  if (url.startsWith('/payments/prepare')) return 'prepare'
  if (url.startsWith('/payments/status/')) return 'list'
  if (url === '/payments/cancel' || url.startsWith('/vbanks')) return 'cancel'
  return method === 'GET' && url.startsWith('/payments') ? 'lookup' : 'other'
}

/** Troubles of the REST API that were asked for, before anything else is done with a call. */
export function mountTrouble (scope: FastifyInstance, faults: Faults, tokens: Tokens, closing: AbortSignal): void {
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
    if (limit) return refuse(reply.header('retry-after', String(limit.retryAfterSec ?? 1)), 429, 'Too Many Requests')
    const error = faults.strike('error', part)
    if (error) {
      const status = error.status ?? 500
      if (error.body === 'html') {
        return reply.code(status).type('text/html').send('<html><body><h1>Bad Gateway</h1></body></html>')
      }
      return error.body === 'empty' ? reply.code(status).send('') : refuse(reply, status, 'Internal Server Error')
    }
    if (part !== 'token' && faults.strike('revoked_token')) tokens.revoke()
  })
}
