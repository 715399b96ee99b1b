import type { Ledger, Recorded, Work } from '../ledger/ledger.js'
import type { NotifiedPayment } from './event-record.js'
import type { LookedUpPayment } from './looked-up-payment.js'
import type { Decided, Notification } from './notification.js'
import type { Outcomes } from './outcome.js'
import type { PaymentProvider, RefundResult } from './provider.js'
import type { Outcome } from './reply.js'
import {
  approvals, decisions, hookCalls, ledgerCalls, lookups, notifications, refundRequests, traced, type Traces,
} from './trace.js'
import type { WrapHook } from './wrap-hooks.js'

/*
 * The parts of a notification, which run as they are unless their channel has subscribers. `hasSubscribers`
 * is looked at in each call: a tracer may come after the registration.
 */

function traceNotification (
  { impUid, merchantUid, source }: Notification, work: () => Promise<Decided>
): Promise<Decided> {
  const message: Traces['notification'] = { imp_uid: impUid, merchant_uid: merchantUid, source }
  return traced(notifications, message, work, (ended, { completion }) => {
    const { imp_uid, merchant_uid, status, reason, replayed } = completion
    Object.assign(ended, { imp_uid, merchant_uid, status, reason, replayed })
  })
}

/** @param notify a notification's work, which is traced as a whole */
export const traceNotifications = (notify: (notification: Notification) => Promise<Decided>): typeof notify =>
  (notification) => notifications.hasSubscribers
    ? traceNotification(notification, () => notify(notification))
    : notify(notification)

export function traceProvider (provider: PaymentProvider): PaymentProvider {
  const { name } = provider

  function traceRefund (
    { payment: { imp_uid, merchant_uid } }: LookedUpPayment, request: Traces['refund']['request'],
    send: () => Promise<RefundResult>
  ): Promise<RefundResult> {
    const message: Traces['refund'] = { imp_uid, merchant_uid, request }
    return traced(refundRequests, message, send, (ended, { status }) => { ended.status = status })
  }

  return {
    ...provider,
    lookUp: (id, deadline) => lookups.hasSubscribers
      ? traced(lookups, { id, provider: name }, () => provider.lookUp(id, deadline), (ended, { state }) => {
        ended.state = state
      })
      : provider.lookUp(id, deadline),
    refund: (looked, checksum, reason, deadline) => refundRequests.hasSubscribers
      ? traceRefund(looked, 'refund', () => provider.refund(looked, checksum, reason, deadline))
      : provider.refund(looked, checksum, reason, deadline),
    closeAccount: (looked, deadline) => refundRequests.hasSubscribers
      ? traceRefund(looked, 'close_account', () => provider.closeAccount(looked, deadline))
      : provider.closeAccount(looked, deadline),
  }
}

/** @param approve a request to approve a payment */
export const traceApproval = <Attempt extends { paymentId: string }, Result extends { status: string }>(
  approve: (attempt: Attempt) => Promise<Result>
): typeof approve => (attempt) => approvals.hasSubscribers
    ? traced(approvals, { id: attempt.paymentId }, () => approve(attempt), (ended, { status }) => {
      ended.status = status
    })
    : approve(attempt)

export const traceDecisions = <Tx>(handle: Outcomes<Tx>['handle']): Outcomes<Tx>['handle'] =>
  (notified) => decisions.hasSubscribers ? traceDecision(notified, () => handle(notified)) : handle(notified)

function traceDecision (
  { payment: { imp_uid, merchant_uid }, state }: NotifiedPayment, work: () => Promise<Outcome>
): Promise<Outcome> {
  const message: Traces['decision'] = { imp_uid, merchant_uid, state }
  return traced(decisions, message, work, (ended, { status, replayed }) => Object.assign(ended, { status, replayed }))
}

export function traceLedger<Tx> (ledger: Ledger<Tx>): Ledger<Tx> {
  const { find } = ledger
  return {
    once: (key, work) => ledgerCalls.hasSubscribers ? traceOnce(ledger, key, work) : ledger.once(key, work),
    ...(find && {
      find: (key) => ledgerCalls.hasSubscribers
        ? traced(ledgerCalls, { method: 'find', key }, () => find.call(ledger, key), (ended, found) => {
          ended.replayed = found !== undefined
        })
        : find.call(ledger, key),
    }),
  }
}

/** What `work` throws is no error of the ledger's, and often none at all: a mismatch is not recorded either. */
async function traceOnce<Tx, T> (ledger: Ledger<Tx>, key: string, work: Work<Tx, T>): Promise<Recorded<T>> {
  let ofWork: { error: unknown } | undefined
  const message: Traces['ledger'] = { method: 'once', key }
  const recorded = await traced(ledgerCalls, message, async () => {
    try {
      return await ledger.once(key, async (tx, afterFailure) => {
        try {
          return await work(tx, afterFailure)
        } catch (error) {
          ofWork = { error }
          throw error
        }
      })
    } catch (error) {
      if (ofWork) return undefined
      throw error
    }
  }, (ended, recorded) => {
    if (recorded) ended.replayed = recorded.replayed
    else ended.rolledBack = true
  })
  if (recorded === undefined) throw ofWork?.error
  return recorded
}

/** Traces each call of a hook. */
export const traceHook: WrapHook = (hook, call, namesOf) => (subject, context) => {
  if (!hookCalls.hasSubscribers) return call(subject, context)
  const { imp_uid, merchant_uid } = namesOf(subject)
  const message: Traces['hook'] = { hook, source: context.source, imp_uid, merchant_uid }
  return traced(hookCalls, message, async () => call(subject, context))
}
