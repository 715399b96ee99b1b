import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { fieldsOf, text } from '../../rest/fields.js'
import type { Ends } from '../ends.js'
import { ApiRefusal } from '../errors.js'
import { cancellationOf, timeOf } from '../wire.js'
import { Amount, readBody, StoreId, Text } from './body.js'
import type { Finder, PathOf } from './lookups.js'

const CancelBody = Type.Object({
  storeId: StoreId,
  reason: Text,
  amount: Type.Optional(Amount),
  taxFreeAmount: Type.Optional(Amount),
  vatAmount: Type.Optional(Amount),
  currentCancellableAmount: Type.Optional(Amount),
  refundAccount: Type.Optional(Type.Object({ bank: Text, number: Text, holderName: Text })),
  requester: Type.Optional(Type.Union([Type.Literal('CUSTOMER'), Type.Literal('ADMIN')])),
  skipWebhook: Type.Optional(Type.Boolean()),
})

/** Cancels a payment, closes a virtual account. */
export function mountV2Cancel (scope: FastifyInstance, finder: Finder, ends: Ends): void {
  scope.post<PathOf>('/payments/:paymentId/cancel', async (request) => {
    const { storeId, skipWebhook = false, ...body } = readBody(CancelBody, request.body)
    if (body.amount === 0) throw new ApiRefusal('INVALID_REQUEST', 'amount: 0')
    const entry = finder.need(request.params.paymentId, storeId)
    return { cancellation: cancellationOf(ends.cancel(entry, body, { trigger: 'API', skipWebhook })) }
  })

  scope.post<PathOf>('/payments/:paymentId/virtual-account/close', async (request) => {
    const entry = finder.need(request.params.paymentId, text(fieldsOf(request.query), 'storeId'))
    ends.close(entry, 'revoked')
    return { closedAt: timeOf(entry.payment.statusChangedAt) }
  })
}
