import type { Payment } from './payment.js'

/**
 * What a payment is by itself, in the words of the rules. Each provider derives it from its own answer: two APIs that
 * agree about it are decided alike.
 */
export type PaymentState =
  /** A billing key was issued: no money moved, and there is no order. */
  | 'key_issued'
  /** The checkout was opened; the provider's approval may follow within moments. */
  | 'ready'
  /** The provider approves later, in minutes or days. */
  | 'approval_pending'
  /** A virtual account waits for its deposit. */
  | 'account_issued'
  /** Paid; a part may have been cancelled since. */
  | 'paid'
  /** Cancelled in full, or closed before anything was paid. */
  | 'cancelled'
  /** Failed for now. */
  | 'failed'
  /** Nothing can be decided: a status that we do not know, or money from a channel that does not say what it is. */
  | 'unknown'

/** A cancellation that the provider accepted and carries out later, or that it has failed to carry out since. */
export interface UnsettledCancellation {
  status: 'open' | 'failed'
  /** In the payment's currency, in its major unit. */
  amount: number
  reason: string | null
}

/** A payment as one answer of its provider showed it. */
export interface LookedUpPayment<P extends Payment = Payment> {
  /** What it is looked up by, and queued by: V1's `imp_uid`, V2's `paymentId`. */
  id: string
  /**
   * When the answer had arrived, on the clock of `monotonic()`; absent where it was handed on at once. An answer about
   * many payments is not.
   */
  answeredAt?: number
  /** Begins the keys of its events in the ledger, one per attempt: at most 128 visible ASCII characters. */
  key: string
  /** Begins the keys of what all attempts of this id share; absent if an id has one attempt only. */
  attemptsKey?: string
  /** As hooks receive it. */
  payment: P
  state: PaymentState
  /** Why nothing can be decided, if the state is `unknown`. */
  problem?: string
  /** UNIX seconds from which the hour counts in which a mismatch is refunded automatically; 0: never. */
  paidAtSec: number
  /** Cancellations that have not succeeded; those that have are in the payment's `cancel_history`. */
  unsettled: UnsettledCancellation[]
  /** What a promotion or points paid of the amount, in its major unit: a cancellation in full may leave it out. */
  discount?: number
}
