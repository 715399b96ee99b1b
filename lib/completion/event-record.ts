import { Type, type Static } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { Deadline } from '../concurrency/deadline.js'
import type { FailureReason } from '../messages.js'
import { awaitsDeposit, type Mismatch } from './rules.js'
import type { Freshness } from './freshness.js'
import type { Context } from '../hooks.js'
import type { LookedUpPayment } from './looked-up-payment.js'
import type { AfterFailure, Ledger, Recorded } from '../ledger/ledger.js'
import { onceBefore } from '../ledger/once-before.js'
import { readBefore, readOrClaim } from '../ledger/read-before.js'

/**
 * The events under whose key the ledger holds a decision: the payment is delivered or refunded (the virtual account
 * accepted or revoked), never both.
 */
export type DecidedEvent = 'issued' | 'paid'

/** Something that happened to a payment; its hook runs once. */
export type PaymentEvent =
  | DecidedEvent | `failed:${FailureReason}` | `failed:${FailureReason}:issued`
  | `refunded:${FailureReason}` | `refund_pending:${FailureReason}` | `refund_failed:${FailureReason}`
  | `not_approved:${FailureReason}`
  | `cancelled:${string}`

/** A mismatch of a virtual account when it is issued is one event, a mismatch after its deposit another. */
export const failureEvent = (looked: Pick<LookedUpPayment, 'state'>, reason: FailureReason): PaymentEvent =>
  awaitsDeposit(looked) ? `failed:${reason}:issued` : `failed:${reason}`

const Decision = Type.Union([
  /** The hook has run. */
  Type.Object({ decision: Type.Literal('delivered'), data: Type.Unknown() }),
  /** A refund, or a revocation, has begun. Recorded before the request is sent; the next notification finishes it. */
  Type.Object({
    decision: Type.Literal('refund'),
    reason: Type.Unsafe<Mismatch>(Type.String()),
    /** The balance to cancel, as of this decision, in the payment's currency. */
    checksum: Type.Number(),
  }),
  /** A mismatch, but an abandoned run may have delivered: a manual refund may be needed. */
  Type.Object({ decision: Type.Literal('manual'), reason: Type.Unsafe<Mismatch>(Type.String()) }),
  /** Too late to deliver or to refund: before a decision, the payment was cancelled, or the deposit made. */
  Type.Object({ decision: Type.Literal('closed') }),
])
export type Decision = Static<typeof Decision>

const checkDecision = TypeCompiler.Compile(Decision)

/** A delivery without data, as most are, is recorded as `undefined`. */
const writeDecision = (decision: Decision): Decision | undefined =>
  decision.decision === 'delivered' && decision.data === undefined ? undefined : decision

/** Version 0.1.0 recorded only the hook's data: whatever is not a decision is read as that. */
const readDecision = (recorded: unknown): Decision =>
  recorded !== undefined && checkDecision.Check(recorded) ? recorded : { decision: 'delivered', data: recorded }

/** A payment as it was looked up, with the notification that caused the lookup. */
export interface NotifiedPayment<Tx = unknown> extends LookedUpPayment {
  answeredAt: number
  context: Omit<Context<Tx>, 'tx'>
  /** Work may begin until then. */
  deadline: Deadline
}

type EventWork<Tx, T> = (context: Context<Tx>, afterFailure: AfterFailure, assertRunning: () => void) => Promise<T>

export type Peeked<T> = { decided: Decision, inspected?: undefined } | { decided?: undefined, inspected: T }

