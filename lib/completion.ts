import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { describe, type Completion, type Outcome } from './completion-reply.js'
import { monotonic, pause, within, type Deadline } from './deadline.js'
import { decide, isUnsettled, type FailureReason } from './decide.js'
import { BadGatewayError, BusyError, HookFailedError, OrderMismatchError } from './errors.js'
import { expectationOf, runHook, type Context, type Hooks, type Source } from './hooks.js'
import type { CompletionClient } from './iamport/client.js'
import type { Cancellation, Payment } from './iamport/payment.js'
import type { Ledger } from './ledger/ledger.js'
import { onceBefore } from './ledger/once-before.js'
import { createLookups, type Sighting } from './lookups.js'
import { logDecision, logUndecided } from './log.js'
import { messageFor, type Locale } from './messages.js'
import { giveBack, isMismatch, refundedFor, type Mismatch } from './refund.js'
import { createTurns } from './turns.js'

/** News of a payment. Nothing in it is evidence. */
export interface Notification {
  impUid: string
  source: Source
  /** The order it claims to be about. */
  merchantUid?: string
  request?: FastifyRequest
  log: FastifyBaseLogger
}

export interface CompletionSettings<Tx> {
  client: CompletionClient
  ledger: Ledger<Tx>
  hooks: Hooks<Tx>
  acceptTestPayments: boolean
  cancelOnMismatch: boolean
  locale: Locale
  budgetMs: number
}

/** Milliseconds between looks at a payment that is still `ready` when the buyer is back: the provider settles a little later. */
const SETTLE_DELAYS_MS = [250, 500, 750]

/** One notification being worked on. */
interface Case { payment: Payment, notification: Notification, deadline: Deadline }

/** Resolves to what was decided, failures too; rejects with a code where nothing could be. */
export type Complete = (notification: Notification) => Promise<Completion>

