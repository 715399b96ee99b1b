import type { Static, TSchema } from '@sinclair/typebox'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { BlockList } from 'node:net'
import type { Complete } from '../completion/notification.js'
import { createNegativeCache } from '../concurrency/negative-cache.js'
import { guardAddress } from './addresses.js'
import { limitBody, WEBHOOK_BODY_BYTES } from './body-limit.js'
import type { Input } from './input.js'
import { HIDDEN, UNLIMITED } from './provider-routes.js'

export interface WebhookInput<Schema extends TSchema> extends Input<Schema> {
  /** Logs what a body that the schema refuses may be. */
  explain (body: unknown, log: FastifyBaseLogger): void
}

/**
 * POST: the provider reports a change of a payment. Unsigned, so only the payment's name is read. After 200 or 4xx it
 * is never redelivered; after 5xx it is, if the console is configured to.
 */
export function mountWebhook<Schema extends TSchema> (
  scope: FastifyInstance, path: string, { schema, read, explain }: WebhookInput<Schema>, complete: Complete,
  allowed: BlockList | undefined
): void {
  const options = {
    ...limitBody(WEBHOOK_BODY_BYTES),
    attachValidation: true,
    config: UNLIMITED,
    schema: { ...HIDDEN, body: schema },
    ...(allowed && { onRequest: guardAddress(allowed) }),
  }
  const notFound = createNegativeCache()

  scope.post<{ Body: Static<Schema> }>(path, options, async function receiveWebhook (request) {
    if (request.validationError) {
      explain(request.body, request.log)
      throw request.validationError
    }
    const named = read(request.body)
    const { completion } = await notFound.lookUp(named.id, () =>
      complete({ source: 'webhook', request, log: request.log, ...named }))
    return completion
  })
}
