import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Deadline } from '../concurrency/deadline.js'
import { IMP_UID_PATTERN } from '../completion/payment.js'
import { ValidationError } from '../errors.js'
import type { ConfirmInput } from '../routes/confirm.js'
import type { Input, RedirectInput } from '../routes/input.js'
import type { WebhookInput } from '../routes/webhook.js'
import { warnOfV2Webhook } from './foreign-webhook.js'

/*
 * How V1's notifications name a payment.
 */

/** In OpenAPI. */
const TAG = 'iamport'

const ImpUid = Type.String({ pattern: IMP_UID_PATTERN, description: 'The payment, as the provider names it' })
/**
 * Characters. The provider accepts fewer. Without a limit, one request could write megabytes into the log, where JSON
 * takes six bytes for a control character.
 */
const MAX_MERCHANT_UID = 255
const OrderNumber = Type.String({ maxLength: MAX_MERCHANT_UID })
/** Null and empty count as absent; a shop with numeric order numbers may post numbers. */
const MerchantUid = Type.Optional(Type.Union([OrderNumber, Type.Number(), Type.Null()],
  { description: 'The order that the page expects' }))

const CompleteBody = Type.Object({ imp_uid: ImpUid, merchant_uid: MerchantUid }, {
  additionalProperties: true, examples: [{ imp_uid: 'imp_123456789012', merchant_uid: 'order_1' }],
})

/** The order that a notification claims to be about. */
const orderOf = (merchantUid: string | number | null | undefined): string | undefined =>
  merchantUid === undefined || merchantUid === null || merchantUid === '' ? undefined : String(merchantUid)

/** The order that a caller of `complete` expects. @throws FST_ERR_VALIDATION what a page may not post either */
export function readMerchantUid (merchantUid: unknown): string | undefined {
  if (!Value.Check(MerchantUid, merchantUid) && merchantUid !== undefined) {
    throw new ValidationError(`merchantUid must be text of at most ${MAX_MERCHANT_UID} characters, or a number`)
  }
  return orderOf(merchantUid)
}

/** What the page posts. */
export const completeInput: Input<typeof CompleteBody> = {
  tag: TAG,
  schema: CompleteBody,
  read: ({ imp_uid: impUid, merchant_uid: merchantUid }) => ({ id: impUid, impUid, merchantUid: orderOf(merchantUid) }),
}

/** The only field of the body that is read; the others may be anything. */
const WebhookBody = Type.Object({ imp_uid: ImpUid }, { additionalProperties: true })

export const webhookInput: WebhookInput<typeof WebhookBody> = {
  tag: TAG,
  schema: WebhookBody,
  read: ({ imp_uid: impUid }) => ({ id: impUid, impUid }),
  explain: warnOfV2Webhook,
}

/** In a form, `amount` is text. */
const ConfirmBody = Type.Object({
  imp_uid: ImpUid,
  merchant_uid: Type.String({ minLength: 1, maxLength: MAX_MERCHANT_UID }),
  amount: Type.Union([Type.Number({ minimum: 0 }), Type.String({ pattern: '^\\d{1,15}(\\.\\d{1,4})?$' })]),
}, { additionalProperties: true })

export const confirmInput: ConfirmInput<typeof ConfirmBody> = {
  schema: ConfirmBody,
  read: ({ imp_uid, merchant_uid, amount }) => ({ imp_uid, merchant_uid, amount: Number(amount) }),
}

/**
 * Flags that older methods add (`imp_success`, `success`, `error_code`, ...) are not read: they can be false for a
 * payment that succeeded.
 */
const RedirectQuery = Type.Object({
  imp_uid: Type.Optional(Type.Union([ImpUid, Type.Literal('')], { description: 'The payment' })),
  merchant_uid: Type.Optional(Type.Union([OrderNumber, Type.Array(OrderNumber)], {
    description: 'Its order; twice, if the address of the shop had it already and the provider added it',
  })),
}, { additionalProperties: true })

/** The ids in the query; an empty one counts as absent. */
function identifiersOf ({ imp_uid: impUid, merchant_uid: merchantUid }: Partial<Static<typeof RedirectQuery>>) {
  return { impUid: impUid || undefined, orders: [merchantUid ?? []].flat().filter((order) => order !== '') }
}

/** @param findByOrder some payment methods send only the order number */
export function createRedirectInput (
  findByOrder: (merchantUid: string, deadline: Deadline) => Promise<string>
): RedirectInput<typeof RedirectQuery> {
  return {
    tag: TAG,
    schema: RedirectQuery,
    claimed (query) {
      const { impUid, orders: [merchantUid] } = identifiersOf(query)
      return { impUid, merchantUid }
    },
    async find (query, deadline) {
      const { impUid, orders } = identifiersOf(query)
      const [merchantUid] = orders
      if (orders.some((order) => order !== merchantUid)) throw new ValidationError('merchant_uid names several orders')
      if (impUid !== undefined) return { id: impUid, impUid, merchantUid }
      if (merchantUid === undefined) throw new ValidationError('imp_uid or merchant_uid is required')
      const found = await findByOrder(merchantUid, deadline)
      return { id: found, impUid: found, merchantUid }
    },
  }
}
