import { Type, type Static } from '@sinclair/typebox'
import type { PortoneCancellation, PortoneWirePayment } from './wire-payment.js'

/*
 * What of the provider's answers a decision depends on; all else is not checked, and null counts as absent.
 * Source: https://developers.portone.io/api/rest-v2
 */

const optional = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

/** A whole number of the currency's minor unit. */
const Units = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** A status that is missing, or that we do not know, is a cancellation that may still be carried out. */
const Cancellation = Type.Object({
  id: Type.String({ minLength: 1 }),
  status: Type.Optional(Type.Unknown()),
  totalAmount: Units,
  reason: optional(Type.String()),
})

export const WirePayment = Type.Unsafe<PortoneWirePayment>(Type.Object({
  id: Type.String(),
  transactionId: Type.String({ minLength: 1 }),
  storeId: Type.String(),
  version: Type.String(),
  status: Type.String({ minLength: 1 }),
  amount: Type.Object({ total: Units }),
  currency: Type.String({ minLength: 1 }),
  channel: optional(Type.Object({ type: optional(Type.String()) })),
  channelGroup: optional(Type.Object({ isForTest: optional(Type.Boolean()) })),
  cancellations: optional(Type.Array(Cancellation)),
}))

/** A page of `GET /payments`; its payments are checked one by one. */
export const PaymentPage = Type.Object({
  items: Type.Array(Type.Unknown()),
  page: Type.Optional(Type.Unknown()),
})
export type PaymentPage = Static<typeof PaymentPage>

/** `status` must be there: HTTP 200 does not mean that anything was cancelled. */
export const CancelAnswer = Type.Unsafe<{ cancellation: PortoneCancellation }>(Type.Object({
  cancellation: Type.Object({ status: Type.String() }),
}))

/** Of the other writes, whose answers decide nothing. */
export const CloseAnswer = Type.Unsafe<{ closedAt: string }>(Type.Object({}))
export const PaidAnswer = Type.Unsafe<{ payment: { pgTxId: string, paidAt: string } }>(Type.Object({
  payment: Type.Object({}),
}))
export const AnyAnswer = Type.Unsafe<object>(Type.Object({}))
