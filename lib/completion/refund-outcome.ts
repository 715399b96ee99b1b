import { monotonic } from '../concurrency/deadline.js'
import { BusyError } from '../errors.js'
import type { Cancellations } from './cancellations.js'
import type { EventRecord, NotifiedPayment } from './event-record.js'
import { executeRefund } from './execute-refund.js'
import type { Fail } from './fail.js'
import type { Freshness } from './freshness.js'
import type { OrderCheck } from './order-check.js'
import type { PaymentProvider } from './provider.js'
import type { RefundRecord } from './refund-record.js'
import { beginRefund, hasOpenCancellation, isRefundable, unsettledRefund, type Refund } from './refund-rules.js'
import type { Outcome } from './reply.js'
import type { Mismatch } from './rules.js'

interface RefundOutcomesParts<Tx> {
  settings: { provider: PaymentProvider, timeoutMs: number }
  record: EventRecord<Tx>
  refundRecord: RefundRecord<Tx>
  cancellations: Cancellations<Tx>
  check: OrderCheck<Tx>
  freshness: Freshness
  fail: Fail<Tx>
}

/** A cancellation is under way: neither a refund may be sent beside it, nor the payment be delivered. */
export const cancellationIsOpen = () =>
  new BusyError({ cause: new Error('a cancellation of the payment is under way') })

/** Decides payments that are being refunded, by us or in the console. */
export function createRefundOutcomes<Tx> (
  { settings, record, refundRecord, cancellations, check, freshness, fail }: RefundOutcomesParts<Tx>
) {
  const { provider, timeoutMs } = settings

  /**
   * Finishes a refund that has begun, in any process and however old the payment is. After the provider has refused
   * and `onFail` has reported that, only a recent payment is tried again.
   *
   * @param isReplayed whether another notification decided it, which may have sent a request since this one's lookup.
   * Where an id has several attempts, a request that is sent on an old lookup may hit another attempt.
   */
  async function refund (notified: NotifiedPayment<Tx>, begun: Refund, isReplayed = true): Promise<Outcome> {
    const { id, context: { log } } = notified
    const { reason } = begun
    if (await refundRecord.isRefunded(notified, reason)) return fail(notified, reason, 'done')
    const isReported = await refundRecord.isRefusalReported(notified, reason)
    // Accepted, and failed since: a refusal, which `onFail` receives before another request is sent.
    const hasFailedSince = await refundRecord.hasFailedSince(notified, reason) &&
      !await record.has(notified, await refundRecord.failureEvent(notified, reason))
    const isTried = isRefundable(notified) && (!isReported || check.isRefundedAutomatically(notified, reason))
    if (hasFailedSince || (isReplayed && isTried && notified.attemptsKey !== undefined)) {
      const deadline = Math.max(notified.deadline, monotonic() + timeoutMs)
      await freshness.assertUnchanged({ ...notified, deadline })
    }
    if (hasFailedSince || !isTried) return notRefunded(notified, reason)
    if (hasOpenCancellation(notified)) throw cancellationIsOpen()
    const sentAt = monotonic()
    // The request gets its full time, however long the ledger took.
    const deadline = Math.max(notified.deadline, sentAt + provider.writeTimeoutMs)
    let progress
    try {
      progress = await executeRefund(
        provider, notified, begun, { lookUp: freshness.lookUpAlone, deadline, timeoutMs, log, isRetry: isReported })
    } finally {
      freshness.invalidate(id)
    }
    // What the request took is not taken from the notification: its outcome has to be recorded.
    const now = monotonic()
    const after = {
      ...notified, answeredAt: now, deadline: Math.max(notified.deadline + now - sentAt, now + timeoutMs),
    }
    if (progress === 'pending') return failPending(after, reason)
    return progress === 'refused' ? notRefunded(after, reason) : fail(after, reason, progress)
  }

  /** A refund has begun, and there is none. */
  const notRefunded = (notified: NotifiedPayment<Tx>, reason: Mismatch) =>
    fail(notified, reason, 'none', isRefundable(notified) ? 'refused' : 'virtual_account')

  /** Once `onFail` has received that the refund is done, an answer that shows it as pending is an old one. */
  async function failPending (notified: NotifiedPayment<Tx>, reason: Mismatch): Promise<Outcome> {
    const hasBeenTold = await record.hasRun(notified, `refunded:${reason}`) // waits for a run in progress
    return fail(notified, reason, hasBeenTold && await refundRecord.isRefunded(notified, reason) ? 'done' : 'pending')
  }

  /** Paid, but cancellations under way would leave nothing of it: only what was decided before still holds. */
  async function beingCancelled (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    const own = unsettledRefund(notified, 'open')
    // A ledger that has lost our decision records it again: whatever comes of the refund, nothing is delivered.
    const { decided } = own === undefined
      ? await record.peek(notified, 'paid', async () => undefined)
      : await record.decide(notified, 'paid', async () => beginRefund(notified.payment, own))
    if (decided?.decision === 'delivered') {
      if (notified.payment.cancel_amount > 0) await cancellations.run(notified)
      return { status: 'paid', replayed: true, data: decided.data }
    }
    if (decided?.decision !== 'refund' || (own === undefined && !await mayBeOurs(notified, decided.reason))) {
      throw cancellationIsOpen()
    }
    return failPending(notified, decided.reason)
  }

  /** Once `onFail` has received that our refund was refused, a request without our mark is not ours. */
  const mayBeOurs = async (notified: NotifiedPayment<Tx>, reason: Mismatch) =>
    await record.has(notified, `refund_pending:${reason}`) || !await refundRecord.isRefusalReported(notified, reason)

  return { refund, beingCancelled }
}
