import type { FastifyInstance } from 'fastify'
import type { BlockList } from 'node:net'
import type { Complete } from '../completion/notification.js'
import { createNegativeCache } from '../concurrency/negative-cache.js'
import { guardAddress } from './addresses.js'
import { limitBody, WEBHOOK_BODY_BYTES } from './body-limit.js'
import { completionReplies, WebhookBody } from './schemas.js'

/**
 * POST: the provider reports a change of a payment. Unsigned, so only its `imp_uid` is read. After 200 or 4xx it is
 * never redelivered; after 5xx it is, if the console is configured to.
 */
export function mountWebhook (
  scope: FastifyInstance, path: string, complete: Complete, allowed: BlockList | undefined
): void {
  const options = {
    ...limitBody(WEBHOOK_BODY_BYTES),
    schema: { body: WebhookBody, response: completionReplies },
    ...(allowed && { onRequest: guardAddress(allowed) }),
  }
  const notFound = createNegativeCache()

  scope.post<{ Body: WebhookBody }>(path, options, (request) => {
    const { imp_uid: impUid } = request.body
    return notFound.lookUp(impUid, () => complete({ impUid, source: 'webhook', request, log: request.log }))
  })
}
