import type { FastifyBaseLogger } from 'fastify'
import { monotonic } from '../concurrency/deadline.js'
import { BadGatewayError } from '../errors.js'
import { runHook, toData, type Hooks } from '../hooks.js'
import type { Ledger } from '../ledger/ledger.js'
import { messageFor, type FailureReason, type Locale } from '../messages.js'
import { createCancellations } from './cancellations.js'
import {
  createEventRecord, failureEvent, type DecidedEvent, type Decision, type NotifiedPayment,
} from './event-record.js'
import type { Freshness } from './freshness.js'
import { createIsHandled } from './handled.js'
import { createOrderCheck } from './order-check.js'
import { copyOf, type Payment } from './payment.js'
import type { PaymentProvider } from './provider.js'
import { beginRefund, executeRefund, isRefundable, type Refund } from './refund.js'
import { createRefundRecord } from './refund-record.js'
import type { Outcome } from './reply.js'
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

  /** Runs a hook. @returns the data to record */
  async function run (name: keyof Hooks, log: FastifyBaseLogger, hook: () => unknown): Promise<unknown> {
    const returned = await runHook(name, hook)
    return settings.exposeData ? toData(returned, log) : undefined
  }

  async function handle (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    const { payment } = notified
    const found = classify(payment, settings)
    switch (found.status) {
      case 'ignored': return { status: 'ignored', replayed: false }
      case 'failed':
        if (found.reason !== 'test_payment') await assertNeverPaid(notified)
        return fail(notified, found.reason, false)
      case 'cancelled': return cancelled(notified)
      case 'unknown': throw new BadGatewayError(`the payment has the unknown status ${JSON.stringify(payment.status)}`)
      case 'vbank_issued':
        await assertNeverPaid(notified)
        return deliver(notified, 'issued')
      case 'paid': return paid(notified)
    }
  }

  /** A paid payment never becomes unpaid: an answer that says so comes from a lagging replica and decides nothing. */
  async function assertNeverPaid (notified: NotifiedPayment<Tx>): Promise<void> {
    // `peek`, not `find`: a delivery may be in progress, and is waited for.
    const { decided } = await record.peek(notified, 'paid', async () => undefined)
    if (decided) throw wentBack(notified.payment)
  }

  async function paid (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    const { payment } = notified
    if (payment.pay_method === 'vbank') {
      // From now on no revocation can begin; one that has already begun rules out a delivery.
      const { decided } = await record.decide(notified, 'issued', async () => CLOSED)
      if (decided.decision === 'refund') return refund(notified, decided)
    }
    const outcome = await deliver(notified, 'paid')
    if (outcome.status === 'paid' && payment.cancel_amount > 0) await cancellations.run(notified)
    return outcome
  }

  /** Compares with the order, then delivers or begins a refund: one decision under one key, across all processes. */
  async function deliver (notified: NotifiedPayment<Tx>, event: DecidedEvent): Promise<Outcome> {
    const { payment, context: { log } } = notified
    try {
      const { decided, replayed } = await record.decide(notified, event, async (context, afterFailure, assertOpen) => {
        const reason = await check.compare(payment, context)
        assertOpen()
        if (reason !== undefined) {
          if (!check.isRefundedAutomatically(payment, reason)) throw new Refused(reason)
          return afterFailure === 'abandoned' ? { decision: 'manual', reason } : beginRefund(payment, reason)
        }
        const hook = event === 'paid' ? 'onPaid' : 'onVbank'
        return { decision: 'delivered', data: await run(hook, log, () => hooks[hook]?.(copyOf(payment), context)) }
      })
      switch (decided.decision) {
        case 'refund': return await refund(notified, decided)
        case 'manual': return await fail(notified, decided.reason, false)
        case 'closed': throw wentBack(payment)
        case 'delivered':
          return { status: event === 'paid' ? 'paid' : 'vbank_issued', replayed, data: decided.data }
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return fail(notified, error.reason, false)
    }
  }

  /**
   * Finishes a refund that has begun, in any process and however old the payment is. After the provider has refused
   * and `onFail` has reported that, only a recent payment is tried again.
   */
  async function refund (notified: NotifiedPayment<Tx>, begun: Refund): Promise<Outcome> {
    const { payment, context: { log } } = notified
    const { reason } = begun
    // `onFail` has reported the refund already: an answer with a balance left is an old one.
    if (await record.has(notified, `refunded:${reason}`)) return fail(notified, reason, true)
    const isReported = await refunds.isRefusalReported(notified, reason)
    if (!isRefundable(payment) || (isReported && !check.isRecentEnough(payment))) return fail(notified, reason, false)
    // The request gets its full time, however long the ledger took.
    const deadline = Math.max(notified.deadline, monotonic() + settings.timeoutMs)
    let refunded
    try {
      refunded = await executeRefund(provider, payment, begun, { deadline, log, isRetry: isReported })
    } finally {
      freshness.invalidate(payment.imp_uid)
    }
    return fail({ ...notified, answeredAt: monotonic() }, reason, refunded)
  }

  async function fail (notified: NotifiedPayment<Tx>, reason: FailureReason, refunded: boolean): Promise<Outcome> {
    const { payment, context: { log } } = notified
    const final = reason !== 'not_paid' && reason !== 'payment_failed'
    const message = messageFor(reason, locale)
    const event = refunded ? `refunded:${reason}` as const : failureEvent(payment, reason)
    const { value: data, replayed } = await record.once(notified, event, (context) =>
      run('onFail', log, () => hooks.onFail?.({ reason, payment: copyOf(payment), final, refunded, message }, context)))
    return { status: 'failed', reason, refunded, replayed, data }
  }

  async function cancelled (notified: NotifiedPayment<Tx>): Promise<Outcome> {
    const close = async (event: DecidedEvent) => (await record.decide(notified, event, async () => CLOSED)).decided
    const mismatch = await refunds.ownRefund(notified, close)
    if (mismatch !== undefined) return fail(notified, mismatch, true)
    return { status: 'cancelled', replayed: await cancellations.run(notified) }
  }

  return { handle, isHandled: createIsHandled({ record, cancellations, check, refunds, settings }) }
}

const wentBack = ({ status }: Payment) =>
  new BadGatewayError(`the payment went back to the status ${JSON.stringify(status)}`)
