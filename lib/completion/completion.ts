import type { FastifyBaseLogger } from 'fastify'
import { describe, type Completion } from './reply.js'
import { monotonic, within, type Deadline } from '../concurrency/deadline.js'
import { isApprovalPending } from './rules.js'
import { BusyError, HookFailedError, OrderMismatchError } from '../errors.js'
import { createFreshness, PaymentChanged, type Lookup } from './freshness.js'
import type { Source } from '../hooks.js'
import type { Payment } from './payment.js'
import { lookAgainWhile } from './look-again.js'
import { createSharedLookup, type SharedLookup } from './shared-lookup.js'
import type { Notification, Timing } from './notification.js'
import { createOutcomes, type OutcomeSettings } from './outcome.js'
import { reportDecided, reportUndecided } from './report.js'
import { createKeyedQueue } from '../concurrency/keyed-queue.js'

/** The spine: looks a payment up, lets it be decided and its hook run once, and tells all who asked. */
export function createCompletion<Tx> (settings: OutcomeSettings<Tx> & { budgetMs: number }) {
  const freshness = createFreshness(settings.provider.lookUp, settings.budgetMs)
  const { handle, isHandled } = createOutcomes(settings, freshness)
  const see = createSharedLookup<Completion>(settings.provider.lookUp)
  const inQueue = createKeyedQueue()

  /**
   * @throws IAMPORT_PAYMENT_NOT_FOUND, IAMPORT_ORDER_MISMATCH, IAMPORT_HOOK_FAILED, IAMPORT_BAD_GATEWAY, IAMPORT_UNAUTHORIZED,
   * IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_BUSY: nothing could be decided
   */
  async function complete (notification: Notification): Promise<Completion> {
    const begun = notification.arrivedAt ?? monotonic()
    const timing = { lookupMs: 0, hookMs: 0 }
    try {
      const completion = await decided(notification, begun, timing)
      reportDecided(notification, completion, timing, monotonic() - begun)
      return completion
    } catch (error) {
      reportUndecided(notification, error, timing, monotonic() - begun)
      throw error
    }
  }

  async function decided (notification: Notification, begun: number, timing: Timing): Promise<Completion> {
    const { impUid, merchantUid, source } = notification
    const deadline = begun + settings.budgetMs
    let sighting = await see(impUid, deadline, { joinsPaid: source !== 'webhook' })
    if (merchantUid !== undefined && merchantUid !== sighting.payment.merchant_uid) throw new OrderMismatchError()
    // The provider approves a little after the buyer has come back.
    if (source === 'browser' || source === 'redirect') {
      sighting = await lookAgainWhile(sighting, ({ payment }) => isApprovalPending(payment), () => see(impUid, deadline), deadline)
    }
    timing.lookupMs = monotonic() - begun
    return share(sighting, notification, deadline, timing)
  }

  /** Notifications that share a sighting share what is made of it; after a hook that threw, the next one runs it again. */
  async function share (sighting: SharedLookup<Completion>, notification: Notification, deadline: Deadline, timing: Timing): Promise<Completion> {
    for (let running; (running = sighting.outcome) !== undefined;) {
      try {
        // A copy for each: what one caller does to its answer is not seen by another.
        const shared = await within(running.then(structuredClone<Completion>), deadline, () => new BusyError())
        return { ...shared, replayed: shared.status !== 'ignored' }
      } catch (error) {
        if (!(error instanceof HookFailedError)) throw error
        if (sighting.outcome === running) delete sighting.outcome
      }
    }
    // What was seen first is worked off first, so that the handling of an account's issue cannot end after that of its deposit.
    sighting.outcome = inQueue(sighting.payment.imp_uid, () => workOff(sighting, notification, deadline, timing), deadline)
    return sighting.outcome
  }

  async function workOff (
    shared: Lookup, { source, request, log }: Notification, deadline: Deadline, timing: Timing
  ): Promise<Completion> {
    const { imp_uid: impUid } = shared.payment
    let lookup = freshness.isFresh(shared) ? shared : await freshness.lookUpAlone(impUid, deadline)
    const begun = monotonic()
    try {
      for (;;) {
        const { payment, answeredAt } = lookup
        try {
          return describe(payment, await handle({ payment, answeredAt, context: { source, request, log }, deadline }), settings)
        } catch (error) {
          if (!(error instanceof PaymentChanged)) throw error
          lookup = error.lookup
        }
      }
    } catch (error) {
      // A hook that threw may have cancelled the payment: whoever waits looks up again.
      freshness.invalidate(impUid)
      throw error
    } finally {
      timing.hookMs = monotonic() - begun
    }
  }

  return {
    complete,
    /** Whether nothing is left to do for a payment that was seen in a list. */
    isDone: (payment: Payment, source: Source, log: FastifyBaseLogger): Promise<boolean> =>
      isHandled({ payment, answeredAt: monotonic(), context: { source, log }, deadline: monotonic() + settings.budgetMs }),
  }
}
