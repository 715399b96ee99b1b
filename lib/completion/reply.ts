import { Type, type Static } from '@sinclair/typebox'
import { messageFor, type FailureReason, type Locale } from '../messages.js'
import type { Objection } from './confirmation.js'
import type { ManualRefundCause } from './refund-rules.js'
import type { LookedUpPayment } from './looked-up-payment.js'
import type { Payment } from './payment.js'
import { isMismatch, type Mismatch } from './rules.js'

const nullableString = Type.Union([Type.String(), Type.Null()])

/** The reply about a decided payment, the same for every source. */
export const Completion = Type.Object({
  /** True for `paid` and `vbank_issued` only. */
  success: Type.Boolean(),
  /** `cancelled`: in full; a partly cancelled payment is `paid`. `ignored`: a billing key was issued. */
  status: Type.Union([
    Type.Literal('paid'), Type.Literal('vbank_issued'), Type.Literal('failed'), Type.Literal('cancelled'),
    Type.Literal('ignored'),
  ]),
  imp_uid: Type.String(),
  merchant_uid: Type.String(),
  /** In the currency's major unit. */
  amount: Type.Number(),
  /** ISO 4217. */
  currency: Type.String(),
  pay_method: nullableString,
  /** For the buyer, in the language of the option `locale`. */
  message: Type.String(),
  /** The hook had run before; this is its recorded result. */
  replayed: Type.Boolean(),
  /**
   * `failed` and `cancelled` only: a failure's reason, or `payment_cancelled`; `not_confirmed` if `onConfirm` refused
   * before a manual approval.
   */
  reason: Type.Optional(Type.Unsafe<FailureReason | 'payment_cancelled' | 'not_confirmed'>(Type.String())),
  /** `failed` only: false after a mismatch means that a manual refund is needed; true also if nothing was charged. */
  refunded: Type.Optional(Type.Boolean()),
  /** PortOne V2 only: true while a refund of ours was accepted and is not carried out yet; `refunded` is then false. */
  refund_pending: Type.Optional(Type.Literal(true)),
  /** `vbank_issued` only. */
  vbank: Type.Optional(Type.Object({
    name: nullableString,
    num: nullableString,
    holder: nullableString,
    /** The deadline for the deposit, UNIX seconds. */
    due: Type.Union([Type.Number(), Type.Null()]),
  })),
  /** The sum of all cancellations, as of this lookup. */
  cancel_amount: Type.Number(),
  /** `failed` only: the provider's `fail_reason`, if there is one. */
  detail: Type.Optional(Type.String()),
  /** With `exposeData` only: what the hook returned, as JSON. */
  data: Type.Optional(Type.Unknown()),
})
/** The reply about a decided payment, the same for every source. */
export type Completion = Static<typeof Completion>

/**
 * How far the refund of a failed payment has come. `none`: there is none, or the provider refused it. `unneeded`: the
 * payment was never approved, so nothing was charged.
 */
export type RefundState = 'done' | 'pending' | 'none' | 'unneeded'

/** What a decision adds to the payment. */
export type Outcome =
  | { status: 'paid' | 'vbank_issued', replayed: boolean, data: unknown }
  | {
    status: 'failed',
    replayed: boolean,
    data: unknown,
    reason: FailureReason,
    refund: RefundState,
    /** After a mismatch that is not refunded automatically. */
    why: ManualRefundCause | undefined,
  }
  | { status: 'cancelled', replayed: boolean }
  | { status: 'ignored', replayed: false }

/** For the buyer. What the provider approves later must not be paid again. */
export const failureMessage = ({ state }: Pick<LookedUpPayment, 'state'>, reason: FailureReason, locale: Locale) =>
  messageFor(reason === 'not_paid' && state === 'approval_pending' ? 'pending' : reason, locale)

export function describe (
  looked: Pick<LookedUpPayment, 'payment' | 'state'>, outcome: Outcome,
  { locale, exposeData }: { locale: Locale, exposeData: boolean }
): Completion {
  const { payment } = looked
  const { status } = outcome
  const { fail_reason: detail } = payment
  return {
    success: status === 'paid' || status === 'vbank_issued',
    status,
    imp_uid: payment.imp_uid,
    merchant_uid: payment.merchant_uid,
    amount: payment.amount,
    currency: payment.currency,
    pay_method: payment.pay_method ?? null,
    message: status === 'failed' ? failureMessage(looked, outcome.reason, locale) : messageFor(status, locale),
    replayed: outcome.replayed,
    cancel_amount: payment.cancel_amount,
    ...(status === 'failed' && { reason: outcome.reason, ...describeRefund(outcome.refund) }),
    ...(status === 'cancelled' && { reason: 'payment_cancelled' as const }),
    ...(status === 'vbank_issued' && { vbank: vbankOf(payment) }),
    ...(status === 'failed' && typeof detail === 'string' && detail !== '' && { detail }),
    // Data recorded while `exposeData` was on is not exposed once it is off.
    ...(exposeData && 'data' in outcome && outcome.data !== undefined && { data: outcome.data }),
  }
}

/** Whether a mismatch was neither refunded nor is being refunded: a person has to. */
export const needsManualRefund = (completion: Completion): completion is Completion & { reason: Mismatch } =>
  completion.refunded === false && !completion.refund_pending && isMismatch(completion.reason)

/** The refund fields of `onFail` and of every reply. */
export const describeRefund = (refund: RefundState) => ({
  refunded: refund === 'done' || refund === 'unneeded',
  ...(refund === 'pending' && { refund_pending: true as const }),
})

/** The reply about an attempt that was refused before its approval: nothing was charged, and no hook runs. */
export const describeRefused = (
  { imp_uid, merchant_uid, currency = 'KRW' }: { imp_uid: string, merchant_uid: string, currency?: string },
  reason: Objection['key'], message: string
): Completion => ({
  success: false,
  status: 'failed',
  imp_uid,
  merchant_uid,
  amount: 0,
  currency,
  pay_method: null,
  message,
  replayed: false,
  cancel_amount: 0,
  reason,
  refunded: true,
})

function vbankOf ({ vbank_name: name, vbank_num: num, vbank_holder: holder, vbank_date: due }: Payment) {
  return { name: name ?? null, num: num ?? null, holder: holder ?? null, due: due ?? null }
}
