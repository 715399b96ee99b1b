import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { Completion } from './reply.js'
import type { Source } from '../hooks.js'

/** News of a payment. Nothing in it is evidence. */
export interface Notification {
  impUid: string
  source: Source
  /** The order it claims to be about. */
  merchantUid?: string
  request?: FastifyRequest
  /** When it arrived, on the clock of `monotonic()`: its budget runs from there. @default now */
  arrivedAt?: number
  log: FastifyBaseLogger
}

/** Resolves to what was decided, failures too; rejects with a code where nothing could be. */
export type Complete = (notification: Notification) => Promise<Completion>

/** What one notification took, in milliseconds of its own: work that it only waited for counts as neither. */
export interface Timing { lookupMs: number, hookMs: number }
