import { Type, type Static } from '@sinclair/typebox'
import { Completion } from '../completion/reply.js'
import { IMP_UID_PATTERN } from '../completion/payment.js'

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

export const CompleteBody = Type.Object({ imp_uid: ImpUid, merchant_uid: MerchantUid }, { additionalProperties: true })
export type CompleteBody = Static<typeof CompleteBody>

/**
 * Flags that older methods add (`imp_success`, `success`, `error_code`, ...) are not read: they can be false for a
 * payment that succeeded.
 */
export const RedirectQuery = Type.Object({
  imp_uid: Type.Optional(Type.Union([ImpUid, Type.Literal('')])),
  /** Twice, if the shop's own URL had it already and the provider added it. */
  merchant_uid: Type.Optional(Type.Union([OrderNumber, Type.Array(OrderNumber)])),
}, { additionalProperties: true })
export type RedirectQuery = Static<typeof RedirectQuery>

/** The only field of the body that is read; the others may be anything. */
export const WebhookBody = Type.Object({ imp_uid: ImpUid }, { additionalProperties: true })
export type WebhookBody = Static<typeof WebhookBody>

/** In a form, `amount` is text. */
export const ConfirmBody = Type.Object({
  imp_uid: ImpUid,
  merchant_uid: Type.String({ minLength: 1, maxLength: MAX_MERCHANT_UID }),
  amount: Type.Union([Type.Number({ minimum: 0 }), Type.String({ pattern: '^\\d{1,15}(\\.\\d{1,4})?$' })]),
}, { additionalProperties: true })
export type ConfirmBody = Static<typeof ConfirmBody>

export const Refused = Type.Object({ reason: Type.String() }, { description: 'Why the payment is refused' })

/** An error as Fastify replies it. */
export const ErrorReply = Type.Object({
  statusCode: Type.Number(),
  code: Type.Optional(Type.String()),
  error: Type.String(),
  message: Type.String(),
})

export const completionReplies = { 200: Completion, '4xx': ErrorReply, '5xx': ErrorReply }

/** The order that a notification claims to be about. */
export const orderOf = (merchantUid: string | number | null | undefined): string | undefined =>
  merchantUid === undefined || merchantUid === null || merchantUid === '' ? undefined : String(merchantUid)
