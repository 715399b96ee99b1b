import diagnostics from 'node:diagnostics_channel'
import type { LookedUpPayment } from './looked-up-payment.js'
import type { Decided, Notification, Progress } from './notification.js'
import { needsManualRefund, type Completion } from './reply.js'
import { isMismatch } from './rules.js'
import { codeOf, HookFailedError } from '../errors.js'

/** The name of the `node:diagnostics_channel` on which every notification is published as a {@link CompletionEvent}. */
export const COMPLETION_CHANNEL = 'fastify-iamport:completion'

/** The outcome of one notification, for metrics. It names the payment, never the card or the buyer. */
export interface CompletionEvent extends
  Pick<Notification, 'source'>,
  Partial<Pick<Completion, 'status' | 'reason' | 'refunded' | 'refund_pending' | 'replayed'>> {
  imp_uid: string
  merchant_uid: string | undefined
  /** If no decision could be made; `status` is then absent. */
  code?: string
  /** Milliseconds from the notification's arrival until its payment was looked up. */
  lookupMs: number
  /** Milliseconds for the decision, the ledger and the hook; 0 if another notification did that. */
  hookMs: number
  /** Milliseconds in all. */
  durationMs: number
}

const channel = diagnostics.channel(COMPLETION_CHANNEL)

export function reportDecided (
  { source, log }: Notification, { completion, looked, why }: Decided, progress: Progress, durationMs: number
): void {
  const { imp_uid, merchant_uid, status, reason, refunded, refund_pending, replayed, amount, currency } = completion
  const event: CompletionEvent = {
    imp_uid,
    merchant_uid,
    source,
    status,
    reason,
    refunded,
    ...(refund_pending && { refund_pending }),
    replayed,
    ...rounded(progress, durationMs),
  }
  channel.publish(event)
  const fields = isMismatch(reason) ? { ...event, amount, currency } : event
  if (needsManualRefund(completion)) log.error({ ...fields, why }, manualRefundText(why))
  else if (refund_pending) log.warn(fields, 'payment failed: it does not match its order; its refund is pending')
  else if (status === 'failed') log.warn(fields, failureText(completion, looked))
  else log.info(fields, `payment ${status}`)
}

function manualRefundText (why: Decided['why']): string {
  const toDo = why === 'maybe_delivered'
    ? 'a server that died may have delivered it: look at the order before you refund it manually'
    : 'refund it manually'
  return `payment does not match its order and was not refunded: ${toDo}`
}

/** What the log says of a failure that its reason alone does not explain. */
const FAILURES: Partial<Record<NonNullable<Completion['reason']>, string>> = {
  amount_mismatch: 'payment failed: its amount is not that of its order',
  currency_mismatch: 'payment failed: its currency is not that of its order',
  order_not_found: 'payment failed: getExpectedAmount returned null or undefined, so there is no such order',
  test_payment: 'payment failed: it comes from a test channel; for development there is acceptTestPayments',
  not_paid: 'payment not paid yet: the checkout is open, or was left, or the approval is pending',
}

function failureText ({ reason }: Completion, looked: LookedUpPayment | undefined): string {
  const text = (reason && FAILURES[reason]) ?? 'payment failed'
  if (!isMismatch(reason)) return text
  // An account that was closed before its deposit, and an approval that was refused, have cost the buyer nothing.
  const wasCharged = looked !== undefined && (looked.state === 'paid' || looked.payment.cancel_amount > 0)
  return `${text}; ${wasCharged ? 'it was refunded' : 'nothing was charged'}`
}

export function reportUndecided (
  { source, impUid = '', log }: Notification, error: unknown, progress: Progress, durationMs: number
): void {
  const code = codeOf(error)
  const event: CompletionEvent = {
    imp_uid: impUid, merchant_uid: progress.merchantUid, source, code, ...rounded(progress, durationMs),
  }
  channel.publish(event)
  const isRefused = code === 'IAMPORT_PAYMENT_NOT_FOUND' || code === 'IAMPORT_ORDER_MISMATCH'
  const hook = error instanceof HookFailedError ? error.hook : undefined
  if (isRefused) log.warn(event, 'payment notification refused')
  else if (hook === undefined) log.error({ ...event, err: error }, 'no decision about the payment')
  else log.error({ ...event, hook, err: error }, `no decision about the payment: ${hook} failed`)
}

const rounded = ({ lookupMs, hookMs }: Progress, durationMs: number) =>
  ({ lookupMs: Math.round(lookupMs), hookMs: Math.round(hookMs), durationMs: Math.round(durationMs) })
