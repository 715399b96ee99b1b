import { oldestBeyond } from './bounded.js'
import type { Clock } from './clock.js'
import type { Entry } from './entry.js'
import { UnknownPaymentError } from './errors.js'
import type { PaymentRequest, SandboxPayment } from './payment.js'
import type { Records } from './records.js'

export type { Entry } from './entry.js'

export interface Prepared { merchant_uid: string, amount: number, currency: string | null }

/** Registered amounts kept; beyond it the oldest are forgotten. */
const MAX_PREPARED = 10_000

/** The payments of V1, by id and by order. */
export interface Store extends Pick<Records, 'record' | 'countLookup'> {
  add (payment: SandboxPayment, request: PaymentRequest): Entry
  get (impUid: string): Entry | undefined
  /** @throws SANDBOX_UNKNOWN_PAYMENT */
  need (impUid: string): Entry
  /** Every attempt of an order, oldest first. */
  ofOrder (merchantUid: string): readonly Entry[]
  /** Oldest first. */
  all (): Iterable<Entry>
  nextId (): string
  prepared: Map<string, Prepared>
  prepare (prepared: Prepared): void
}

export function createStore (records: Records, clock: Clock): Store {
  const byId = new Map<string, Entry>()
  const byOrder = new Map<string, Entry[]>()
  const prepared = new Map<string, Prepared>()
  // Like the provider's ids: 12 digits. Starting at the time keeps those of two runs apart.
  let serial = clock() % 1e12

  function forget ({ payment }: Entry) {
    byId.delete(payment.imp_uid)
    const left = byOrder.get(payment.merchant_uid)?.filter((one) => one.payment !== payment) ?? []
    if (left.length > 0) byOrder.set(payment.merchant_uid, left)
    else byOrder.delete(payment.merchant_uid)
  }

  records.onClear(() => {
    byId.clear()
    byOrder.clear()
    prepared.clear()
  })

  return {
    add (payment, request) {
      const entry: Entry = { ...records.begin(), generation: 'v1', payment, request }
      byId.set(payment.imp_uid, entry)
      const attempts = byOrder.get(payment.merchant_uid)
      if (attempts) attempts.push(entry)
      else byOrder.set(payment.merchant_uid, [entry])
      records.add(entry, () => forget(entry))
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
    nextId: () => `imp_${String(serial++ % 1e12).padStart(12, '0')}`,
    record: records.record,
    countLookup: records.countLookup,
    prepared,
    prepare (one) {
      prepared.set(one.merchant_uid, one)
      oldestBeyond(prepared, MAX_PREPARED)
    },
  }
}
