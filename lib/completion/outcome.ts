import type { FastifyBaseLogger } from 'fastify'
import { createCancellations } from './cancellations.js'
import type { Outcome } from './reply.js'
import { monotonic } from '../concurrency/deadline.js'
import type { FailureReason } from '../messages.js'
import { awaitsDeposit, classify, compareWithOrder, isMismatch, type Mismatch, type OrderFailure } from './rules.js'
import { BadGatewayError } from '../errors.js'
import type { Freshness } from './freshness.js'
import { expectationOf, runHook, toData, type Context, type Hooks } from '../hooks.js'
import { copyOf, type Payment } from './payment.js'
import type { Ledger } from '../ledger/ledger.js'
import { messageFor, type Locale } from '../messages.js'
import { createRecord, failureEvent, type Case, type DecidedEvent, type Decision } from './event-record.js'
import type { PaymentProvider } from './provider.js'
import { beginRefund, giveBack, isRecent, isRefundable, refundedFor, type Refund } from './refund.js'

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
  /** Decides what a payment, as it was looked up, means for its order, and runs the hook for that once. */
  handle (it: Case<Tx>): Promise<Outcome>
  /** Whether nothing is left to do for a payment as a list shows it: its hooks have run, or its failure is known. */
  isHandled (it: Case<Tx>): Promise<boolean>
}

/** Leaves the ledger's work where the order refuses a payment and no money goes back: nothing is recorded. */
class Refused extends Error {
  constructor (readonly reason: OrderFailure) { super(reason) }
}

const CLOSED: Decision = { decision: 'closed' }

/** The keys that hold the decisions about a payment. */
const decidedEvents = ({ pay_method: method }: Payment): DecidedEvent[] => method === 'vbank' ? ['issued', 'paid'] : ['paid']

