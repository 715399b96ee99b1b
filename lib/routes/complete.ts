import type { FastifyInstance } from 'fastify'
import type { Complete } from '../completion/notification.js'
import { limitBody, PAGE_BODY_BYTES } from './body-limit.js'
import { CompleteBody, completionReplies, orderOf } from './schemas.js'

/** POST: the page (PC) posts the payment after its checkout window has closed. */
export function mountComplete (scope: FastifyInstance, path: string, complete: Complete): void {
  const options = { ...limitBody(PAGE_BODY_BYTES), schema: { body: CompleteBody, response: completionReplies } }
  scope.post<{ Body: CompleteBody }>(path, options, (request) =>
    complete({
      impUid: request.body.imp_uid,
      merchantUid: orderOf(request.body.merchant_uid),
      source: 'browser',
      request,
      log: request.log,
    }))
}
