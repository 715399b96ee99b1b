import type { FastifyBaseLogger } from 'fastify'
import { monotonic } from '../concurrency/deadline.js'
import { BadGatewayError, BusyError } from '../errors.js'
import { runHook, toData, type Hooks } from '../hooks.js'
import type { Ledger } from '../ledger/ledger.js'
import { messageFor, type FailureReason, type Locale } from '../messages.js'
import { createAttempts } from './attempts.js'
import { createCancellations } from './cancellations.js'
import {
  createEventRecord, failureEvent, type DecidedEvent, type Decision, type NotifiedPayment, type PaymentEvent,
} from './event-record.js'
import type { Freshness } from './freshness.js'
import { createIsHandled } from './handled.js'
import type { LookedUpPayment } from './looked-up.js'
import { createOrderCheck } from './order-check.js'
import { copyOf, type Payment } from './payment.js'
import type { PaymentProvider } from './provider.js'
import {
  beginRefund, executeRefund, hasOpenCancellation, isBeingCancelled, isRefundable, unsettledRefund, type Refund,
} from './refund.js'
import { createRefundRecord } from './refund-record.js'
import { describeRefund, type Outcome, type RefundState } from './reply.js'
import { classify, type OrderFailure } from './rules.js'

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
  /** The failure of a payment that was not approved, so that nothing was charged. */
  refuse (notified: NotifiedPayment<Tx>, reason: FailureReason): Promise<Outcome>
}

/** Thrown out of the ledger's work on a mismatch without a refund, so that nothing is recorded. */
class Refused extends Error {
  constructor (readonly reason: OrderFailure) { super(reason) }
}

const CLOSED: Decision = { decision: 'closed' }

