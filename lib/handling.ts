import type { Outcome } from './completion-reply.js'
import { monotonic } from './deadline.js'
import { decide, type FailureReason } from './decide.js'
import { BadGatewayError } from './errors.js'
import { expectationOf, runHook, type Hooks } from './hooks.js'
import type { CompletionClient } from './iamport/api.js'
import type { Payment } from './iamport/payment.js'
import type { Ledger } from './ledger/ledger.js'
import { messageFor, type Locale } from './messages.js'
import { cancellationEvent, cancellationsOf, createRecord, failureEvent, type Case } from './record.js'
import { giveBack, isMismatch, isRefundable, MISMATCHES, refundedFor, type Mismatch } from './refund.js'

export interface HandlingSettings<Tx> {
  client: CompletionClient
  ledger: Ledger<Tx>
  hooks: Hooks<Tx>
  acceptTestPayments: boolean
  cancelOnMismatch: boolean
  locale: Locale
  /** One request to the provider, in milliseconds. */
  timeoutMs: number
}

export interface Handling<Tx> {
  /** Decides what a payment, as it was seen, means for its order, and runs the hook for that once. */
  handle (it: Case<Tx>): Promise<Outcome>
  /** Whether the hook of everything that this payment shows has run: there is nothing left to do for it. */
  isHandled (it: Case<Tx>): Promise<boolean>
  /** Whether we have given money of this payment back since it was asked for: what was seen then must not be fulfilled. */
  isOutdated (impUid: string, askedAt: number): boolean
}

/** Milliseconds for which our own refunds are remembered: longer than any notification may take. */
const REMEMBER_REFUNDS_MS = 60_000

export function createHandling<Tx> (settings: HandlingSettings<Tx>): Handling<Tx> {
  const { client, hooks, locale } = settings
  const record = createRecord(settings.ledger)
  /** When we gave money back, by payment. */
  const refunds = new Map<string, number>()

  async function handle (it: Case<Tx>): Promise<Outcome> {
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
  async function fulfil (it: Case<Tx>, status: 'paid' | 'vbank_issued'): Promise<Outcome> {
    const { payment } = it
    let refused: FailureReason | undefined
    try {
      const { value: data, replayed } = await record.once(it, status === 'paid' ? 'paid' : 'issued', async (context) => {
        refused = undefined // a ledger may have to run the work again
        const decision = decide(payment, await expectationOf(() => hooks.getExpectedAmount(copyOf(payment), context)), settings)
        if (decision.status === 'failed') throw new Error(refused = decision.reason)
        return runHook(() => status === 'paid' ? hooks.onPaid(copyOf(payment), context) : hooks.onVbank?.(copyOf(payment), context))
      })
      if (payment.cancel_amount > 0) await tellCancellations(it)
      return { status, replayed, data }
    } catch (error) {
      if (refused === undefined) throw error
    }
    if (!isMismatch(refused) || !settings.cancelOnMismatch) return fail(it, refused, false)
    return fail(it, refused, await refund(it, refused))
  }

  async function refund (it: Case<Tx>, mismatch: Mismatch): Promise<boolean> {
    const { payment, context } = it
    if (!isRefundable(payment)) return false
    // The answer may be lost, and not every mark of ours comes back: a revocation leaves none. So the intent is recorded first.
    await record.once(it, `refunding:${mismatch}`, async () => undefined)
    try {
      // However long the order took to be asked, the money's way back has its time.
      return await giveBack(client, payment, mismatch, Math.max(it.deadline, monotonic() + settings.timeoutMs), context.log)
    } finally {
      refunds.set(payment.imp_uid, monotonic())
      setTimeout(() => refunds.delete(payment.imp_uid), REMEMBER_REFUNDS_MS).unref()
    }
  }

  async function fail (it: Case<Tx>, reason: FailureReason, refunded: boolean): Promise<Outcome> {
    const { payment } = it
    const final = reason !== 'not_paid' && reason !== 'payment_failed'
    const { value: data, replayed } = await record.once(it, refunded ? `refunded:${reason}` : failureEvent(payment, reason), (context) =>
      runHook(() => hooks.onFail?.({ reason, payment: copyOf(payment), final, refunded, message: messageFor(reason, locale) }, context)))
    return { status: 'failed', reason, refunded, replayed, data }
  }

  async function cancelled (it: Case<Tx>): Promise<Outcome> {
    const mismatch = await ownRefund(it)
    if (mismatch !== undefined) return fail(it, mismatch, true)
    return { status: 'cancelled', replayed: await tellCancellations(it) }
  }

  /** The mismatch for which we cancelled this payment ourselves: by the reason we gave, or else by our records. */
  async function ownRefund (it: Case<Tx>): Promise<Mismatch | undefined> {
    // What was fulfilled after all is an order, and its end a cancellation, whoever asked for it.
    if (await record.has(it, 'paid') || await record.has(it, 'issued')) return undefined
    return refundedFor(it.payment) ?? recordedRefund(it)
  }

  async function recordedRefund (it: Case<Tx>): Promise<Mismatch | undefined> {
    for (const mismatch of MISMATCHES) {
      if (await record.has(it, `refunded:${mismatch}`)) return mismatch
      // Begun, and never told how it ended. Where it was told to have been refused, somebody has refunded by hand since.
      if (await record.has(it, `refunding:${mismatch}`) && !await isRefusalTold(it, mismatch)) return mismatch
    }
  }

  const isRefusalTold = async (it: Case<Tx>, mismatch: Mismatch) =>
    await record.has(it, `failed:${mismatch}`) || record.has(it, `failed:${mismatch}:issued`)

  /** Runs `onCancel` for every cancellation that it has not been run for. @returns whether there was none such */
  async function tellCancellations (it: Case<Tx>): Promise<boolean> {
    const { payment } = it
    let known = true
    for (const [index, cancellation] of cancellationsOf(payment).entries()) {
      const { replayed } = await record.once(it, cancellationEvent(cancellation, index), (context) =>
        runHook(async () => { await hooks.onCancel?.(copyOf(payment), { ...context, cancellation: { ...cancellation } }) }))
      known &&= replayed
    }
    return known
  }

  async function areCancellationsTold (it: Case<Tx>): Promise<boolean> {
    for (const [index, cancellation] of cancellationsOf(it.payment).entries()) {
      if (!await record.has(it, cancellationEvent(cancellation, index))) return false
    }
    return true
  }

  async function isHandled (it: Case<Tx>): Promise<boolean> {
    switch (decide(it.payment, undefined, settings).status) {
      case 'paid': return await record.has(it, 'paid') && (it.payment.cancel_amount === 0 || await areCancellationsTold(it))
      case 'vbank_issued': return record.has(it, 'issued')
      case 'cancelled': {
        const mismatch = await ownRefund(it)
        return mismatch === undefined ? areCancellationsTold(it) : record.has(it, `refunded:${mismatch}`)
      }
      default: return false
    }
  }

  return { handle, isHandled, isOutdated: (impUid, askedAt) => askedAt <= (refunds.get(impUid) ?? -Infinity) }
}

/** A hook's own: what it changes there changes no decision, and nothing that another hook sees. */
function copyOf (payment: Payment): Payment {
  return { ...payment, cancel_history: payment.cancel_history?.map((cancellation) => ({ ...cancellation })) }
}
