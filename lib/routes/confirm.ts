import type { FastifyInstance } from 'fastify'
import type { BlockList } from 'node:net'
import type { Confirm } from '../completion/confirmation.js'
import { guardAddress } from './addresses.js'
import { limitBody, WEBHOOK_BODY_BYTES } from './body-limit.js'
import { ConfirmBody, ErrorReply, Refused } from './schemas.js'

/**
 * POST: the provider requests a confirmation just before it approves a payment (`confirm_url`). Any status but 200
 * refuses.
 */
export function mountConfirm (
  scope: FastifyInstance, path: string, confirm: Confirm, allowed: BlockList | undefined
): void {
  const options = {
    ...limitBody(WEBHOOK_BODY_BYTES),
    schema: { body: ConfirmBody, response: { 409: Refused, '4xx': ErrorReply } },
    ...(allowed && { onRequest: guardAddress(allowed) }),
  }
  scope.post<{ Body: ConfirmBody }>(path, options, async (request, reply) => {
    const { imp_uid, merchant_uid, amount } = request.body
    const refusal = await confirm({ imp_uid, merchant_uid, amount: Number(amount) }, request)
    return refusal === undefined ? {} : reply.code(409).send({ reason: refusal })
  })
}
