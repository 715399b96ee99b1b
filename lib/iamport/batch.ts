import type { Payment } from '../completion/payment.js'
import type { ListedPayment } from './schemas.js'

/** Payments of one request, at most, as documented. */
const MAX_PAYMENTS = 100
/**
 * Characters of a request's path, at most: 100 ids of the usual 16 characters take 3,100. nginx and Apache accept a
 * request line of 8 kB by default, some proxies only half of that.
 */
const MAX_PATH_LENGTH = 4000
/** The brackets are encoded: RFC 3986 has none in a query, and strict servers refuse them. */
const PARAMETER = 'imp_uid%5B%5D='
/** As of a lookup that goes alone (rule 1). */
const PATH = `/payments?include_sandbox=true&${PARAMETER}`

/** What goes together in one request. An id that is looked up twice is asked for once. */
export interface Batch<Lookup> {
  ids: Set<string>
  /** With its query. */
  path: string
  lookups: Lookup[]
}

/** As few batches as the documented limit and the length of a path allow, in the order of the lookups. */
export function toBatches<Lookup extends { impUid: string }> (lookups: Lookup[]): Batch<Lookup>[] {
  const batches: Batch<Lookup>[] = []
  for (const lookup of lookups) {
    const { impUid } = lookup
    let batch = batches.at(-1)
    if (batch && !batch.ids.has(impUid)) {
      const path = `${batch.path}&${PARAMETER}${impUid}`
      const fits = batch.ids.size < MAX_PAYMENTS && path.length <= MAX_PATH_LENGTH
      if (fits) Object.assign(batch, { path, ids: batch.ids.add(impUid) })
      else batch = undefined
    }
    if (!batch) {
      batch = { ids: new Set([impUid]), path: PATH + impUid, lookups: [] }
      batches.push(batch)
    }
    batch.lookups.push(lookup)
  }
  return batches
}

/** A payment, and when the answer that shows it had arrived, in milliseconds on the clock of `monotonic()`. */
export interface Found { payment: Payment, answeredAt: number }

/** What a batch has shown beyond doubt, by `imp_uid`. */
export type Shown = ReadonlyMap<string, Found>

/**
 * Of what was asked for, the payments that are beyond doubt. Test payments come marked (`sandbox`), so one without a
 * mark is in doubt, as is one that is listed twice.
 */
export function readBatch (list: ListedPayment[], ids: Set<string>, answeredAt: number): Shown {
  const listed = new Map<string, Payment | undefined>()
  for (const { impUid, payment } of list) {
    const isMarked = typeof payment?.sandbox === 'boolean'
    if (ids.has(impUid)) listed.set(impUid, isMarked && !listed.has(impUid) ? payment : undefined)
  }
  const shown = new Map<string, Found>()
  for (const [impUid, payment] of listed) if (payment) shown.set(impUid, { payment, answeredAt })
  return shown
}
