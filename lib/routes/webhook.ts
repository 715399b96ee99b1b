import type { Static, TSchema } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { BlockList } from 'node:net'
import type { Complete } from '../completion/notification.js'
import { createNegativeCache } from '../concurrency/negative-cache.js'
import { guardAddress } from './addresses.js'
import { limitBody, WEBHOOK_BODY_BYTES } from './body-limit.js'
import type { Input } from './input.js'
import { HIDDEN, UNLIMITED } from './provider-routes.js'

/**
 * POST: the provider reports a change of a payment. Unsigned, so only the payment's name is read. After 200 or 4xx it
 * is never redelivered; after 5xx it is, if the console is configured to.
 */
export function mountWebhook<Schema extends TSchema> (
  scope: FastifyInstance, path: string, { schema, read }: Input<Schema>, complete: Complete,
  allowed: BlockList | undefined
): void {
  const options = {
    ...limitBody(WEBHOOK_BODY_BYTES),
    config: UNLIMITED,
    schema: { ...HIDDEN, body: schema },
    ...(allowed && { onRequest: guardAddress(allowed) }),
  }
  const notFound = createNegativeCache()

  scope.post<{ Body: Static<Schema> }>(path, options, async function receiveWebhook (request) {
    const named = read(request.body)
    const { completion } = await notFound.lookUp(named.id, () =>
      complete({ source: 'webhook', request, log: request.log, ...named }))
    return completion
  })
}
