import { BadGatewayError } from '../errors.js'
import type { Hooks } from '../hooks.js'
import type { Ledger } from '../ledger/ledger.js'
import type { FailureReason, Locale } from '../messages.js'
import { createAttempts } from './attempts.js'
import { createCancellations } from './cancellations.js'
import { createEventRecord, type DecidedEvent, type Decision, type NotifiedPayment } from './event-record.js'
import { createFail } from './fail.js'
import type { Freshness } from './freshness.js'
import { createIsHandled } from './is-handled.js'
import { createFindUnrefunded, type Unrefunded } from './find-unrefunded.js'
import { createOrderCheck } from './order-check.js'
import { copyOf, type Payment } from './payment.js'
import type { PaymentProvider } from './provider.js'
import { beginRefund, hasOpenCancellation, isBeingCancelled } from './refund-rules.js'
import { createRefundRecord } from './refund-record.js'
import { cancellationIsOpen, createRefundOutcomes } from './refund-outcome.js'
import type { Outcome } from './reply.js'
import { classify, isMismatch, isUnpaidAttempt, mayHaveBeenIssued, type OrderFailure } from './rules.js'
import { createRunHook } from './run-hook.js'

export interface OutcomeSettings<Tx> {
  provider: PaymentProvider
  ledger: Ledger<Tx>
  hooks: Hooks<Tx>
  acceptTestPayments: boolean
  cancelOnMismatch: boolean
  exposeData: boolean
  locale: Locale
  /** One request to the provider, in milliseconds. */
  timeoutMs: number
}

export interface Outcomes<Tx> {
  /** Decides what a payment means for its order, and runs the hook for that once. */
  handle (notified: NotifiedPayment<Tx>): Promise<Outcome>
  /** Whether nothing is left to do for a payment from a list: its hooks have run, or its failure is recorded. */
  isHandled (notified: NotifiedPayment<Tx>): Promise<boolean>
  /** Whether a payment from a list holds money that only a person can refund. */
  findUnrefunded (notified: NotifiedPayment<Tx>): Promise<Unrefunded | undefined>
  /** @throws IAMPORT_BAD_GATEWAY its order was delivered, so that an answer without money decides nothing */
  assertNotPaid (notified: NotifiedPayment<Tx>): Promise<void>
  /** The failure of a payment that was not approved, so that nothing was charged. */
  refuse (notified: NotifiedPayment<Tx>, reason: FailureReason): Promise<Outcome>
}

/** Thrown out of the ledger's work on a mismatch without a refund, so that nothing is recorded. */
class Refused extends Error {
  constructor (readonly reason: OrderFailure) { super(reason) }
}

const CLOSED: Decision = { decision: 'closed' }