export function createOutcomes<Tx> (settings: OutcomeSettings<Tx>, freshness: Freshness): Outcomes<Tx> {
  const { provider, hooks, locale } = settings
  const record = createEventRecord(settings.ledger, freshness)
  const cancellations = createCancellations(record, hooks)
  const check = createOrderCheck(settings)
  const refunds = createRefundRecord(record)
  const attempts = createAttempts(settings.ledger, record)

  const unusable = (problem: string) => new BadGatewayError(problem, { provider: provider.name })
  const wentBack = ({ status }: Payment) => unusable(`the payment went back to the status ${JSON.stringify(status)}`)

  /** Runs a hook. @returns the data to record */
  async function run (name: keyof Hooks, log: FastifyBaseLogger, hook: () => unknown): Promise<unknown> {
    const returned = await runHook(name, hook)
    return settings.exposeData ? toData(returned, log) : undefined
  }

  async function handle (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    const found = classify(notified, settings)
    switch (found.status) {
      case 'ignored': return { status: 'ignored', replayed: false }
      case 'failed':
        // A paid payment never becomes unpaid: an answer that says so comes from a lagging replica and decides nothing.
        if (found.reason !== 'test_payment' && await attempts.wasPaid(notified)) throw wentBack(notified.payment)
        return fail(notified, found.reason, 'none')
      case 'cancelled': return cancelled(notified)
      case 'unknown': throw unusable(notified.problem ?? 'its status is unknown')
      case 'vbank_issued':
        if (await attempts.wasDecided(notified)) throw wentBack(notified.payment)
        return deliver(notified, 'issued')
      case 'paid': return paid(notified)
    }
  }

  async function paid (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    const { payment } = notified
    await attempts.add(notified)
    if (isBeingCancelled(notified)) return beingCancelled(notified)
    if (payment.pay_method === 'vbank') {
      // From now on no revocation can begin; one that has already begun rules out a delivery.
      const { decided } = await record.decide(notified, 'issued', async () => CLOSED)
      if (decided.decision === 'refund') return refund(notified, decided)
    }
    return withCancellations(notified, await deliver(notified, 'paid'))
  }

  /** After a delivery, the cancellations of a part. */
  async function withCancellations (notified: NotifiedPayment<Tx>, outcome: Outcome): Promise<Outcome> {
    if (outcome.status === 'paid' && notified.payment.cancel_amount > 0) await cancellations.run(notified)
    return outcome
  }

  /** Paid, but cancellations under way would leave nothing of it: only what was decided before still holds. */
  async function beingCancelled (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    const own = unsettledRefund(notified, 'open')
    // A ledger that has lost our decision records it again: whatever comes of the refund, nothing is delivered.
    const { decided } = own === undefined
      ? await record.peek(notified, 'paid', async () => undefined)
      : await record.decide(notified, 'paid', async () => beginRefund(notified.payment, own))
    if (decided?.decision === 'delivered') {
      return withCancellations(notified, { status: 'paid', replayed: true, data: decided.data })
    }
    if (decided?.decision === 'refund') return fail(notified, decided.reason, 'pending')
    throw cancellationIsOpen()
  }

  /** Compares with the order, then delivers or begins a refund: one decision under one key, across all processes. */
  async function deliver (notified: NotifiedPayment<Tx>, event: DecidedEvent): Promise<Outcome> {
    const { payment, context: { log } } = notified
    try {
      const { decided, replayed } = await record.decide(notified, event, async (context, afterFailure, assertOpen) => {
        const reason = await check.compare(notified, context)
        assertOpen()
        if (reason !== undefined) {
          if (!check.isRefundedAutomatically(notified, reason)) throw new Refused(reason)
          if (hasOpenCancellation(notified)) throw cancellationIsOpen()
          return afterFailure === 'abandoned' ? { decision: 'manual', reason } : beginRefund(payment, reason)
        }
        const hook = event === 'paid' ? 'onPaid' : 'onVbank'
        return { decision: 'delivered', data: await run(hook, log, () => hooks[hook]?.(copyOf(payment), context)) }
      })
      switch (decided.decision) {
        case 'refund': return await refund(notified, decided)
        case 'manual': return await fail(notified, decided.reason, 'none')
        case 'closed': throw wentBack(payment)
        case 'delivered':
          return { status: event === 'paid' ? 'paid' : 'vbank_issued', replayed, data: decided.data }
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return fail(notified, error.reason, 'none')
    }
  }

  /**
   * Finishes a refund that has begun, in any process and however old the payment is. After the provider has refused
   * and `onFail` has reported that, only a recent payment is tried again.
   */
  async function refund (notified: NotifiedPayment<Tx>, begun: Refund): Promise<Outcome> {
    const { id, context: { log } } = notified
    const { reason } = begun
    // `onFail` has reported the refund already: an answer with a balance left is an old one.
    if (await record.has(notified, `refunded:${reason}`)) return fail(notified, reason, 'done')
    const isReported = await refunds.isRefusalReported(notified, reason)
    // Accepted, and failed since: a refusal, which `onFail` receives before another request is sent.
    const hasFailedSince = !isReported && unsettledRefund(notified, 'failed') === reason
    if (!isRefundable(notified) || hasFailedSince || (isReported && !check.isRecentEnough(notified))) {
      return fail(notified, reason, 'none')
    }
    if (hasOpenCancellation(notified)) throw cancellationIsOpen()
    // The request gets its full time, however long the ledger took.
    const deadline = Math.max(notified.deadline, monotonic() + provider.writeTimeoutMs)
    let progress
    try {
      progress = await executeRefund(
        provider, notified, begun, { deadline, timeoutMs: settings.timeoutMs, log, isRetry: isReported })
    } finally {
      freshness.invalidate(id)
    }
    return fail({ ...notified, answeredAt: monotonic() }, reason, progress === 'refused' ? 'none' : progress)
  }

  async function fail (notified: NotifiedPayment<Tx>, reason: FailureReason, refund: RefundState): Promise<Outcome> {
    const { payment, context: { log } } = notified
    const final = reason !== 'not_paid' && reason !== 'payment_failed'
    const failure = { reason, final, ...describeRefund(refund), message: messageFor(reason, locale) }
    const { value: data, replayed } = await record.once(notified, eventOf(notified, reason, refund), (context) =>
      run('onFail', log, () => hooks.onFail?.({ ...failure, payment: copyOf(payment) }, context)))
    return { status: 'failed', reason, refund, replayed, data }
  }

  async function cancelled (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    const close = async (event: DecidedEvent) => (await record.decide(notified, event, async () => CLOSED)).decided
    const mismatch = await refunds.ownRefund(notified, close)
    if (mismatch !== undefined) return fail(notified, mismatch, 'done')
    return { status: 'cancelled', replayed: await cancellations.run(notified) }
  }

  return {
    handle,
    refuse: (notified, reason) => fail(notified, reason, 'unneeded'),
    isHandled: createIsHandled({ record, cancellations, check, refunds, settings }),
  }
}

/** Done, pending and refused refunds are three events. */
function eventOf (looked: LookedUpPayment, reason: FailureReason, refund: RefundState): PaymentEvent {
  switch (refund) {
    case 'done': return `refunded:${reason}`
    case 'pending': return `refund_pending:${reason}`
    case 'unneeded': return `not_approved:${reason}`
    case 'none': return failureEvent(looked, reason)
  }
}

const cancellationIsOpen = () => new BusyError({ cause: new Error('a cancellation of the payment is under way') })

