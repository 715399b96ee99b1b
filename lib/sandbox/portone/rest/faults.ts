import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults, Part } from '../../faults/faults.js'
import { ApiRefusal, pgRefusal } from '../errors.js'
import type { RefusalType } from '../refusals.js'

const ERROR_PAGE = '<html><body><h1>Bad Gateway</h1></body></html>'
/** Refused before the provider looks at the idempotency key, so that they are not what a repetition gets. */
const EARLY: readonly RefusalType[] = ['UNAUTHORIZED', 'FORBIDDEN', 'IDEMPOTENCY_OUTSTANDING_REQUEST']

function partOf ({ method, routeOptions: { url = '' } }: FastifyRequest): Part {
  if (/\/(cancel|close)$/.test(url)) return 'cancel'
  if (url.endsWith('/pre-register')) return 'prepare'
  if (url.endsWith('/confirm')) return 'confirm'
  if (method !== 'GET') return 'other'
  return /\/payments(-schedules)?$/.test(url) ? 'list' : 'lookup'
}

const refusalOf = (type: RefusalType) => type === 'PG_PROVIDER' ? pgRefusal('PG사 오류 (샌드박스)') : new ApiRefusal(type)

function hangUp (request: FastifyRequest, reply: FastifyReply) {
  reply.hijack()
  request.raw.destroy()
  // Once the body is read, the request no longer has the connection.
  reply.raw.destroy()
}

/** What stands before the provider's own work: nothing of it is what a repetition gets. */
export function mountEarlyFaults (scope: FastifyInstance, faults: Faults): void {
  scope.addHook('onRequest', async (request, reply) => {
    if (faults.active().length === 0) return
    const part = partOf(request)
    if (faults.strike('disconnect', part)) return hangUp(request, reply)
    const limit = faults.strike('rate_limit', part)
    if (limit) {
      reply.header('retry-after', String(limit.retryAfterSec ?? 1))
      return reply.code(429).send({ type: 'TOO_MANY_REQUESTS', message: 'Too Many Requests' })
    }
    const error = faults.strike('error', part)
    if (error) {
      reply.code(error.status ?? 500)
      if (error.body === 'html') return reply.type('text/html').send(ERROR_PAGE)
      return reply.send(error.body === 'empty' ? '' : { type: 'INTERNAL', message: 'Internal Server Error' })
    }
    const refusal = faults.find('refusal', part)
    if (refusal && EARLY.includes(refusal.type) && faults.strike('refusal', part)) throw refusalOf(refusal.type)
  })
}

/** What happens while the provider works: a repetition meets it, or gets its result. */
export function mountLateFaults (scope: FastifyInstance, faults: Faults, closing: AbortSignal): void {
  scope.addHook('preHandler', async (request) => {
    if (faults.active().length === 0) return
    const part = partOf(request)
    const latency = faults.strike('latency', part)
    if (latency) await pause(latency.ms, undefined, { signal: closing })
    const refusal = faults.strike('refusal', part)
    if (refusal) throw refusalOf(refusal.type)
  })
  scope.addHook('onSend', (request, reply, payload, done) => {
    // Without `done` nothing is sent any more.
    if (faults.strike('lost_answer', partOf(request))) hangUp(request, reply)
    else done(null, payload)
  })
}
