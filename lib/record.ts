import { createHash } from 'node:crypto'
import type { Deadline } from './deadline.js'
import type { Context } from './hooks.js'
import type { Cancellation, Payment } from './iamport/payment.js'
import type { Ledger, Recorded } from './ledger/ledger.js'
import { onceBefore } from './ledger/once-before.js'
import { awaitsDeposit, type FailureReason } from './decide.js'
import type { Mismatch } from './refund.js'

/** One thing that happens to a payment, and that its hook is told of once. */
export type PaymentEvent =
  | 'issued' | 'paid' | `failed:${FailureReason}` | `failed:${FailureReason}:issued`
  | `refunding:${Mismatch}` | `refunded:${FailureReason}` | `cancelled:${string}`

/** An account that is not as ordered is one event, money paid into it all the same another. */
export const failureEvent = (payment: Payment, reason: FailureReason): PaymentEvent =>
  awaitsDeposit(payment) ? `failed:${reason}:issued` : `failed:${reason}`

/** The entries of a payment's history; where the provider gives none, the one that its sum stands for. */
export function cancellationsOf ({ cancel_history: history, cancel_amount: amount, cancel_reason: reason }: Payment): Cancellation[] {
  return history && history.length > 0 ? history : [{ amount, reason }]
}

/** By the provider's id; third-party emulators have none, and the place in the history stands for it. */
export const cancellationEvent = ({ cancellation_id: id, amount }: Cancellation, index: number): PaymentEvent =>
  `cancelled:${id ? asKey(id) : `${index}:${amount}`}`

/** Keys are at most 255 characters of ASCII, whatever the provider calls a cancellation. */
const asKey = (id: string) => /^[\x21-\x7e]{1,128}$/.test(id) ? id : createHash('sha256').update(id).digest('hex')

/** A payment as it was seen, and the notification by which we know of it. */
export interface Case<Tx = unknown> {
  payment: Payment
  context: Omit<Context<Tx>, 'tx'>
  /** Until when work may begin. */
  deadline: Deadline
}

/** The ledger, by payment and event. */
export interface EventRecord<Tx> {
  /** @throws as `work` does; IAMPORT_BUSY, IAMPORT_UNAVAILABLE */
  once<T> (it: Case<Tx>, event: PaymentEvent, work: (context: Context<Tx>) => Promise<T>): Promise<Recorded<T>>
  /** Whether the hook of that event has run. */
  has (it: Case<Tx>, event: PaymentEvent): Promise<boolean>
}

export function createRecord<Tx> (ledger: Ledger<Tx>): EventRecord<Tx> {
  function once<T> ({ payment, context, deadline }: Case<Tx>, event: PaymentEvent, work: (context: Context<Tx>) => Promise<T>) {
    const { source, request, log } = context // written out, as a spread costs microseconds here
    return onceBefore(ledger, `${payment.imp_uid}:${event}`, deadline, (tx) => work({ source, request, log, tx }))
  }

  return {
    once,
    async has (it, event) {
      const unrecorded = new Error('not recorded')
      try {
        await once(it, event, () => Promise.reject(unrecorded))
        return true
      } catch (error) {
        if (error !== unrecorded) throw error
        return false
      }
    },
  }
}
