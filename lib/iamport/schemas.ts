import { Type, type Static } from '@sinclair/typebox'
import type { Payment } from '../completion/payment.js'

/*
 * The provider's answers other than payments. Fields that we read are checked, all others are not.
 * Source: https://developers.portone.io/api/rest-v1
 */

/** Not checked at run time. */
const unchecked = <T>() => Type.Optional(Type.Unsafe<T | null>(Type.Unknown()))

/** A page of a list; `next` is 0 on the last one. Payments are checked one by one. An empty page may lack `list`. */
export const PaymentPage = Type.Object({
  total: Type.Number(),
  next: Type.Number(),
  list: Type.Optional(Type.Union([Type.Array(Type.Unknown()), Type.Null()])),
})

/** An entry of a list. `payment` is `undefined` if the entry is not a valid payment, so that the list can go on. */
export interface ListedPayment { impUid: string, payment: Payment | undefined }

/** The payments of a batch, which are checked one by one. */
export const PaymentBatch = Type.Array(Type.Unknown())

/** An amount registered before the payment. Without `currency` the provider does not compare it. */
export const PreparedPayment = Type.Object({
  merchant_uid: Type.String(),
  amount: Type.Number({ minimum: 0 }),
  currency: unchecked<string>(),
})
export type PreparedPayment = Static<typeof PreparedPayment>

/** The answer of `POST /users/getToken`; times are UNIX seconds on the provider's clock. */
export const AccessToken = Type.Object({
  // Only what a header can carry: another one would fail every request until it expires.
  access_token: Type.String({ pattern: '^[\\x21-\\x7e]+$' }),
  now: unchecked<number>(),
  expired_at: unchecked<number>(),
})
