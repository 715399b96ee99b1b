import type { Hooks } from '../hooks.js'
import type { FailureReason, Locale } from '../messages.js'
import type { EventRecord, NotifiedPayment, PaymentEvent } from './event-record.js'
import type { ManualRefundCause } from './refund-rules.js'
import { copyOf } from './payment.js'
import type { RefundRecord } from './refund-record.js'
import { describeRefund, failureMessage, type Outcome, type RefundState } from './reply.js'
import type { RunHook } from './run-hook.js'

interface FailSettings<Tx> {
  hooks: Pick<Hooks<Tx>, 'onFail'>
  locale: Locale
}

/**
 * Runs `onFail` once for each failure of a payment, and once for each state that its refund comes into.
 * @param why a mismatch is not refunded automatically
 */
export type Fail<Tx> = (
  notified: NotifiedPayment<Tx>, reason: FailureReason, refund: RefundState, why?: ManualRefundCause
) => Promise<Outcome>

export function createFail<Tx> (
  { hooks, locale }: FailSettings<Tx>, record: EventRecord<Tx>, refundRecord: RefundRecord<Tx>, run: RunHook
): Fail<Tx> {
  /** Done, pending and refused refunds are events of their own, as are those that failed after they were accepted. */
  async function eventOf (
    notified: NotifiedPayment<Tx>, reason: FailureReason, refund: RefundState
  ): Promise<PaymentEvent> {
    switch (refund) {
      case 'done': return `refunded:${reason}`
      case 'pending': return `refund_pending:${reason}`
      case 'unneeded': return `not_approved:${reason}`
      case 'none': return refundRecord.failureEvent(notified, reason)
    }
  }

  return async function fail (notified, reason, refund, why) {
    const { payment, context: { log } } = notified
    const final = reason !== 'not_paid' && reason !== 'payment_failed'
    const failure = { reason, final, ...describeRefund(refund), message: failureMessage(notified, reason, locale) }
    const { value: data, replayed } = await record.once(notified, await eventOf(notified, reason, refund), (context) =>
      run('onFail', log, () => hooks.onFail?.({ ...failure, payment: copyOf(payment) }, context)))
    return { status: 'failed', reason, refund, why, replayed, data }
  }
}
