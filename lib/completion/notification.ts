import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { Completion } from './reply.js'
import type { Source } from '../hooks.js'

/** A message that a payment may have changed. Nothing in it is evidence. */
export interface Notification {
  impUid: string
  source: Source
  /** The order that it claims to be about. */
  merchantUid?: string
  request?: FastifyRequest
  /** When it arrived, on the clock of `monotonic()`: its budget starts then. @default now */
  arrivedAt?: number
  log: FastifyBaseLogger
}

/** Resolves to the decision, failures included; rejects with a code if no decision could be made. */
export type Complete = (notification: Notification) => Promise<Completion>

/** How far a notification's own work has come; waiting for another's work counts as neither. */
export interface Progress {
  lookupMs: number
  hookMs: number
  /** The payment's, once it is looked up; until then what the notification claims. */
  merchantUid: string | undefined
}
