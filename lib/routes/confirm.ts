import type { Static, TSchema } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { BlockList } from 'node:net'
import type { AttemptToConfirm, Confirm } from '../completion/confirmation.js'
import { guardAddress } from './addresses.js'
import { limitBody, WEBHOOK_BODY_BYTES } from './body-limit.js'
import { HIDDEN, UNLIMITED } from './provider-routes.js'

/** How a provider's confirmation names the attempt. */
export interface ConfirmInput<Schema extends TSchema> {
  schema: Schema
  read (body: Static<Schema>): AttemptToConfirm
}

/**
 * POST: the provider requests a confirmation just before it approves a payment (`confirm_url`). Any status but 200
 * refuses.
 */
export function mountConfirm<Schema extends TSchema> (
  scope: FastifyInstance, path: string, { schema, read }: ConfirmInput<Schema>, confirm: Confirm,
  allowed: BlockList | undefined
): void {
  const options = {
    ...limitBody(WEBHOOK_BODY_BYTES),
    config: UNLIMITED,
    schema: { ...HIDDEN, body: schema },
    ...(allowed && { onRequest: guardAddress(allowed) }),
  }
  scope.post<{ Body: Static<Schema> }>(path, options, async function confirmPayment (request, reply) {
    const refusal = await confirm(read(request.body), request)
    return refusal === undefined ? {} : reply.code(409).send({ reason: refusal })
  })
}