export function createOutcomes<Tx> (settings: OutcomeSettings<Tx>, freshness: Freshness): Outcomes<Tx> {
  const { provider, hooks, locale } = settings
  const record = createRecord(settings.ledger, freshness)
  const cancellations = createCancellations(record, hooks)

  /** Runs a hook, and gives what of its result is recorded. */
  async function run (log: FastifyBaseLogger, hook: () => unknown): Promise<unknown> {
    const returned = await runHook(hook)
    return settings.exposeData ? toData(returned, log) : undefined
  }

  async function handle (it: Case<Tx>): Promise<Outcome> {
    const { payment } = it
    const found = classify(payment, settings)
    switch (found.status) {
      case 'ignored': return { status: 'ignored', replayed: false }
      case 'failed':
        if (found.reason !== 'test_payment') await assertNeverPaid(it)
        return fail(it, found.reason, false)
      case 'cancelled': return cancelled(it)
      case 'unknown': throw new BadGatewayError(`a payment of status ${JSON.stringify(payment.status)}`)
      case 'vbank_issued':
        await assertNeverPaid(it)
        return deliver(it, 'issued')
      case 'paid': return paid(it)
    }
  }

  /** A payment never goes back: where it was paid, a lagging answer that says otherwise decides nothing. */
  async function assertNeverPaid (it: Case<Tx>): Promise<void> {
    if (await record.find(it, 'paid')) throw wentBack(it.payment)
  }

  async function paid (it: Case<Tx>): Promise<Outcome> {
    const { payment } = it
    if (payment.pay_method === 'vbank') {
      // From now on nobody can begin to revoke the account. A revocation that had begun excludes the delivery.
      const issued = await record.decide(it, 'issued', async () => CLOSED)
      if (issued.decision === 'refund') return refund(it, issued)
    }
    const outcome = await deliver(it, 'paid')
    if (outcome.status === 'paid' && payment.cancel_amount > 0) await cancellations.run(it)
    return outcome
  }

  /** Compares with the order and delivers, or begins a refund: one decision under one key, whoever else is at this payment. */
  async function deliver (it: Case<Tx>, event: DecidedEvent): Promise<Outcome> {
    const { payment, context: { log } } = it
    try {
      const decided = await record.decide(it, event, async (context, afterFailure, assertRunning) => {
        const reason = await compare(payment, context)
        assertRunning()
        if (reason !== undefined) {
          if (!isRefunded(payment, reason)) throw new Refused(reason)
          return afterFailure === 'abandoned' ? { decision: 'manual', reason } : beginRefund(payment, reason)
        }
        const hook = event === 'paid' ? hooks.onPaid : hooks.onVbank
        return { decision: 'delivered', data: await run(log, () => hook?.call(hooks, copyOf(payment), context)) }
      })
      switch (decided.decision) {
        case 'refund': return await refund(it, decided)
        case 'manual': return await fail(it, decided.reason, false)
        case 'closed': throw wentBack(payment)
        case 'delivered':
          return { status: event === 'paid' ? 'paid' : 'vbank_issued', replayed: decided.replayed, data: decided.data }
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return fail(it, error.reason, false)
    }
  }

  async function compare (payment: Payment, context: Context<Tx>): Promise<OrderFailure | undefined> {
    return compareWithOrder(payment, await expectationOf(() => hooks.getExpectedAmount(copyOf(payment), context)))
  }

  /** Whether what the order refuses for this reason goes back by itself. */
  const isRefunded = (payment: Payment, reason: OrderFailure): reason is Mismatch =>
    settings.cancelOnMismatch && isMismatch(reason) && isRefundable(payment) && isRecentEnough(payment)

  /** No money has come into an account that waits: it is revoked at any age. */
  const isRecentEnough = (payment: Payment) => awaitsDeposit(payment) || isRecent(payment, Date.now())

  /** Finishes a refund that has begun, whoever began it, and however old the payment is, unless a refusal was told. */
  async function refund (it: Case<Tx>, begun: Refund): Promise<Outcome> {
    const { payment, context: { log } } = it
    const { reason } = begun
    // Told as done: an answer that shows the money again is from before.
    if (await record.has(it, `refunded:${reason}`)) return fail(it, reason, true)
    const isTold = await isRefusalTold(it, reason)
    if (!isRefundable(payment) || (isTold && !isRecentEnough(payment))) return fail(it, reason, false)
    // However long the ledger took, the request has its time.
    const deadline = Math.max(it.deadline, monotonic() + settings.timeoutMs)
    let refunded
    try {
      refunded = await giveBack(provider, payment, begun, { deadline, log, isRetry: isTold })
    } finally {
      freshness.invalidate(payment.imp_uid)
    }
    return fail({ ...it, answeredAt: monotonic() }, reason, refunded)
  }

  async function isRefusalTold (it: Case<Tx>, mismatch: Mismatch): Promise<boolean> {
    return await record.has(it, `failed:${mismatch}`) || record.has(it, `failed:${mismatch}:issued`)
  }

  async function fail (it: Case<Tx>, reason: FailureReason, refunded: boolean): Promise<Outcome> {
    const { payment, context: { log } } = it
    const final = reason !== 'not_paid' && reason !== 'payment_failed'
    const message = messageFor(reason, locale)
    const event = refunded ? `refunded:${reason}` as const : failureEvent(payment, reason)
    const { value: data, replayed } = await record.once(it, event, (context) =>
      run(log, () => hooks.onFail?.({ reason, payment: copyOf(payment), final, refunded, message }, context)))
    return { status: 'failed', reason, refunded, replayed, data }
  }

  async function cancelled (it: Case<Tx>): Promise<Outcome> {
    const mismatch = await ownRefund(it, (event) => record.decide(it, event, async () => CLOSED))
    if (mismatch !== undefined) return fail(it, mismatch, true)
    return { status: 'cancelled', replayed: await cancellations.run(it) }
  }

  /** The mismatch for which we cancelled this payment ourselves: by the reason we gave, or else by our decision. */
  async function ownRefund (
    it: Case<Tx>, read: (event: DecidedEvent) => Promise<Decision | undefined>
  ): Promise<Mismatch | undefined> {
    const decisions: Decision[] = []
    for (const event of decidedEvents(it.payment)) { // all of them: each may have to be closed
      const decided = await read(event)
      if (decided) decisions.push(decided)
    }
    // What was delivered, or may have been, is an order, and its end a cancellation, whoever asked for it.
    if (decisions.some(({ decision }) => decision === 'delivered' || decision === 'manual')) return undefined
    const marked = refundedFor(it.payment)
    const begun = decisions.find((decided) => decided.decision === 'refund')
    if (marked !== undefined || begun === undefined) return marked
    // Where a refusal was told, somebody has refunded by hand since.
    return await isRefusalTold(it, begun.reason) ? undefined : begun.reason
  }

  async function isHandled (it: Case<Tx>): Promise<boolean> {
    const { payment } = it
    const found = classify(payment, settings)
    switch (found.status) {
      case 'paid': return isPaidHandled(it)
      case 'vbank_issued': return isAccountHandled(it)
      case 'cancelled': {
        const mismatch = await ownRefund(it, (event) => record.find(it, event))
        return mismatch === undefined ? cancellations.haveRun(it) : record.has(it, `refunded:${mismatch}`)
      }
      case 'failed': return found.reason === 'test_payment' && record.has(it, failureEvent(payment, found.reason))
      default: return false
    }
  }

  async function isAccountHandled (it: Case<Tx>): Promise<boolean> {
    const { decided, seen: reason } = await record.peek(it, 'issued', (context) => compare(it.payment, context))
    if (decided === undefined) return isKnownFailure(it, reason)
    return decided.decision === 'delivered' || (decided.decision === 'refund' && isRefusalTold(it, decided.reason))
  }

  async function isPaidHandled (it: Case<Tx>): Promise<boolean> {
    const { payment } = it
    const { decided, seen: reason } = await record.peek(it, 'paid', (context) => compare(payment, context))
    switch (decided?.decision) {
      case 'delivered': return payment.cancel_amount === 0 || cancellations.haveRun(it)
      case 'refund': return !isRecentEnough(payment) && isRefusalTold(it, decided.reason)
      case 'manual': return record.has(it, failureEvent(payment, decided.reason))
      case 'closed': return false
      case undefined: return isKnownFailure(it, reason)
    }
  }

  /** Whether the order still refuses the payment, for a reason that `onFail` has had, and nothing goes back by itself. */
  async function isKnownFailure (it: Case<Tx>, reason: OrderFailure | undefined): Promise<boolean> {
    return reason !== undefined && !isRefunded(it.payment, reason) && record.has(it, failureEvent(it.payment, reason))
  }

  return { handle, isHandled }
}

const wentBack = ({ status }: Payment) => new BadGatewayError(`a payment that is further on is ${JSON.stringify(status)} again`)