export function createOutcomes<Tx> (settings: OutcomeSettings<Tx>, freshness: Freshness): Outcomes<Tx> {
  const { provider, hooks } = settings
  const record = createEventRecord(settings.ledger, freshness)
  const cancellations = createCancellations(record, hooks)
  const check = createOrderCheck(settings)
  const refundRecord = createRefundRecord(record)
  const attempts = createAttempts(settings.ledger, record)
  const run = createRunHook(settings)
  const fail = createFail(settings, record, refundRecord, run)
  const { refund, beingCancelled } = createRefundOutcomes(
    { settings, record, refundRecord, cancellations, check, freshness, fail })

  const unusable = (problem: string) => new BadGatewayError(problem, { provider: provider.name })
  const wentBack = ({ status }: Payment) => unusable(`the payment went back to the status ${JSON.stringify(status)}`)

  /** A paid payment never becomes unpaid: an answer that says so comes from a lagging replica and decides nothing. */
  async function assertNotPaid (notified: NotifiedPayment<Tx>): Promise<void> {
    if (await attempts.wasPaid(notified)) throw wentBack(notified.payment)
  }

  function handle (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    const found = classify(notified, settings)
    switch (found.status) {
      case 'paid': return paid(notified)
      case 'vbank_issued': return accountIssued(notified)
      case 'failed': return failed(notified, found.reason)
      case 'cancelled': return cancelled(notified)
      case 'ignored': return Promise.resolve({ status: 'ignored', replayed: false })
      case 'unknown': return Promise.reject(unusable(notified.problem ?? 'its status is unknown'))
    }
  }

  async function failed (notified: NotifiedPayment<Tx>, reason: FailureReason): Promise<Outcome> {
    if (reason !== 'test_payment' || isUnpaidAttempt(notified)) await assertNotPaid(notified)
    if (reason === 'payment_failed' && mayHaveBeenIssued(notified)) {
      // A provider may call an account that was closed before its deposit failed.
      const mismatch = await refundRecord.ownRefund(notified, (event) => record.find(notified, event))
      if (mismatch !== undefined) return fail(notified, mismatch, 'done')
    }
    return fail(notified, reason, 'none')
  }

  async function accountIssued (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    if (await attempts.wasDecided(notified)) throw wentBack(notified.payment)
    return deliver(notified, 'issued')
  }

  async function paid (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    if (notified.attemptsKey !== undefined) await attempts.add(notified)
    if (isBeingCancelled(notified)) return beingCancelled(notified)
    if (mayHaveBeenIssued(notified)) {
      // From now on no revocation can begin; one that has already begun rules out a delivery.
      const { decided } = await record.decide(notified, 'issued', async () => CLOSED)
      if (decided.decision === 'refund') return refund(notified, decided)
    }
    if (notified.payment.cancel_amount === 0) return deliver(notified, 'paid')
    const outcome = await deliver(notified, 'paid')
    if (outcome.status === 'paid') await cancellations.run(notified)
    return outcome
  }

  /** Compares with the order, then delivers or begins a refund: one decision under one key, across all processes. */
  function deliver (notified: NotifiedPayment<Tx>, event: DecidedEvent): Promise<Outcome> {
    const { payment, context: { log } } = notified
    return record.decide(notified, event, async (context, afterFailure, assertOpen) => {
      const reason = await check.compare(notified, context)
      assertOpen()
      if (reason !== undefined) {
        if (!check.isRefundedAutomatically(notified, reason)) throw new Refused(reason)
        if (hasOpenCancellation(notified)) throw cancellationIsOpen()
        return afterFailure === 'abandoned' ? { decision: 'manual', reason } : beginRefund(payment, reason)
      }
      const hook = event === 'paid' ? 'onPaid' : 'onVbank'
      return { decision: 'delivered', data: await run(hook, log, () => hooks[hook]?.(copyOf(payment), context)) }
    }).then(({ decided, replayed }): Outcome | Promise<Outcome> => {
      switch (decided.decision) {
        case 'refund': return refund(notified, decided, replayed)
        case 'manual': return fail(notified, decided.reason, 'none', 'maybe_delivered')
        case 'closed': throw wentBack(payment)
        case 'delivered':
          return { status: event === 'paid' ? 'paid' : 'vbank_issued', replayed, data: decided.data }
      }
    }, (error: unknown) => {
      if (!(error instanceof Refused)) throw error
      const { reason } = error
      return fail(notified, reason, 'none', isMismatch(reason) ? check.whyNotRefunded(notified) : undefined)
    })
  }

  async function cancelled (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    const close = async (event: DecidedEvent) => (await record.decide(notified, event, async () => CLOSED)).decided
    const mismatch = await refundRecord.ownRefund(notified, close)
    if (mismatch !== undefined) return fail(notified, mismatch, 'done')
    return { status: 'cancelled', replayed: await cancellations.run(notified) }
  }

  return {
    handle,
    assertNotPaid,
    refuse: (notified, reason) => fail(notified, reason, 'unneeded'),
    isHandled: createIsHandled({ record, cancellations, check, refunds: refundRecord, settings }),
    findUnrefunded: createFindUnrefunded({ record, check, refunds: refundRecord, settings }),
  }
}
