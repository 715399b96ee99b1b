import { oldestBeyond } from '../bounded.js'
import { UnknownPaymentError } from '../errors.js'
import type { Records } from '../records.js'
import { hasBeenPaid, type V2Entry } from './entry.js'

/** What was registered before the window opens; absent fields are not compared. */
export interface PreRegistered { totalAmount?: number, taxFreeAmount?: number, currency?: string }

/** Registered amounts kept; beyond it the oldest are forgotten. */
const MAX_PRE_REGISTERED = 10_000

type NewEntry = Pick<V2Entry, 'payment' | 'noticeUrls' | 'confirmUrl' | 'dueAt'>

/** The payments of V2: attempts, each with a `transactionId`, under one `paymentId`. */
export interface V2Store extends Pick<Records, 'record' | 'countLookup'> {
  add (entry: NewEntry): V2Entry
  /** Every attempt under that id, oldest first. */
  attempts (paymentId: string): readonly V2Entry[]
  /**
   * The attempt that the provider shows under that id: the one that succeeded, else the newest. (Documented is only
   * that one at most succeeds.)
   */
  get (paymentId: string): V2Entry | undefined
  /** @param transactionId that attempt of it @throws SANDBOX_UNKNOWN_PAYMENT */
  need (paymentId: string, transactionId?: string): V2Entry
  byTransaction (transactionId: string): V2Entry | undefined
  /** One for each id, that which {@link get} shows. */
  shown (): Iterable<V2Entry>
  preRegistered: ReadonlyMap<string, PreRegistered>
  preRegister (paymentId: string, registered: PreRegistered): void
}

export function createV2Store (records: Records): V2Store {
  const byTransaction = new Map<string, V2Entry>()
  const byPayment = new Map<string, V2Entry[]>()
  const preRegistered = new Map<string, PreRegistered>()

  function forget ({ payment: { paymentId, transactionId } }: V2Entry) {
    byTransaction.delete(transactionId)
    const left = byPayment.get(paymentId)?.filter(({ payment }) => payment.transactionId !== transactionId) ?? []
    if (left.length > 0) byPayment.set(paymentId, left)
    else byPayment.delete(paymentId)
  }

  records.onClear(() => {
    byTransaction.clear()
    byPayment.clear()
    preRegistered.clear()
  })

  const attempts = (paymentId: string) => byPayment.get(paymentId) ?? []
  const shownOf = (entries: readonly V2Entry[]) => entries.findLast(hasBeenPaid) ?? entries.at(-1)
  const get = (paymentId: string) => shownOf(attempts(paymentId))

  return {
    add (given) {
      const entry: V2Entry = { ...records.begin(), generation: 'v2', webhooks: [], ...given }
      const { paymentId, transactionId } = entry.payment
      byTransaction.set(transactionId, entry)
      const others = byPayment.get(paymentId)
      if (others) others.push(entry)
      else byPayment.set(paymentId, [entry])
      records.add(entry, () => forget(entry))
      return entry
    },
    attempts,
    get,
    need (paymentId, transactionId) {
      const entry = transactionId === undefined
        ? get(paymentId)
        : attempts(paymentId).find(({ payment }) => payment.transactionId === transactionId)
      if (!entry) throw new UnknownPaymentError()
      return entry
    },
    byTransaction: (transactionId) => byTransaction.get(transactionId),
    * shown () {
      for (const entries of byPayment.values()) {
        const entry = shownOf(entries)
        if (entry) yield entry
      }
    },
    record: records.record,
    countLookup: records.countLookup,
    preRegistered,
    preRegister (paymentId, registered) {
      preRegistered.delete(paymentId)
      preRegistered.set(paymentId, registered)
      oldestBeyond(preRegistered, MAX_PRE_REGISTERED)
    },
  }
}