/** The ledger, by payment and event. Methods reject as `work` does, or with IAMPORT_BUSY or IAMPORT_UNAVAILABLE. */
export interface EventRecord<Tx> {
  /** Runs `work` once for this event. @throws PaymentChanged the lookup no longer holds when `work` is to begin */
  once<T> (notified: NotifiedPayment<Tx>, event: PaymentEvent, work: EventWork<Tx, T>): Promise<Recorded<T>>
  /** Like `once`, for events that hold a decision. */
  decide (
    notified: NotifiedPayment<Tx>, event: DecidedEvent, work: EventWork<Tx, Decision>
  ): Promise<{ decided: Decision, replayed: boolean }>
  /** The decision recorded for this event. */
  find (notified: NotifiedPayment<Tx>, event: DecidedEvent): Promise<Decision | undefined>
  /**
   * Like `find`. If nothing is recorded, waits for a run in progress, then runs `inspect` while holding the key, and
   * records nothing.
   */
  peek<T> (
    notified: NotifiedPayment<Tx>, event: DecidedEvent, inspect: (context: Context<Tx>) => Promise<T>
  ): Promise<Peeked<T>>
  /** Whether this event is recorded: its hook has run. */
  has (notified: NotifiedPayment<Tx>, event: PaymentEvent): Promise<boolean>
  /** Like `has`; waits for a run in progress. */
  hasRun (notified: NotifiedPayment<Tx>, event: PaymentEvent): Promise<boolean>
}

/** So that whoever finds a second mail, or a second delivery, learns why. */
function logAbandoned ({ payment, context: { source, log } }: NotifiedPayment, event: PaymentEvent) {
  const { imp_uid, merchant_uid } = payment
  log.warn({ imp_uid, merchant_uid, source, event },
    'an earlier run of this event left no record, as its process died or it took too long: its hook may run twice')
}

export function createEventRecord<Tx> (
  ledger: Ledger<Tx>, freshness: Pick<Freshness, 'isDoubtful' | 'assertUnchanged'>
): EventRecord<Tx> {
  const keyOf = ({ key }: NotifiedPayment<Tx>, event: PaymentEvent) => `${key}:${event}`

  // Field by field: a spread costs microseconds here.
  const contextOf = ({ context: { source, request, log } }: NotifiedPayment<Tx>, tx: Tx): Context<Tx> =>
    ({ source, request, log, tx })

  /** @param write what to record of the work's result */
  function onceWriting<T, R> (
    notified: NotifiedPayment<Tx>, event: PaymentEvent, work: EventWork<Tx, T>, write: (result: T) => R
  ) {
    const key = keyOf(notified, event)
    return onceBefore<Tx, R>(ledger, key, notified.deadline, (tx, afterFailure, assertRunning) => {
      if (afterFailure === 'abandoned') logAbandoned(notified, event)
      const run = () => work(contextOf(notified, tx), afterFailure, assertRunning).then(write)
      if (!freshness.isDoubtful(notified, afterFailure)) return run()
      return freshness.assertUnchanged(notified).then(assertRunning).then(run)
    })
  }

  const read = (notified: NotifiedPayment<Tx>, event: PaymentEvent) =>
    readBefore(ledger, keyOf(notified, event), notified.deadline)

  const readOrInspect = <T>(
    notified: NotifiedPayment<Tx>, event: PaymentEvent, inspect: (context: Context<Tx>) => Promise<T>
  ) => readOrClaim(ledger, keyOf(notified, event), notified.deadline, (tx) => inspect(contextOf(notified, tx)))

  const nothing = async () => undefined

  return {
    once: (notified, event, work) => onceWriting(notified, event, work, (result) => result),
    decide: (notified, event, work) => onceWriting<Decision, unknown>(notified, event, work, writeDecision)
      .then(({ value, replayed }) => ({ decided: readDecision(value), replayed })),
    async find (notified, event) {
      const recorded = await read(notified, event)
      return recorded && readDecision(recorded.value)
    },
    async peek (notified, event, inspect) {
      const { recorded, inspected } = await readOrInspect(notified, event, inspect)
      return recorded ? { decided: readDecision(recorded.value) } : { inspected }
    },
    has: async (notified, event) => await read(notified, event) !== undefined,
    hasRun: async (notified, event) => (await readOrInspect(notified, event, nothing)).recorded !== undefined,
  }
}
