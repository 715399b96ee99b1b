import { BadGatewayError } from '../errors.js'
import { balance, type Money } from '../money.js'
import type { Decision, EventRecord, NotifiedPayment } from './event-record.js'
import type { LookedUpPayment } from './looked-up-payment.js'
import type { OrderCheck } from './order-check.js'
import type { PaymentProvider } from './provider.js'
import { isBeingCancelled, isRefundable, type ManualRefundCause } from './refund-rules.js'
import type { RefundRecord } from './refund-record.js'
import { classify, isMismatch, type Mismatch } from './rules.js'

/** A mismatch whose money the plugin does not refund by itself. */
export interface Unrefunded {
  reason: Mismatch
  why: ManualRefundCause
  /** Whether `onFail` has received it. */
  reported: boolean
}

export interface ManualRefundParts<Tx> {
  record: EventRecord<Tx>
  check: OrderCheck<Tx>
  refunds: RefundRecord<Tx>
  settings: { acceptTestPayments: boolean, cancelOnMismatch: boolean, provider: Pick<PaymentProvider, 'name'> }
}

/** What of a payment has not been cancelled, in its currency. A virtual account before its deposit holds nothing. */
export const heldOf = ({ state, payment }: Pick<LookedUpPayment, 'state' | 'payment'>): Money => {
  const { amount, cancel_amount: cancelled, currency } = payment
  return { amount: state === 'paid' ? balance(amount, cancelled, currency) : 0, currency }
}

/** Whether a payment holds money that only a person can refund. Reads the ledger by `find` alone. */
export function createFindUnrefunded<Tx> ({ record, check, refunds, settings }: ManualRefundParts<Tx>) {
  async function findUnrefunded (notified: NotifiedPayment<Tx>): Promise<Unrefunded | undefined> {
    const { status } = classify(notified, settings)
    const mayHold = status === 'unknown' || (status === 'paid' && heldOf(notified).amount > 0)
    if (!mayHold || isBeingCancelled(notified)) return undefined
    const decided = await refunds.findDecision(notified)
    if (decided !== undefined) return unrefundedAfter(notified, decided)
    if (status === 'unknown') throw unknownStatus(notified)
    const { context: { source, log } } = notified
    const reason = await check.compare(notified, { source, log, tx: undefined })
    if (!isMismatch(reason) || check.isRefundedAutomatically(notified, reason)) return undefined
    // Delivered while its order was read, the order may cost something else since.
    const since = await refunds.findDecision(notified)
    if (since !== undefined) return unrefundedAfter(notified, since)
    return { reason, why: check.whyNotRefunded(notified), reported: await isReported(notified, reason) }
  }

  async function unrefundedAfter (
    notified: NotifiedPayment<Tx>, decided: Decision
  ): Promise<Unrefunded | undefined> {
    if (decided.decision === 'delivered' || decided.decision === 'closed') return undefined
    const { reason } = decided
    const reported = await isReported(notified, reason)
    if (decided.decision === 'manual') return { reason, why: 'maybe_delivered', reported }
    if (await refunds.isRefunded(notified, reason)) {
      // Some cancellations of V1 finish after their answer, and may fail then.
      return check.isRecentEnough(notified) ? undefined : { reason, why: 'refused', reported: true }
    }
    if (!isRefundable(notified)) return { reason, why: 'virtual_account', reported }
    const isRefused = reported || await record.has(notified, `failed:${reason}:issued`) ||
      await refunds.hasFailedSince(notified, reason)
    // Otherwise it has begun, and the next notification finishes it.
    return isRefused ? { reason, why: 'refused', reported } : undefined
  }

  const unknownStatus = ({ problem = 'its status is unknown' }: LookedUpPayment) =>
    new BadGatewayError(problem, { provider: settings.provider.name })

  const isReported = async (notified: NotifiedPayment<Tx>, reason: Mismatch) =>
    record.has(notified, await refunds.failureEvent(notified, reason))

  return findUnrefunded
}
