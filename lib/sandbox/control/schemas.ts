import { Type, type Static } from '@sinclair/typebox'

const ImpUid = Type.String({ minLength: 1, maxLength: 64 })
const Text = Type.Optional(Type.String())
const Channel = Type.Union([Type.Literal('pc'), Type.Literal('mobile'), Type.Literal('api')])
const Usage = Type.Union([Type.Literal('issue'), Type.Literal('payment'), Type.Literal('payment.scheduled')])
const closed = { additionalProperties: false }

/** POST /sandbox/pay: as a buyer in the window would. */
export const PayBody = Type.Object({
  merchant_uid: Type.String(),
  amount: Type.Number({ minimum: 0 }),
  currency: Text,
  pay_method: Text,
  name: Text,
  pg: Text,
  buyer_name: Text,
  buyer_email: Text,
  buyer_tel: Text,
  buyer_addr: Text,
  buyer_postcode: Text,
  custom_data: Type.Optional(Type.Unknown()),
  customer_uid: Text,
  customer_uid_usage: Type.Optional(Usage),
  notice_url: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
  confirm_url: Text,
  vbank_due: Text,
  /** Made in a test channel. */
  sandbox: Type.Optional(Type.Boolean()),
  channel: Type.Optional(Channel),
  /** Declined for this reason. */
  decline: Text,
  /** True: the window opens, and the buyer decides nothing. */
  leave: Type.Optional(Type.Boolean()),
}, closed)
export type PayBody = Static<typeof PayBody>

/** POST /sandbox/deposit, /sandbox/expire, /sandbox/approve. */
export const TargetBody = Type.Object({ imp_uid: ImpUid }, closed)
export type TargetBody = Static<typeof TargetBody>

/** POST /sandbox/cancel: as in the provider's console, without a refund account. */
export const CancelBody = Type.Object({
  imp_uid: ImpUid,
  amount: Type.Optional(Type.Number({ minimum: 0 })),
  reason: Text,
}, closed)
export type CancelBody = Static<typeof CancelBody>

/** POST /sandbox/webhook: the last webhook again, `copies` at once. */
export const WebhookBody = Type.Object({
  imp_uid: ImpUid,
  copies: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
}, closed)
export type WebhookBody = Static<typeof WebhookBody>

/** GET /sandbox/payments: those of one order, or the newest. */
export const ListQuery = Type.Object({ merchant_uid: Text }, closed)
export type ListQuery = Static<typeof ListQuery>
