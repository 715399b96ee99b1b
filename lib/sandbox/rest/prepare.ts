import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { MAX_MERCHANT_UID } from '../order.js'
import type { Prepared, Store } from '../store.js'
import { answer, refuse } from './envelope.js'
import { fieldsOf, number, text } from './fields.js'

/** The provider's schema demands these three of a registered amount too, which is no list; clients ignore them. */
const show = (prepared: Prepared) => answer({ ...prepared, total: 1, previous: 0, next: 0 })

/** Amounts registered beforehand: the window then refuses any other. */
export function mountPrepare (scope: FastifyInstance, store: Store): void {
  function save (request: FastifyRequest, reply: FastifyReply, isNew: boolean) {
    const body = fieldsOf(request.body)
    const merchant_uid = text(body, 'merchant_uid')
    const amount = number(body, 'amount')
    if (merchant_uid === undefined || merchant_uid.length > MAX_MERCHANT_UID || amount === undefined) {
      return refuse(reply, 400, `merchant_uid(${MAX_MERCHANT_UID}자 이하)와 amount를 확인해주세요.`)
    }
    const isKnown = store.prepared.has(merchant_uid)
    if (isNew && isKnown) return refuse(reply, 200, '이미 등록된 merchant_uid입니다.')
    if (!isNew && !isKnown) return refuse(reply, 404, '사전등록된 결제정보를 찾을 수 없습니다.')
    const prepared: Prepared = { merchant_uid, amount, currency: text(body, 'currency') ?? null }
    store.prepare(prepared)
    return reply.send(show(prepared))
  }

  scope.post('/payments/prepare', async (request, reply) => save(request, reply, true))
  scope.put('/payments/prepare', async (request, reply) => save(request, reply, false))

  scope.get<{ Params: { merchantUid: string } }>('/payments/prepare/:merchantUid', async (request, reply) => {
    const prepared = store.prepared.get(request.params.merchantUid)
    return prepared ? show(prepared) : refuse(reply, 404, '사전등록된 결제정보를 찾을 수 없습니다.')
  })
}
