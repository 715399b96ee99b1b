import type { FastifyInstance, FastifyRequest } from 'fastify'
import { oldestBeyond } from '../../bounded.js'
import type { Clock } from '../../clock.js'
import { ApiRefusal } from '../errors.js'

/** Milliseconds that an answer is kept, as documented: 3 hours. */
const KEPT_MS = 3 * 60 * 60 * 1000
/** Answers kept; beyond it the oldest are forgotten. */
const MAX_KEPT = 10_000
/** 16 to 256 ASCII characters in double quotes, as documented. */
const KEY = /^"([\x20\x21\x23-\x5b\x5d-\x7e]{16,256})"$/
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE']

interface Answer { status: number, type: string, payload: string }
/** Without an answer the request is still running. */
interface Kept { startedAt: number, answer?: Answer }

function keyOf ({ method, headers: { 'idempotency-key': header } }: FastifyRequest): string | undefined {
  if (header === undefined || !METHODS.includes(method)) return undefined
  const [, key] = KEY.exec(String(header)) ?? []
  if (key === undefined) {
    throw new ApiRefusal('INVALID_REQUEST', 'Idempotency-Key: 16 to 256 ASCII characters in double quotes')
  }
  return key
}

/** The same key gets the first answer again, whatever it was; while that request is running, 409. */
export function mountIdempotency (scope: FastifyInstance, clock: Clock, onClear: (listener: () => void) => void): void {
  const kept = new Map<string, Kept>()
  const own = new WeakMap<FastifyRequest, Kept>()
  onClear(() => kept.clear())

  scope.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request)
    if (key === undefined) return
    const before = kept.get(key)
    if (before && clock() - before.startedAt < KEPT_MS) {
      const { answer } = before
      if (!answer) throw new ApiRefusal('IDEMPOTENCY_OUTSTANDING_REQUEST', '같은 멱등 키의 요청을 처리하고 있습니다.')
      return reply.code(answer.status).type(answer.type).send(answer.payload)
    }
    const mine: Kept = { startedAt: clock() }
    kept.delete(key)
    kept.set(key, mine)
    oldestBeyond(kept, MAX_KEPT)
    own.set(request, mine)
  })
  scope.addHook('onSend', async (request, reply, payload) => {
    const mine = own.get(request)
    if (mine && typeof payload === 'string') {
      mine.answer = { status: reply.statusCode, type: String(reply.getHeader('content-type')), payload }
    }
    return payload
  })
}
