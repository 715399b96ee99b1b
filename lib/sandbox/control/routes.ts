import type { FastifyInstance } from 'fastify'
import type { Faults } from '../faults/faults.js'
import type { Controls } from './controls.js'
import { faultRoutes } from './fault-routes.js'
import { CancelBody, ListQuery, PayBody, TargetBody, WebhookBody } from './schemas.js'

/** Payments in one answer. */
const MAX_LISTED = 1000

/**
 * What a merchant's own tests need over HTTP. Without a token: the sandbox holds no secret, and the requests of other
 * sites' pages are refused before.
 */
export function controlRoutes (controls: Controls, faults: Faults, reset: () => void) {
  const { pay, deposit, expire, approve, cancel, resendWebhook, payments } = controls

  return async function control (scope: FastifyInstance): Promise<void> {
    // Another site's page may send text without asking; JSON it may not.
    scope.removeContentTypeParser('text/plain')

    scope.post<{ Body: PayBody }>('/sandbox/pay', { schema: { body: PayBody } }, async ({ body }) => pay(body))
    // `/sandbox/settle` is what `/sandbox/approve` was called before.
    for (const [path, work] of [
      ['deposit', deposit], ['expire', expire], ['approve', approve], ['settle', approve],
    ] as const) {
      scope.post<{ Body: TargetBody }>(`/sandbox/${path}`, { schema: { body: TargetBody } }, async ({ body }) =>
        work(body.imp_uid))
    }
    scope.post<{ Body: CancelBody }>('/sandbox/cancel', { schema: { body: CancelBody } }, async ({ body }) => {
      const { imp_uid, ...rest } = body
      return cancel(imp_uid, rest)
    })
    scope.post<{ Body: WebhookBody }>('/sandbox/webhook', { schema: { body: WebhookBody } }, async ({ body }) =>
      resendWebhook(body.imp_uid, body.copies))

    const listed = { schema: { querystring: ListQuery } }
    scope.get<{ Querystring: ListQuery }>('/sandbox/payments', listed, async (request) => {
      const { merchant_uid } = request.query
      return merchant_uid === undefined ? payments.newest(MAX_LISTED) : payments.ofOrder(merchant_uid)
    })
    scope.get<{ Params: { impUid: string } }>('/sandbox/payments/:impUid', async ({ params }) =>
      payments.inspect(params.impUid))

    scope.post('/sandbox/reset', async () => {
      reset()
      return {}
    })
    faultRoutes(scope, faults)
  }
}
