import { oldestBeyond } from './bounded.js'
import type { Clock } from './clock.js'
import { UnknownPaymentError } from './errors.js'
import type { PaymentRequest, SandboxPayment } from './payment.js'
import type { PostAnswer } from './post.js'
import { shorten } from './shorten.js'

/** One line of a payment's history. */
export interface HistoryEntry {
  /** Milliseconds since 1970. */
  at: number
  event: 'opened' | 'paid' | 'approval_pending' | 'failed' | 'vbank_issued' | 'deposited' | 'cancelled' | 'revoked' |
    'expired' | 'webhook' | 'confirm'
  /** The amount, the status, the reason: what the event is about. May be empty. */
  text: string
  /** What was special about it. */
  note?: 'test_channel' | 'by_api' | 'by_console' | 'lost' | 'held' | 'redelivered' | 'no_url' | undefined
  /** The address of the merchant's server that was called. */
  url?: string
  /** What it answered: its status, 0 where there was no answer, and the beginning of its body. */
  answer?: PostAnswer
}

export type HistoryDetails = Pick<HistoryEntry, 'note' | 'url' | 'answer'>

/** A payment, and what the sandbox alone knows of it. */
export interface Entry {
  payment: SandboxPayment
  request: PaymentRequest
  /** Milliseconds since 1970. */
  updatedAt: number
  /** Newest last, the newest {@link MAX_HISTORY}. */
  history: HistoryEntry[]
  /** How often the merchant's server has looked it up. */
  lookups: number
}

export interface Prepared { merchant_uid: string, amount: number, currency: string | null }

/** Lines of history a payment keeps. */
const MAX_HISTORY = 50
/** Characters of an answer: it may be a whole page. */
const MAX_ANSWER = 300
/** Registered amounts kept; beyond it the oldest are forgotten. */
const MAX_PREPARED = 10_000

/** All payments in memory, by id and by order. The oldest are forgotten beyond `maxPayments`. */
export interface Store {
  add (payment: SandboxPayment, request: PaymentRequest): Entry
  get (impUid: string): Entry | undefined
  /** @throws SANDBOX_UNKNOWN_PAYMENT */
  need (impUid: string): Entry
  /** Every attempt of an order, oldest first. */
  ofOrder (merchantUid: string): readonly Entry[]
  /** Oldest first. */
  all (): Iterable<Entry>
  size (): number
  nextId (): string
  /** Writes a line into the history and tells the listeners. */
  record (entry: Entry, event: HistoryEntry['event'], text?: string, more?: HistoryDetails): void
  /** A lookup is counted, not written down: there may be thousands. */
  countLookup (entry: Entry): void
  prepared: Map<string, Prepared>
  prepare (prepared: Prepared): void
  /** Called after every change of a payment, and every lookup. */
  onChange (listener: (entry: Entry) => void): void
  /** Called after everything was forgotten. */
  onClear (listener: () => void): void
  clear (): void
}

export function createStore (clock: Clock, maxPayments: number): Store {
  const byId = new Map<string, Entry>()
  const byOrder = new Map<string, Entry[]>()
  const prepared = new Map<string, Prepared>()
  const listeners: ((entry: Entry) => void)[] = []
  const clearListeners: (() => void)[] = []
  // Like the provider's ids: 12 digits. Starting at the time keeps those of two runs apart.
  let serial = clock() % 1e12

  const tell = (entry: Entry) => { for (const listener of listeners) listener(entry) }

  function forget ({ payment }: Entry) {
    const left = byOrder.get(payment.merchant_uid)?.filter((one) => one.payment !== payment) ?? []
    if (left.length > 0) byOrder.set(payment.merchant_uid, left)
    else byOrder.delete(payment.merchant_uid)
  }

  return {
    add (payment, request) {
      const entry: Entry = { payment, request, updatedAt: clock(), history: [], lookups: 0 }
      byId.set(payment.imp_uid, entry)
      const attempts = byOrder.get(payment.merchant_uid)
      if (attempts) attempts.push(entry)
      else byOrder.set(payment.merchant_uid, [entry])
      const oldest = oldestBeyond(byId, maxPayments)
      if (oldest) forget(oldest)
      return entry
    },
    get: (impUid) => byId.get(impUid),
    need (impUid) {
      const entry = byId.get(impUid)
      if (!entry) throw new UnknownPaymentError()
      return entry
    },
    ofOrder: (merchantUid) => byOrder.get(merchantUid) ?? [],
    all: () => byId.values(),
    size: () => byId.size,
    nextId: () => `imp_${String(serial++ % 1e12).padStart(12, '0')}`,
    record (entry, event, text = '', { answer, ...more } = {}) {
      entry.updatedAt = clock()
      if (entry.history.length === MAX_HISTORY) entry.history.shift()
      entry.history.push({
        at: entry.updatedAt,
        event,
        text,
        ...more,
        ...(answer && { answer: { ...answer, text: shorten(answer.text, MAX_ANSWER) } }),
      })
      tell(entry)
    },
    countLookup (entry) {
      entry.lookups++
      tell(entry)
    },
    prepared,
    prepare (one) {
      prepared.set(one.merchant_uid, one)
      oldestBeyond(prepared, MAX_PREPARED)
    },
    onChange: (listener) => { listeners.push(listener) },
    onClear: (listener) => { clearListeners.push(listener) },
    clear () {
      byId.clear()
      byOrder.clear()
      prepared.clear()
      for (const listener of clearListeners) listener()
    },
  }
}
