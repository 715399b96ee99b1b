import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { V2Webhooks } from '../webhooks.js'
import { webhookOf } from '../wire.js'
import { readBody, StoreId, Text } from './body.js'
import type { Finder, PathOf } from './lookups.js'

const ResendBody = Type.Object({ storeId: StoreId, webhookId: Type.Optional(Text) })

/** POST /payments/{paymentId}/resend-webhook. */
export function mountResend (scope: FastifyInstance, finder: Finder, webhooks: V2Webhooks): void {
  scope.post<PathOf>('/payments/:paymentId/resend-webhook', async (request) => {
    const { storeId, webhookId } = readBody(ResendBody, request.body)
    const entry = finder.need(request.params.paymentId, storeId)
    return { webhook: webhookOf(await webhooks.resend(entry, webhookId)) }
  })
}
