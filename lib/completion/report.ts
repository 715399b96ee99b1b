import diagnostics from 'node:diagnostics_channel'
import type { Notification, Timing } from './notification.js'
import type { Completion } from './reply.js'
import { codeOf } from '../errors.js'
import { isMismatch } from './rules.js'

/** The name of the `node:diagnostics_channel` on which every notification is published as a {@link CompletionEvent}. */
export const COMPLETION_CHANNEL = 'fastify-iamport:completion'

/** The outcome of one notification, for metrics. It names the payment, never the card or the buyer. */
export interface CompletionEvent extends
  Pick<Notification, 'source'>, Partial<Pick<Completion, 'status' | 'reason' | 'refunded' | 'replayed'>> {
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
  { source, log }: Notification, completion: Completion, timing: Timing, durationMs: number
): void {
  const { imp_uid, merchant_uid, status, reason, refunded, replayed } = completion
  const event: CompletionEvent = {
    imp_uid, merchant_uid, source, status, reason, refunded, replayed, ...rounded(timing, durationMs),
  }
  channel.publish(event)
  const needsManualRefund = refunded === false && isMismatch(reason)
  if (needsManualRefund) log.error(event, 'payment does not match its order and was not refunded: refund it manually')
  else if (status === 'failed') log.warn(event, 'payment failed')
  else log.info(event, `payment ${status}`)
}

export function reportUndecided (
  { source, impUid, merchantUid, log }: Notification, error: unknown, timing: Timing, durationMs: number
): void {
  const code = codeOf(error)
  const event: CompletionEvent = {
    imp_uid: impUid, merchant_uid: merchantUid, source, code, ...rounded(timing, durationMs),
  }
  channel.publish(event)
  const isRefused = code === 'IAMPORT_PAYMENT_NOT_FOUND' || code === 'IAMPORT_ORDER_MISMATCH'
  if (isRefused) log.warn(event, 'payment notification refused')
  else log.error({ ...event, err: error }, 'no decision about the payment')
}

const rounded = ({ lookupMs, hookMs }: Timing, durationMs: number) =>
  ({ lookupMs: Math.round(lookupMs), hookMs: Math.round(hookMs), durationMs: Math.round(durationMs) })
