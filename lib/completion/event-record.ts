import { Type, type Static } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { Deadline } from '../concurrency/deadline.js'
import type { FailureReason } from '../messages.js'
import { awaitsDeposit, type Mismatch } from './rules.js'
import type { Freshness, Lookup } from './freshness.js'
import type { Context } from '../hooks.js'
import type { Payment } from './payment.js'
import type { AfterFailure, Ledger, Recorded, Work } from '../ledger/ledger.js'
import { onceBefore } from '../ledger/once-before.js'

/** The events under whose key the ledger holds one decision: the payment, or the account, is delivered or refunded, never both. */
export type DecidedEvent = 'issued' | 'paid'

/** One thing that happens to a payment, and whose hook runs once. */
export type PaymentEvent =
  | DecidedEvent | `failed:${FailureReason}` | `failed:${FailureReason}:issued`
  | `refunded:${FailureReason}` | `cancelled:${string}`

/** An account that is not as ordered is one event, money paid into it all the same another. */
export const failureEvent = (payment: Payment, reason: FailureReason): PaymentEvent =>
  awaitsDeposit(payment) ? `failed:${reason}:issued` : `failed:${reason}`

const Decision = Type.Union([
  /** The hook has run. */
  Type.Object({ decision: Type.Literal('delivered'), data: Type.Unknown() }),
  /** Its money goes back, or its account is revoked. Recorded before that is asked for; whoever comes next finishes it. */
  Type.Object({
    decision: Type.Literal('refund'),
    reason: Type.Unsafe<Mismatch>(Type.String()),
    /** The balance that was to be cancelled when this was decided, in the payment's currency. */
    checksum: Type.Number(),
  }),
  /** Not as ordered, and perhaps delivered by a run that was abandoned: a person has to look. */
  Type.Object({ decision: Type.Literal('manual'), reason: Type.Unsafe<Mismatch>(Type.String()) }),
  /** Neither may begin any more: before anything was decided the payment was cancelled, or the account was paid into. */
  Type.Object({ decision: Type.Literal('closed') }),
])
export type Decision = Static<typeof Decision>

const checkDecision = TypeCompiler.Compile(Decision)

/** A delivery without a result is recorded as nothing at all: most are. */
const writeDecision = (decision: Decision): Decision | undefined =>
  decision.decision === 'delivered' && decision.data === undefined ? undefined : decision

/** What is no decision is the result of a hook, as version 0.1.0 recorded it. */
const readDecision = (recorded: unknown): Decision =>
  checkDecision.Check(recorded) ? recorded : { decision: 'delivered', data: recorded }

/** A payment as it was looked up, and the notification by which we know of it. */
export interface NotifiedPayment<Tx = unknown> extends Pick<Lookup, 'payment' | 'answeredAt'> {
  context: Omit<Context<Tx>, 'tx'>
  /** Until when work may begin. */
  deadline: Deadline
}

type EventWork<Tx, T> = (context: Context<Tx>, afterFailure: AfterFailure) => Promise<T>

export type Peeked<T> = { decided: Decision, seen?: undefined } | { decided?: undefined, seen: T }

/** The ledger, by payment and event. Each throws as `work` does; IAMPORT_BUSY, IAMPORT_UNAVAILABLE. */
export interface EventRecord<Tx> {
  /** Runs `work` once for this event, on a lookup that is fresh when it begins. @throws PaymentChanged where it is not */
  once<T> (notified: NotifiedPayment<Tx>, event: PaymentEvent, work: EventWork<Tx, T>): Promise<Recorded<T>>
  /** As `once`, for the events that hold a decision. */
  decide (notified: NotifiedPayment<Tx>, event: DecidedEvent, work: EventWork<Tx, Decision>): Promise<Decision & { replayed: boolean }>
  /** The decision recorded for this event; waits for a run in progress. */
  find (notified: NotifiedPayment<Tx>, event: DecidedEvent): Promise<Decision | undefined>
  /** As `find`; where nothing is recorded, gives what `look` sees while nobody else is at this event, and records nothing. */
  peek<T> (notified: NotifiedPayment<Tx>, event: DecidedEvent, look: (context: Context<Tx>) => Promise<T>): Promise<Peeked<T>>
  /** Whether the hook of this event has run; waits for a run in progress. */
  has (notified: NotifiedPayment<Tx>, event: PaymentEvent): Promise<boolean>
}

export function createEventRecord<Tx> (ledger: Ledger<Tx>, { assertUnchanged }: Pick<Freshness, 'assertUnchanged'>): EventRecord<Tx> {
  function run<T> ({ payment, deadline }: NotifiedPayment<Tx>, event: PaymentEvent, work: Work<Tx, T>) {
    return onceBefore(ledger, `${payment.imp_uid}:${event}`, deadline, work)
  }

  // Written out, as a spread costs microseconds here.
  const contextOf = ({ context: { source, request, log } }: NotifiedPayment<Tx>, tx: Tx): Context<Tx> => ({ source, request, log, tx })

  function once<T> (notified: NotifiedPayment<Tx>, event: PaymentEvent, work: EventWork<Tx, T>) {
    return run(notified, event, async (tx, afterFailure = false) => {
      await assertUnchanged(notified, afterFailure)
      return work(contextOf(notified, tx), afterFailure)
    })
  }

  /** Claims the event, and gives it back unrecorded. */
  async function read<T> (notified: NotifiedPayment<Tx>, event: PaymentEvent, look: (context: Context<Tx>) => Promise<T>) {
    const unrecorded = new Error('not recorded')
    let seen: { seen: T } | undefined
    try {
      const { value } = await run<unknown>(notified, event, async (tx) => {
        seen = { seen: await look(contextOf(notified, tx)) }
        throw unrecorded
      })
      return { recorded: { value } }
    } catch (error) {
      if (error !== unrecorded || seen === undefined) throw error
      return seen
    }
  }

  async function peek<T> (notified: NotifiedPayment<Tx>, event: DecidedEvent, look: (context: Context<Tx>) => Promise<T>): Promise<Peeked<T>> {
    const found = await read(notified, event, look)
    return 'recorded' in found ? { decided: readDecision(found.recorded.value) } : found
  }

  const nothing = async () => undefined

  return {
    once,
    async decide (notified, event, work) {
      const { value, replayed } = await once<unknown>(notified, event, async (...args) => writeDecision(await work(...args)))
      return { ...readDecision(value), replayed }
    },
    peek,
    find: async (notified, event) => (await peek(notified, event, nothing)).decided,
    has: async (notified, event) => 'recorded' in await read(notified, event, nothing),
  }
}
