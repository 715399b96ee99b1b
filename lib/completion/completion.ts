import type { FastifyBaseLogger } from 'fastify'
import { describe, type Outcome } from './reply.js'
import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { isApprovalPending } from './rules.js'
import { BadGatewayError, HookFailedError, OrderMismatchError, TimeoutError } from '../errors.js'
import { createFreshness, PaymentChanged, type Lookup } from './freshness.js'
import type { Source } from '../hooks.js'
import type { LookedUpPayment } from './looked-up-payment.js'
import type { FailureReason } from '../messages.js'
import { lookUpAgainWhile } from './look-up-again.js'
import { alertManualRefund } from './manual-refund-alert.js'
import type { Unrefunded } from './find-unrefunded.js'
import { createSharedLookup } from './shared-lookup.js'
import type { Decided, Notification, Progress } from './notification.js'
import { createOutcomes, type OutcomeSettings } from './outcome.js'
import { reportDecided, reportUndecided } from './report-notification.js'
import { traceDecisions } from './trace-parts.js'
import { createKeyedQueue } from '../concurrency/keyed-queue.js'
import { createSingleFlight } from '../concurrency/single-flight.js'

/** What a step before a decision can do. `from`: when the budget of the rest begins, on the clock of `monotonic()`. */
export interface Deciding {
  /** When the notification arrived. */
  begun: number
  decide (from: number): Promise<Decided>
  /** @throws IAMPORT_BAD_GATEWAY its order was delivered, so that a lookup without money decides nothing */
  assertNotPaid (from: number, lookup: Lookup): Promise<void>
  /** The failure of a payment that was not approved. @throws PaymentChanged its lookup no longer holds */
  refuse (from: number, lookup: Lookup, reason: FailureReason): Promise<Decided>
}
export type StepBefore = (deciding: Deciding) => Promise<Decided>

/** Changes of a payment that one notification follows: more come from servers that contradict each other. */
const MAX_CHANGES = 10

/** For a notification that has shared another's outcome. Each caller may change its own. */
const asReplay = ({ completion, ...decided }: Decided): Decided =>
  ({ ...decided, completion: { ...structuredClone(completion), replayed: completion.status !== 'ignored' } })

