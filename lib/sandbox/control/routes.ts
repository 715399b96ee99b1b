import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { FAULTS, type Faults } from './faults.js'
import type { Controls } from './controls.js'

const ImpUid = Type.String({ minLength: 1, maxLength: 64 })
const Optional = Type.Optional(Type.String())

/** POST /sandbox/pay: as a buyer in the window would. */
export const PayBody = Type.Object(
  {
    merchant_uid: Type.String(),
    amount: Type.Number({ minimum: 0 }),
    currency: Optional,
    pay_method: Optional,
    name: Optional,
    pg: Optional,
    buyer_name: Optional,
    buyer_email: Optional,
    buyer_tel: Optional,
    buyer_addr: Optional,
    buyer_postcode: Optional,
    custom_data: Type.Optional(Type.Unknown()),
    customer_uid: Optional,
    customer_uid_usage: Type.Optional(
      Type.Union([Type.Literal('issue'), Type.Literal('payment'), Type.Literal('payment.scheduled')])
    ),
    notice_url: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
    confirm_url: Optional,
    vbank_due: Optional,
    /** Made in a test channel. */
    sandbox: Type.Optional(Type.Boolean()),
    channel: Type.Optional(Type.Union([Type.Literal('pc'), Type.Literal('mobile'), Type.Literal('api')])),
    /** A reason declines it. */
    decline: Optional,
    /** True: the window opens and nobody decides. */
    leave: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false }
)
export type PayBody = Static<typeof PayBody>

/** POST /sandbox/deposit, /sandbox/expire, /sandbox/settle. */
export const TargetBody = Type.Object({ imp_uid: ImpUid }, { additionalProperties: false })
/** POST /sandbox/cancel: as in the provider's console, where no refund account is asked for. */
export const CancelBody = Type.Object(
  { imp_uid: ImpUid, amount: Type.Optional(Type.Number({ minimum: 0 })), reason: Optional },
  { additionalProperties: false }
)
/** GET /sandbox/payments: of one order, or the newest. */
export const ListQuery = Type.Object({ merchant_uid: Optional }, { additionalProperties: false })
/** Payments in one answer. */
const MAX_LISTED = 1000
/** POST /sandbox/webhook: the last webhook again, `copies` at once. */
export const WebhookBody = Type.Object(
  { imp_uid: ImpUid, copies: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })) },
  { additionalProperties: false }
)

/**
 * What a merchant's own tests need over HTTP. No token: the sandbox holds no secret, and other sites' pages are refused
 * before.
 */
export function controlRoutes (controls: Controls, faults: Faults, reset: () => void) {
  return async function control (scope: FastifyInstance): Promise<void> {
    // Another site's page may send text without asking; JSON it may not.
    scope.removeContentTypeParser('text/plain')
    scope.post<{ Body: PayBody }>('/sandbox/pay', { schema: { body: PayBody } }, async (request) =>
      controls.pay(request.body)
    )
    scope.post<{ Body: Static<typeof TargetBody> }>(
      '/sandbox/deposit',
      { schema: { body: TargetBody } },
      async ({ body }) => controls.deposit(body.imp_uid)
    )
    scope.post<{ Body: Static<typeof TargetBody> }>(
      '/sandbox/expire',
      { schema: { body: TargetBody } },
      async ({ body }) => controls.expire(body.imp_uid)
    )
    scope.post<{ Body: Static<typeof TargetBody> }>(
      '/sandbox/settle',
      { schema: { body: TargetBody } },
      async ({ body }) => controls.settle(body.imp_uid)
    )
    scope.post<{ Body: Static<typeof CancelBody> }>(
      '/sandbox/cancel',
      { schema: { body: CancelBody } },
      async ({ body: { imp_uid, ...rest } }) => controls.cancel(imp_uid, rest)
    )
    scope.post<{ Body: Static<typeof WebhookBody> }>(
      '/sandbox/webhook',
      { schema: { body: WebhookBody } },
      async ({ body }) => controls.resendWebhook(body.imp_uid, body.copies)
    )
    scope.get<{ Querystring: Static<typeof ListQuery> }>(
      '/sandbox/payments',
      { schema: { querystring: ListQuery } },
      async ({ query }) =>
        query.merchant_uid === undefined
          ? controls.payments.newest(MAX_LISTED)
          : controls.payments.ofOrder(query.merchant_uid)
    )
    scope.get<{ Params: { impUid: string } }>('/sandbox/payments/:impUid', async ({ params }) =>
      controls.payments.inspect(params.impUid)
    )

    scope.post('/sandbox/reset', async () => {
      reset()
      return {}
    })

    scope.get('/sandbox/scenarios', async () => ({
      active: faults.active(),
      available: Object.entries(FAULTS).map(([name, schema]) => ({
        name,
        description: schema.description,
        takes: schema.properties,
      })),
    }))
    scope.post('/sandbox/scenarios', async (request) => {
      for (const fault of [request.body].flat()) faults.set(fault)
      return { active: faults.active() }
    })
    scope.delete<{ Params: { name?: string } }>('/sandbox/scenarios/:name?', async (request) => {
      faults.clear(request.params.name)
      return { active: faults.active() }
    })
  }
}
