import { Type, type Static } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { Deadline } from '../concurrency/deadline.js'
import { BusyError } from '../errors.js'
import type { FailureReason } from '../messages.js'
import { awaitsDeposit, type Mismatch } from './rules.js'
import type { Freshness, Lookup } from './freshness.js'
import type { Context } from '../hooks.js'
import type { Payment } from './payment.js'
import type { AfterFailure, Ledger, Recorded } from '../ledger/ledger.js'
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
export interface Case<Tx = unknown> extends Pick<Lookup, 'payment' | 'answeredAt'> {
  context: Omit<Context<Tx>, 'tx'>
  /** Until when work may begin. */
  deadline: Deadline
}

/** `assertRunning` throws where the ledger has given this run up meanwhile (it took too long): another may have decided since. */
type EventWork<Tx, T> = (context: Context<Tx>, afterFailure: AfterFailure, assertRunning: () => void) => Promise<T>

export type Peeked<T> = { decided: Decision, seen?: undefined } | { decided?: undefined, seen: T }

/** The ledger, by payment and event. Each throws as `work` does; IAMPORT_BUSY, IAMPORT_UNAVAILABLE. */
export interface EventRecord<Tx> {
  /** Runs `work` once for this event, on a lookup that is fresh when it begins. @throws PaymentChanged where it is not */
  once<T> (it: Case<Tx>, event: PaymentEvent, work: EventWork<Tx, T>): Promise<Recorded<T>>
  /** As `once`, for the events that hold a decision. */
  decide (it: Case<Tx>, event: DecidedEvent, work: EventWork<Tx, Decision>): Promise<Decision & { replayed: boolean }>
  /** The decision recorded for this event; waits for a run in progress. */
  find (it: Case<Tx>, event: DecidedEvent): Promise<Decision | undefined>
  /** As `find`; where nothing is recorded, gives what `look` sees while nobody else is at this event, and records nothing. */
  peek<T> (it: Case<Tx>, event: DecidedEvent, look: (context: Context<Tx>) => Promise<T>): Promise<Peeked<T>>
  /** Whether the hook of this event has run; waits for a run in progress. */
  has (it: Case<Tx>, event: PaymentEvent): Promise<boolean>
}

export function createRecord<Tx> (ledger: Ledger<Tx>, { assertUnchanged }: Pick<Freshness, 'assertUnchanged'>): EventRecord<Tx> {
  async function run<T> (
    { payment, deadline }: Case<Tx>, event: PaymentEvent, work: (tx: Tx, afterFailure: AfterFailure, assertRunning: () => void) => Promise<T>
  ) {
    let isOver = false
    const assertRunning = () => { if (isOver) throw new BusyError() }
    try {
      return await onceBefore(ledger, `${payment.imp_uid}:${event}`, deadline, (tx, afterFailure = false) =>
        work(tx, afterFailure, assertRunning))
    } finally {
      isOver = true
    }
  }

  // Written out, as a spread costs microseconds here.
  const contextOf = ({ context: { source, request, log } }: Case<Tx>, tx: Tx): Context<Tx> => ({ source, request, log, tx })

  function once<T> (it: Case<Tx>, event: PaymentEvent, work: EventWork<Tx, T>) {
    return run(it, event, async (tx, afterFailure, assertRunning) => {
      await assertUnchanged(it, afterFailure)
      assertRunning()
      return work(contextOf(it, tx), afterFailure, assertRunning)
    })
  }

  /** Claims the event, and gives it back unrecorded. */
  async function read<T> (it: Case<Tx>, event: PaymentEvent, look: (context: Context<Tx>) => Promise<T>) {
    const unrecorded = new Error('not recorded')
    let seen: { seen: T } | undefined
    try {
      const { value } = await run<unknown>(it, event, async (tx) => {
        seen = { seen: await look(contextOf(it, tx)) }
        throw unrecorded
      })
      return { recorded: { value } }
    } catch (error) {
      if (error !== unrecorded || seen === undefined) throw error
      return seen
    }
  }

  async function peek<T> (it: Case<Tx>, event: DecidedEvent, look: (context: Context<Tx>) => Promise<T>): Promise<Peeked<T>> {
    const found = await read(it, event, look)
    return 'recorded' in found ? { decided: readDecision(found.recorded.value) } : found
  }

  const nothing = async () => undefined

  return {
    once,
    async decide (it, event, work) {
      const { value, replayed } = await once<unknown>(it, event, async (...args) => writeDecision(await work(...args)))
      return { ...readDecision(value), replayed }
    },
    peek,
    find: async (it, event) => (await peek(it, event, nothing)).decided,
    has: async (it, event) => 'recorded' in await read(it, event, nothing),
  }
}
