import type { Notification } from './completion.js'
import type { Completion } from './completion-reply.js'
import { codeOf } from './errors.js'
import { isMismatch } from './refund.js'

/*
 * One line for each notification. It names the payment, never the card or the buyer.
 */

export function logDecision ({ source, log }: Notification, completion: Completion, durationMs: number): void {
  const { imp_uid, merchant_uid, status, reason, refunded, replayed } = completion
  const fields = { imp_uid, merchant_uid, source, status, reason, refunded, replayed, durationMs: Math.round(durationMs) }
  const needsHands = refunded === false && reason !== undefined && reason !== 'payment_cancelled' && isMismatch(reason)
  if (needsHands) log.error(fields, 'payment not as ordered and not refunded: refund it by hand')
  else if (status === 'failed') log.warn(fields, 'payment failed')
  else log.info(fields, `payment ${status}`)
}

export function logUndecided ({ source, impUid, merchantUid, log }: Notification, error: unknown, durationMs: number): void {
  const code = codeOf(error)
  const fields = { imp_uid: impUid, merchant_uid: merchantUid, source, code, durationMs: Math.round(durationMs) }
  const isRefused = code === 'IAMPORT_PAYMENT_NOT_FOUND' || code === 'IAMPORT_ORDER_MISMATCH'
  if (isRefused) log.warn(fields, 'payment notification refused')
  else log.error({ ...fields, err: error }, 'payment not decided')
}
