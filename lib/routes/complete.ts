import type { FastifyInstance } from 'fastify'
import type { Complete } from '../notification.js'
import { CompleteBody, completionReplies, orderOf } from './schemas.js'

/** POST: the page (PC) tells that its checkout window has closed. */
export function mountComplete (scope: FastifyInstance, path: string, complete: Complete): void {
  scope.post<{ Body: CompleteBody }>(path, { schema: { body: CompleteBody, response: completionReplies } }, (request) =>
    complete({
      impUid: request.body.imp_uid,
      merchantUid: orderOf(request.body.merchant_uid),
      source: 'browser',
      request,
      log: request.log,
    }))
}
