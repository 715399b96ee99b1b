import type { Context } from '../hooks.js'
import type { FailureReason } from '../messages.js'
import type { Cancellations } from './cancellations.js'
import type { EventRecord, NotifiedPayment } from './event-record.js'
import type { OrderCheck } from './order-check.js'
import type { RefundRecord } from './refund-record.js'
import { isBeingCancelled } from './refund-rules.js'
import { classify, type OrderFailure } from './rules.js'

interface HandledParts<Tx> {
  record: EventRecord<Tx>
  cancellations: Cancellations<Tx>
  check: OrderCheck<Tx>
  refunds: RefundRecord<Tx>
  settings: { acceptTestPayments: boolean }
}

/**
 * For reconciliation: whether nothing is left to do for a payment from a list, as its hooks have run, or its failure is
 * recorded. Reads only.
 */
export function createIsHandled<Tx> ({ record, cancellations, check, refunds, settings }: HandledParts<Tx>) {
  async function isHandled (notified: NotifiedPayment<Tx>): Promise<boolean> {
    const found = classify(notified, settings)
    switch (found.status) {
      case 'paid': return isPaidHandled(notified)
      case 'vbank_issued': return isAccountHandled(notified)
      case 'cancelled': {
        const mismatch = await refunds.ownRefund(notified, (event) => record.find(notified, event))
        return mismatch === undefined ? cancellations.haveRun(notified) : record.has(notified, `refunded:${mismatch}`)
      }
      case 'failed':
        return found.reason === 'test_payment' && isFailureReported(notified, found.reason)
      default: return false
    }
  }

  async function isAccountHandled (notified: NotifiedPayment<Tx>): Promise<boolean> {
    const compare = (context: Context<Tx>) => check.compare(notified, context)
    const { decided, inspected: reason } = await record.peek(notified, 'issued', compare)
    if (decided === undefined) return isKnownFailure(notified, reason)
    if (decided.decision === 'refund') return refunds.isRefusalReported(notified, decided.reason)
    return decided.decision === 'delivered'
  }

  async function isPaidHandled (notified: NotifiedPayment<Tx>): Promise<boolean> {
    if (isBeingCancelled(notified)) return isBeingCancelledHandled(notified)
    const compare = (context: Context<Tx>) => check.compare(notified, context)
    const { decided, inspected: reason } = await record.peek(notified, 'paid', compare)
    switch (decided?.decision) {
      case 'delivered': return isDeliveryHandled(notified)
      case 'refund': return !check.isRecentEnough(notified) && isFailureReported(notified, decided.reason)
      case 'manual': return isFailureReported(notified, decided.reason)
      case 'closed': return false
      case undefined: return isKnownFailure(notified, reason)
    }
  }

  const isDeliveryHandled = async (notified: NotifiedPayment<Tx>) =>
    notified.payment.cancel_amount === 0 || cancellations.haveRun(notified)

  async function isBeingCancelledHandled (notified: NotifiedPayment<Tx>): Promise<boolean> {
    const decided = await record.find(notified, 'paid')
    switch (decided?.decision) {
      case 'delivered': return isDeliveryHandled(notified)
      case 'refund': return record.has(notified, `refund_pending:${decided.reason}`)
      default: return false
    }
  }

  /** Whether the payment still fails for a reason that `onFail` has received, without an automatic refund. */
  async function isKnownFailure (notified: NotifiedPayment<Tx>, reason: OrderFailure | undefined): Promise<boolean> {
    return reason !== undefined && !check.isRefundedAutomatically(notified, reason) &&
      isFailureReported(notified, reason)
  }

  const isFailureReported = async (notified: NotifiedPayment<Tx>, reason: FailureReason) =>
    record.has(notified, await refunds.failureEvent(notified, reason))

  return isHandled
}