/** Looks a payment up, decides what it means for its order, runs the hook once, and answers every notification. */
export function createCompletion<Tx> (settings: OutcomeSettings<Tx> & { budgetMs: number }) {
  const freshness = createFreshness(settings.provider, settings.budgetMs)
  const outcomes = createOutcomes(settings, freshness)
  const { assertNotPaid, refuse: recordRefused } = outcomes
  const handle = traceDecisions(outcomes.handle)
  const { provider } = settings
  const lookUpShared = createSharedLookup(
    provider.lookUp, () => new TimeoutError(undefined, { provider: provider.name }))
  const singleFlight = createSingleFlight<Lookup, Decided, Decided>(
    { asShared: asReplay, isRetried: (error) => error instanceof HookFailedError })
  const inQueue = createKeyedQueue()
  const reported = new WeakSet<Error>()

  /**
   * @throws IAMPORT_PAYMENT_NOT_FOUND, IAMPORT_ORDER_MISMATCH, IAMPORT_HOOK_FAILED, IAMPORT_BAD_GATEWAY,
   * IAMPORT_UNAUTHORIZED, IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_BUSY: no decision could be made
   */
  const complete = (notification: Notification): Promise<Decided> =>
    reporting(notification, (begun, progress) => decide(notification, begun, progress))

  /** Like `complete`, for a notification that needs a step before it is decided. */
  const completeAfter = (notification: Notification, step: StepBefore): Promise<Decided> =>
    reporting(notification, (begun, progress) => step({
      begun,
      decide: (from) => decide(notification, from, progress),
      assertNotPaid: (from, lookup) => assertNotPaid(notifiedOf(notification, from, lookup)),
      refuse: (from, lookup, reason) => refuse(notification, from, lookup, reason),
    }))

  /** Reports how a notification was decided, to the log and to metrics. */
  function reporting (
    notification: Notification, work: (begun: number, progress: Progress) => Promise<Decided>
  ): Promise<Decided> {
    const begun = notification.arrivedAt ?? monotonic()
    const progress = { lookupMs: 0, hookMs: 0, merchantUid: notification.merchantUid }
    return work(begun, progress).then((decided) => {
      reportDecided(notification, decided, progress, monotonic() - begun)
      alertManualRefund(provider.name, notification.source, decided)
      return decided
    }, (error: unknown) => {
      reportUndecided(notification, error, progress, monotonic() - begun)
      if (error instanceof Error) reported.add(error)
      throw error
    })
  }

  async function decide (notification: Notification, begun: number, progress: Progress): Promise<Decided> {
    const { id, merchantUid, source } = notification
    const deadline = begun + settings.budgetMs
    let lookup = await lookUpShared(id, deadline, { joinsPaid: source !== 'webhook' })
    if (merchantUid !== undefined && merchantUid !== lookup.payment.merchant_uid) throw new OrderMismatchError()
    progress.merchantUid = lookup.payment.merchant_uid
    // The provider's approval can follow shortly after the buyer has come back.
    if ((source === 'browser' || source === 'redirect') && isApprovalPending(lookup)) {
      lookup = await lookUpAgainWhile(
        lookup, isApprovalPending, () => lookUpShared(id, deadline), deadline)
    }
    progress.lookupMs = monotonic() - begun
    return await shareOutcome(lookup, notification, deadline, progress)
  }

  /** Notifications that share a lookup share its outcome. If the hook threw, the next of them runs it again. */
  function shareOutcome (
    lookup: Lookup, notification: Notification, deadline: Deadline, progress: Progress
  ): Promise<Decided> {
    return singleFlight(lookup, deadline, () =>
      // In the order of the lookups: the issue of a virtual account must not be handled after its deposit.
      inQueue(lookup.id, () => processLookup(lookup, notification, deadline, progress), deadline))
  }

  async function processLookup (
    shared: Lookup, { source, request, log }: Notification, deadline: Deadline, progress: Progress
  ): Promise<Decided> {
    const { id } = shared
    let lookup = freshness.isFresh(shared) ? shared : await freshness.lookUpAlone(id, deadline)
    const begun = monotonic()
    try {
      for (let changes = 0; changes <= MAX_CHANGES; changes++) {
        try {
          const outcome = await handle({ context: { source, request, log }, deadline, ...lookup })
          return decidedBy(lookup, outcome)
        } catch (error) {
          if (!(error instanceof PaymentChanged)) throw error
          lookup = error.lookup
        }
      }
      throw new BadGatewayError('the payment differs in every answer', { provider: provider.name })
    } catch (error) {
      // A hook that threw may have cancelled the payment, so waiting notifications have to look it up again.
      freshness.invalidate(id)
      throw error
    } finally {
      progress.hookMs = monotonic() - begun
    }
  }

  const decidedBy = (lookup: Lookup, outcome: Outcome): Decided => ({
    completion: describe(lookup, outcome, settings),
    looked: lookup,
    why: outcome.status === 'failed' ? outcome.why : undefined,
  })

  /** A payment that the provider has not approved, at our request: nothing was charged. */
  async function refuse (
    notification: Notification, begun: number, lookup: Lookup, reason: FailureReason
  ): Promise<Decided> {
    const notified = notifiedOf(notification, begun, lookup)
    return inQueue(lookup.id, async () => {
      await assertNotPaid(notified)
      return decidedBy(lookup, await recordRefused(notified, reason))
    }, notified.deadline)
  }

  const notifiedOf = ({ source, request, log }: Notification, begun: number, lookup: Lookup) =>
    ({ context: { source, request, log }, deadline: begun + settings.budgetMs, ...lookup })

  /** A payment from a list, as a notification that begins now. */
  function notifiedByList (looked: LookedUpPayment, log: FastifyBaseLogger) {
    const now = monotonic()
    const source: Source = 'reconcile'
    return { ...looked, answeredAt: now, context: { source, log }, deadline: now + settings.budgetMs }
  }

  return {
    complete,
    completeAfter,
    /** Whether the log already says that a notification was not decided because of this error. */
    isReported: (error: Error): boolean => reported.has(error),
    /** Whether nothing is left to do for a payment found in a list. */
    isHandled: (looked: LookedUpPayment, log: FastifyBaseLogger): Promise<boolean> =>
      outcomes.isHandled(notifiedByList(looked, log)),
    /** Whether a payment found in a list holds money that only a person can refund. */
    findUnrefunded: (looked: LookedUpPayment, log: FastifyBaseLogger): Promise<Unrefunded | undefined> =>
      outcomes.findUnrefunded(notifiedByList(looked, log)),
  }
}