/** Looks a payment up, decides what it means for its order, and runs the hook for that once. */
export function createCompletion<Tx> (settings: CompletionSettings<Tx>): Complete {
  const { client, ledger, hooks, locale } = settings
  const see = createLookups<Completion>(client.lookUp)
  const inTurn = createTurns()

  /**
   * @throws IAMPORT_PAYMENT_NOT_FOUND, IAMPORT_ORDER_MISMATCH, IAMPORT_HOOK_FAILED, IAMPORT_BAD_GATEWAY, IAMPORT_UNAUTHORIZED,
   * IAMPORT_UNAVAILABLE, IAMPORT_TIMEOUT, IAMPORT_BUSY: nothing could be decided
   */
  return async function complete (notification: Notification): Promise<Completion> {
    const begun = monotonic()
    try {
      const completion = await decided(notification, begun + settings.budgetMs)
      logDecision(notification, completion, monotonic() - begun)
      return completion
    } catch (error) {
      logUndecided(notification, error, monotonic() - begun)
      throw error
    }
  }

  async function decided (notification: Notification, deadline: Deadline): Promise<Completion> {
    const { impUid, merchantUid, source } = notification
    let sighting = await see(impUid, deadline)
    if (merchantUid !== undefined && merchantUid !== sighting.payment.merchant_uid) throw new OrderMismatchError()
    if (source === 'browser' || source === 'redirect') sighting = await settle(sighting, deadline)
    return share(sighting, notification, deadline)
  }

  async function settle (sighting: Sighting<Completion>, deadline: Deadline): Promise<Sighting<Completion>> {
    for (const delay of SETTLE_DELAYS_MS) {
      if (!isUnsettled(sighting.payment) || !await pause(delay, deadline)) break
      sighting = await see(sighting.payment.imp_uid, deadline)
    }
    return sighting
  }

  /** Notifications that share a sighting share what is made of it; after a hook that threw, the next one runs it again. */
  async function share (sighting: Sighting<Completion>, notification: Notification, deadline: Deadline): Promise<Completion> {
    const { payment } = sighting
    for (let running; (running = sighting.outcome) !== undefined;) {
      try {
        const shared = await within(running, deadline, () => new BusyError())
        return { ...shared, replayed: shared.status !== 'ignored' }
      } catch (error) {
        if (!(error instanceof HookFailedError)) throw error
        if (sighting.outcome === running) delete sighting.outcome
      }
    }
    // What was seen first is worked off first, so that the handling of an account's issue cannot end after that of its deposit.
    sighting.outcome = inTurn(payment.imp_uid, async () =>
      describe(payment, await workOff({ payment, notification, deadline }), locale), deadline)
    return sighting.outcome
  }

  async function workOff (it: Case): Promise<Outcome> {
    const decision = decide(it.payment, undefined, settings)
    switch (decision.status) {
      case 'ignored': return { status: 'ignored', replayed: false }
      case 'failed': return fail(it, decision.reason, false)
      case 'cancelled': return cancelled(it)
      case 'unknown': throw new BadGatewayError(`a payment of status ${JSON.stringify(it.payment.status)}`)
      default: return fulfil(it, decision.status)
    }
  }

  /** Compares with the order inside the record of the event, so that what was fulfilled once is never judged again. */
  async function fulfil (it: Case, status: 'paid' | 'vbank_issued'): Promise<Outcome> {
    const { payment } = it
    let refused: FailureReason | undefined
    try {
      const { value: data, replayed } = await once(it, status === 'paid' ? 'paid' : 'issued', async (context) => {
        refused = undefined // a ledger may have to run the work again
        const decision = decide(payment, await expectationOf(() => hooks.getExpectedAmount(payment, context)), settings)
        if (decision.status === 'failed') throw new Error(refused = decision.reason)
        return runHook(() => status === 'paid' ? hooks.onPaid(payment, context) : hooks.onVbank?.(payment, context))
      })
      if (payment.cancel_amount > 0) await tellCancellations(it)
      return { status, replayed, data }
    } catch (error) {
      if (refused === undefined) throw error
    }
    if (!isMismatch(refused) || !settings.cancelOnMismatch) return fail(it, refused, false)
    return fail(it, refused, await giveBack(client, payment, refused, it.deadline, it.notification.log))
  }

  async function fail (it: Case, reason: FailureReason, refunded: boolean): Promise<Outcome> {
    const { payment } = it
    const final = reason !== 'not_paid' && reason !== 'payment_failed'
    const { value: data, replayed } = await once(it, refunded ? `refunded:${reason}` : `failed:${reason}`, (context) =>
      runHook(() => hooks.onFail?.({ reason, payment, final, refunded, message: messageFor(reason, locale) }, context)))
    return { status: 'failed', reason, refunded, replayed, data }
  }

  async function cancelled (it: Case): Promise<Outcome> {
    const mismatch = await ownRefund(it)
    if (mismatch !== undefined) return fail(it, mismatch, true)
    return { status: 'cancelled', replayed: await tellCancellations(it) }
  }

  /** The mismatch for which we cancelled this payment ourselves: by the reason we gave, or else by our records. */
  async function ownRefund (it: Case): Promise<Mismatch | undefined> {
    const marked = refundedFor(it.payment)
    if (marked !== undefined) return marked
    for (const mismatch of ['amount_mismatch', 'currency_mismatch'] as const) {
      if (await isRecorded(it, `refunded:${mismatch}`)) return mismatch
    }
  }

  /** Runs `onCancel` for every cancellation that it has not been run for. @returns whether there was none such */
  async function tellCancellations (it: Case): Promise<boolean> {
    const { payment } = it
    let known = true
    for (const [index, cancellation] of cancellationsOf(payment).entries()) {
      const event = `cancelled:${cancellation.cancellation_id ?? `${index}:${cancellation.amount}`}`
      const { replayed } = await once(it, event, (context) => runHook(() => hooks.onCancel?.(payment, { ...context, cancellation })))
      known &&= replayed
    }
    return known
  }

  function once<T> ({ payment, notification, deadline }: Case, event: string, work: (context: Context<Tx>) => Promise<T>) {
    const { source, request, log } = notification
    return onceBefore(ledger, `${payment.imp_uid}:${event}`, deadline, (tx) => work({ source, request, log, tx }))
  }

  async function isRecorded (it: Case, event: string): Promise<boolean> {
    const unrecorded = new Error('not recorded')
    try {
      await once(it, event, () => Promise.reject(unrecorded))
      return true
    } catch (error) {
      if (error !== unrecorded) throw error
      return false
    }
  }
}

/** The entries of a payment's history; where the provider gives none, the one that its sum stands for. */
function cancellationsOf ({ cancel_history: history, cancel_amount: amount, cancel_reason: reason }: Payment): Cancellation[] {
  return history && history.length > 0 ? history : [{ amount, reason }]
}
