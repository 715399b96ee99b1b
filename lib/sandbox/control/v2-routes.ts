import type { FastifyInstance } from 'fastify'
import type { PortoneSandbox } from '../portone/index.js'
import { fieldsOf, text } from '../rest/fields.js'
import {
  EndCancellationBody, PayV2Body, V2CancelBody, V2ListQuery, V2TargetBody, V2WebhookBody,
} from './v2-schemas.js'

/** Payments in one answer. */
const MAX_LISTED = 1000

/** What tests need of V2 over HTTP. */
export function v2ControlRoutes ({ controls, payV2 }: Pick<PortoneSandbox, 'controls' | 'payV2'>) {
  const { deposit, expire, approve, cancel, endCancellation, resendWebhook, payments } = controls

  return async function control (scope: FastifyInstance): Promise<void> {
    scope.removeContentTypeParser('text/plain')

    scope.post<{ Body: PayV2Body }>('/pay', { schema: { body: PayV2Body } }, async ({ body }) => payV2(body))
    for (const [path, work] of [['deposit', deposit], ['expire', expire], ['approve', approve]] as const) {
      scope.post<{ Body: V2TargetBody }>(`/${path}`, { schema: { body: V2TargetBody } }, async ({ body }) => {
        const { paymentId, ...attempt } = body
        return work(paymentId, attempt)
      })
    }
    scope.post<{ Body: V2CancelBody }>('/cancel', { schema: { body: V2CancelBody } }, async ({ body }) => {
      const { paymentId, ...rest } = body
      return cancel(paymentId, rest)
    })
    const ended = { schema: { body: EndCancellationBody } }
    scope.post<{ Body: EndCancellationBody }>('/end-cancellation', ended, async ({ body }) => {
      const { paymentId, ...rest } = body
      return endCancellation(paymentId, rest)
    })
    scope.post<{ Body: V2WebhookBody }>('/webhook', { schema: { body: V2WebhookBody } }, async ({ body }) => {
      const { paymentId, ...rest } = body
      return resendWebhook(paymentId, rest)
    })

    const listed = { schema: { querystring: V2ListQuery } }
    scope.get<{ Querystring: V2ListQuery }>('/payments', listed, async ({ query: { paymentId } }) =>
      paymentId === undefined ? payments.all().slice(-MAX_LISTED) : payments.attempts(paymentId))
    scope.get<{ Params: { paymentId: string } }>('/payments/:paymentId', async ({ params, query }) =>
      payments.inspect(params.paymentId, { transactionId: text(fieldsOf(query), 'transactionId') }))
  }
}
