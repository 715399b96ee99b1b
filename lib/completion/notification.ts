import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { ManualRefundCause } from './refund-rules.js'
import type { Completion } from './reply.js'
import type { Source } from '../hooks.js'
import type { LookedUpPayment } from './looked-up-payment.js'

/** A message that a payment may have changed. Nothing in it is evidence. */
export interface Notification {
  /** What the payment is looked up by: V1's `imp_uid`, V2's `paymentId`. */
  id: string
  source: Source
  /** The `imp_uid` that it names, for the log. */
  impUid?: string
  /** The order that it claims to be about. */
  merchantUid?: string
  /** PortOne V2 only: the provider waits for our approval of this payment. */
  approval?: Approval
  request?: FastifyRequest
  /** When it arrived, on the clock of `monotonic()`: its budget starts then. @default now */
  arrivedAt?: number
  log: FastifyBaseLogger
}

/** What approves a payment that waits for the shop's server (manual approval): nothing has been charged yet. */
export interface Approval { paymentToken: string, txId: string | undefined }

/** A decision about a payment. */
export interface Decided {
  completion: Completion
  /** The lookup that it was made on; `undefined` if it was refused before the provider knew of it. */
  looked: LookedUpPayment | undefined
  /** Why a manual refund is needed, if one is. */
  why?: ManualRefundCause | undefined
}

/** Resolves to the decision, failures included; rejects with a code if no decision could be made. */
export type Complete = (notification: Notification) => Promise<Decided>

/** How far a notification's own work has come; waiting for another's work counts as neither. */
export interface Progress {
  lookupMs: number
  hookMs: number
  /** The payment's, once it is looked up; until then what the notification claims. */
  merchantUid: string | undefined
}
