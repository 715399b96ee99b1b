import type { PostAnswer } from './webhooks/post.js'

/** One line of a payment's history. */
export interface HistoryEntry {
  /** Milliseconds since 1970. */
  at: number
  event: 'opened' | 'paid' | 'approval_pending' | 'authenticated' | 'failed' | 'vbank_issued' | 'deposited' |
    'cancelled' | 'cancel_requested' | 'cancel_failed' | 'revoked' | 'expired' | 'webhook' | 'confirm'
  /** The amount, the status, the reason: what the event is about. May be empty. */
  text: string
  /** What was special about it. */
  note?: 'test_channel' | 'by_api' | 'by_console' | 'lost' | 'held' | 'redelivered' | 'replayed' | 'no_url' | undefined
  /** The address of the merchant's server that was called. */
  url?: string
  /** What it answered: its status, 0 where there was no answer, and the beginning of its body. */
  answer?: PostAnswer
}

export type HistoryDetails = Pick<HistoryEntry, 'note' | 'url' | 'answer'>

/** What the sandbox alone knows of a payment, of either generation. */
export interface Recorded {
  /** Counts payments of both generations, in the order in which they were opened. */
  serial: number
  /** Milliseconds since 1970. */
  updatedAt: number
  /** Newest last. */
  history: HistoryEntry[]
  /** How often the merchant's server has looked it up. */
  lookups: number
}
