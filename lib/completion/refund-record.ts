import type { FailureReason } from '../messages.js'
import {
  failureEvent, type DecidedEvent, type Decision, type EventRecord, type NotifiedPayment, type PaymentEvent,
} from './event-record.js'
import type { LookedUpPayment } from './looked-up-payment.js'
import { refundedFor, unsettledRefund } from './refund-rules.js'
import { awaitsDeposit, isMismatch, mayHaveBeenIssued, type Mismatch } from './rules.js'

/** The events that hold the decisions about a payment. */
const decidedEvents = (looked: LookedUpPayment): DecidedEvent[] =>
  mayHaveBeenIssued(looked) ? ['issued', 'paid'] : ['paid']

/** What the ledger says about our own refund of a payment. */
export interface RefundRecord<Tx> {
  /**
   * Whether `onFail` has received that the payment was refunded: an answer with a balance left is then an old one. Not
   * if what was refunded is a virtual account that we closed: its deposit was made all the same.
   */
  isRefunded (notified: NotifiedPayment<Tx>, mismatch: Mismatch): Promise<boolean>
  /** Whether `onFail` has received that the provider refused the refund. */
  isRefusalReported (notified: NotifiedPayment<Tx>, mismatch: Mismatch): Promise<boolean>
  /** The event of a failure without a refund: one of its own if the provider had accepted the refund before. */
  failureEvent (notified: NotifiedPayment<Tx>, reason: FailureReason): Promise<PaymentEvent>
  /** Whether a refund of ours that the provider had accepted has failed since. Reads without waiting. */
  hasFailedSince (notified: NotifiedPayment<Tx>, mismatch: Mismatch): Promise<boolean>
  /** What was decided about the money of a paid payment. Reads without waiting. */
  findDecision (notified: NotifiedPayment<Tx>): Promise<Decision | undefined>
  /**
   * The mismatch for which we cancelled this payment: from the cancel reason that we sent, or from our decision.
   *
   * @param read reads the decision of an event
   */
  ownRefund (
    notified: NotifiedPayment<Tx>, read: (event: DecidedEvent) => Promise<Decision | undefined>
  ): Promise<Mismatch | undefined>
}

export function createRefundRecord<Tx> (record: EventRecord<Tx>): RefundRecord<Tx> {
  async function isRefunded (notified: NotifiedPayment<Tx>, mismatch: Mismatch): Promise<boolean> {
    return await record.has(notified, `refunded:${mismatch}`) && !await isUnwantedDeposit(notified)
  }

  /** Into a virtual account that we had begun to close. */
  const isUnwantedDeposit = async (notified: NotifiedPayment<Tx>) =>
    !awaitsDeposit(notified) && mayHaveBeenIssued(notified) &&
      (await record.find(notified, 'issued'))?.decision === 'refund'

  async function isRefusalReported (notified: NotifiedPayment<Tx>, mismatch: Mismatch): Promise<boolean> {
    return await record.hasRun(notified, `failed:${mismatch}`) ||
      await record.hasRun(notified, `failed:${mismatch}:issued`) ||
      record.hasRun(notified, `refund_failed:${mismatch}`)
  }

  const wasAccepted = (notified: NotifiedPayment<Tx>, mismatch: Mismatch) =>
    record.has(notified, `refund_pending:${mismatch}`)

  async function eventOfFailure (notified: NotifiedPayment<Tx>, reason: FailureReason): Promise<PaymentEvent> {
    const hasRefund = isMismatch(reason) && !awaitsDeposit(notified)
    return hasRefund && await wasAccepted(notified, reason) ? `refund_failed:${reason}` : failureEvent(notified, reason)
  }

  // Listed as failed, or not listed any more: the provider documents only open requests of a paid payment.
  async function hasFailedSince (notified: NotifiedPayment<Tx>, mismatch: Mismatch): Promise<boolean> {
    return unsettledRefund(notified, 'open') === undefined &&
      (unsettledRefund(notified, 'failed') === mismatch || wasAccepted(notified, mismatch))
  }

  /** A revocation that had begun before the deposit rules out a delivery as a refund does. */
  async function findDecision (notified: NotifiedPayment<Tx>): Promise<Decision | undefined> {
    const decided = await record.find(notified, 'paid')
    if (decided !== undefined || !mayHaveBeenIssued(notified)) return decided
    const issued = await record.find(notified, 'issued')
    return issued?.decision === 'refund' ? issued : undefined
  }

  async function ownRefund (
    notified: NotifiedPayment<Tx>, read: (event: DecidedEvent) => Promise<Decision | undefined>
  ): Promise<Mismatch | undefined> {
    const decisions: (Decision & { event: DecidedEvent })[] = []
    for (const event of decidedEvents(notified)) { // all of them: each may have to be closed
      const decided = await read(event)
      if (decided) decisions.push({ ...decided, event })
    }
    // Delivered, or perhaps delivered: this is the cancellation of an order, not a refund of ours.
    if (decisions.some(({ decision }) => decision === 'delivered' || decision === 'manual')) return undefined
    const marked = refundedFor(notified.payment)
    const begun = decisions.find((decided) => decided.decision === 'refund')
    if (marked !== undefined || begun === undefined) return marked
    // `onFail` has received that there was a deposit: a person has refunded it.
    if (begun.event === 'issued' && await record.hasRun(notified, `failed:${begun.reason}`)) return undefined
    // A closed account has no mark: `onFail` has received that ours was closed, be it after a refusal.
    if (await record.hasRun(notified, `refunded:${begun.reason}`)) return begun.reason
    // Our request was refused, so the cancellation without our mark is a manual refund.
    return await isRefusalReported(notified, begun.reason) ? undefined : begun.reason
  }

  return { isRefunded, isRefusalReported, failureEvent: eventOfFailure, hasFailedSince, findDecision, ownRefund }
}
