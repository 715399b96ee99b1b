import { Type, type Static } from '@sinclair/typebox'

const Text = Type.Optional(Type.String())
const PaymentId = Type.String({ minLength: 1 })
const Flag = Type.Optional(Type.Boolean())
const Amount = Type.Integer({ minimum: 1 })
const closed = { additionalProperties: false }
const oneOf = <Name extends string>(...names: Name[]) => Type.Union(names.map((name) => Type.Literal(name)))

/** POST /sandbox/v2/pay: as a buyer in the window would. */
export const PayV2Body = Type.Object({
  paymentId: PaymentId,
  /** In the currency's minor unit. */
  totalAmount: Amount,
  currency: Text,
  payMethod: Type.Optional(oneOf('CARD', 'TRANSFER', 'VIRTUAL_ACCOUNT', 'MOBILE', 'EASY_PAY')),
  orderName: Text,
  storeId: Text,
  channelKey: Text,
  channelGroupId: Text,
  taxFreeAmount: Type.Optional(Type.Integer({ minimum: 0 })),
  vatAmount: Type.Optional(Type.Integer({ minimum: 0 })),
  customer: Type.Optional(Type.Object({
    customerId: Text, fullName: Text, email: Text, phoneNumber: Text,
  }, closed)),
  customData: Type.Optional(Type.Unknown()),
  promotionId: Text,
  noticeUrls: Type.Optional(Type.Array(Type.String())),
  confirmUrl: Text,
  virtualAccount: Type.Optional(Type.Object({
    accountExpiry: Type.Object({ validHours: Type.Optional(Type.Number({ minimum: 0 })), dueDate: Text }, closed),
  }, closed)),
  easyPay: Type.Optional(Type.Object({ easyPayProvider: Text }, closed)),
  /** Made in a test channel. */
  isTest: Flag,
  platform: Type.Optional(oneOf('PC', 'MOBILE')),
  /** Declined for this reason. */
  decline: Text,
  /** True: the window opens, and the buyer decides nothing. */
  leave: Flag,
}, closed)
export type PayV2Body = Static<typeof PayV2Body>

/** Without a `transactionId`, the attempt that the API shows under that id. */
const target = { paymentId: PaymentId, transactionId: Text }

/** POST /sandbox/v2/deposit, /expire, /approve. */
export const V2TargetBody = Type.Object(target, closed)
export type V2TargetBody = Static<typeof V2TargetBody>

/** POST /sandbox/v2/cancel: as in the provider's console. */
export const V2CancelBody = Type.Object({
  ...target, amount: Type.Optional(Amount), reason: Text, chargeback: Flag,
}, closed)
export type V2CancelBody = Static<typeof V2CancelBody>

/** POST /sandbox/v2/end-cancellation: of a requested one. */
export const EndCancellationBody = Type.Object({
  ...target, cancellationId: Text, outcome: Type.Optional(oneOf('succeeded', 'failed')),
}, closed)
export type EndCancellationBody = Static<typeof EndCancellationBody>

/** POST /sandbox/v2/webhook: the last webhook again, `copies` at once. */
export const V2WebhookBody = Type.Object({
  ...target, copies: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
}, closed)
export type V2WebhookBody = Static<typeof V2WebhookBody>

/** GET /sandbox/v2/payments: the attempts under one id, or every payment. */
export const V2ListQuery = Type.Object({ paymentId: Text }, closed)
export type V2ListQuery = Static<typeof V2ListQuery>
