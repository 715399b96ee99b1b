import { Type, type Static } from '@sinclair/typebox'

/*
 * A payment, whichever API it came from, with the names, types and units of PortOne V1, as hooks receive it. The fields
 * that a decision depends on must be present and valid. All others may be null, absent, new, or changed by the provider
 * without notice: they carry the documented type and are not checked.
 * Source: the provider's PaymentAnnotation, https://developers.portone.io/api/rest-v1/payment
 */

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]))
/** Not checked at run time. */
const unchecked = <T>() => Type.Optional(Type.Unsafe<T | null>(Type.Unknown()))

/**
 * `ready`: checkout opened, or virtual account issued. `paid`. `cancelled`: in full or in part. `failed`: for now, it
 * can still become paid. The provider may add others.
 */
export type PaymentStatus = 'ready' | 'paid' | 'cancelled' | 'failed' | (string & {})

/** The form of an `imp_uid`: officially at most 32 characters; 36 have been observed. */
export const IMP_UID_PATTERN = '^[A-Za-z0-9_-]{1,64}$'

/** One full or partial cancellation, an entry of `cancel_history`. */
export const Cancellation = Type.Object({
  /** In the payment's currency. */
  amount: Type.Number({ minimum: 0 }),
  /** The provider's id of this cancellation; third-party emulators have none. */
  cancellation_id: nullable(Type.String()),
  reason: nullable(Type.String()),
  /** UNIX seconds. */
  cancelled_at: unchecked<number>(),
  pg_tid: unchecked<string>(),
  receipt_url: unchecked<string>(),
  /** PortOne V2 only: who cancelled: `CONSOLE`, `API`, `PORTONE_ADMIN`, `CHARGEBACK`, or another word. */
  trigger: unchecked<string>(),
})
export type Cancellation = Static<typeof Cancellation>

export const Payment = Type.Object({
  imp_uid: Type.String({ minLength: 1 }),
  merchant_uid: Type.String(),
  status: Type.Unsafe<PaymentStatus>(Type.String()),
  /** In `currency`, in its major unit: won, dollars. */
  amount: Type.Number({ minimum: 0 }),
  /** The sum of all cancellations so far. */
  cancel_amount: Type.Number({ minimum: 0 }),
  /** ISO 4217, e.g. `KRW`. */
  currency: Type.String({ minLength: 1 }),
  /** Paid in a test channel: no money moved. */
  sandbox: nullable(Type.Boolean()),
  /** `card`, `trans`, `vbank`, `phone`, ... */
  pay_method: nullable(Type.String()),
  /** UNIX seconds; 0, null or absent while not paid. Emulators send fractions. */
  paid_at: nullable(Type.Number()),
  /** `issue` (a billing key), `payment`, `payment.scheduled`; null for an ordinary payment. */
  customer_uid_usage: nullable(Type.String()),
  cancel_reason: nullable(Type.String()),
  cancel_history: nullable(Type.Array(Cancellation)),
  /** The virtual account's number, once it is issued. */
  vbank_num: nullable(Type.String()),
  vbank_name: unchecked<string>(),
  vbank_holder: unchecked<string>(),
  vbank_code: unchecked<string>(),
  /** The deadline for the deposit, UNIX seconds. */
  vbank_date: unchecked<number>(),
  vbank_issued_at: unchecked<number>(),

  name: unchecked<string>(),
  channel: unchecked<'pc' | 'mobile' | 'api' | (string & {})>(),
  pg_provider: unchecked<string>(),
  emb_pg_provider: unchecked<string>(),
  pg_tid: unchecked<string>(),
  pg_id: unchecked<string>(),
  escrow: unchecked<boolean>(),
  apply_num: unchecked<string>(),
  bank_code: unchecked<string>(),
  bank_name: unchecked<string>(),
  card_code: unchecked<string>(),
  card_name: unchecked<string>(),
  card_issuer_code: unchecked<string>(),
  card_issuer_name: unchecked<string>(),
  card_publisher_code: unchecked<string>(),
  card_publisher_name: unchecked<string>(),
  /** Months of instalment, 0 for a single payment. */
  card_quota: unchecked<number>(),
  /** Masked. */
  card_number: unchecked<string>(),
  /** 0 credit, 1 debit; null where the PG does not say. */
  card_type: unchecked<number>(),
  buyer_name: unchecked<string>(),
  buyer_email: unchecked<string>(),
  buyer_tel: unchecked<string>(),
  buyer_addr: unchecked<string>(),
  buyer_postcode: unchecked<string>(),
  /** The `custom_data` that the page passed, as JSON text. */
  custom_data: unchecked<string>(),
  customer_uid: unchecked<string>(),
  user_agent: unchecked<string>(),
  /** UNIX seconds. */
  started_at: unchecked<number>(),
  /** UNIX seconds. */
  failed_at: unchecked<number>(),
  /** UNIX seconds. */
  cancelled_at: unchecked<number>(),
  fail_reason: unchecked<string>(),
  receipt_url: unchecked<string>(),
  cash_receipt_issued: unchecked<boolean>(),
  cancel_receipt_urls: unchecked<string[]>(),
})
/** A payment, with V1's names. Times are UNIX seconds, amounts in the currency's major unit. */
export type Payment = Static<typeof Payment>

/** A deep copy for one hook, which may change it without affecting a decision or another hook. */
export const copyOf = <P extends Payment>(payment: P): P => copyJson(payment)

/** A deep copy of what came as JSON; `structuredClone` takes twice as long. */
function copyJson<T extends object> (value: T): T {
  const copy: T = Array.isArray(value) ? Object.assign([], value) : { ...value }
  for (const name in copy) {
    const inner = copy[name]
    if (typeof inner === 'object' && inner !== null) copy[name] = copyJson(inner)
  }
  return copy
}
