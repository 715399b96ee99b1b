import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../clock.js'
import type { Store } from '../../store.js'
import { ApiRefusal } from '../errors.js'
import { v1ChangedAt, v1PaymentOf, v1StatusOf } from '../of-v1.js'
import type { V2Store } from '../store.js'
import { MERCHANT_ID, paymentOf } from '../wire.js'
import { msOf, readQueryBody } from './body.js'
import { filtersOf, hasStatus, ListBody, type Listed } from './filters.js'

/** Payments a page, and the last that can be reached, as documented. */
const DEFAULT_SIZE = 10
const LAST_ENTRY = 60_000
/** Milliseconds: how far before `until` a list begins by default, as documented. */
const DEFAULT_PERIOD_MS = 90 * 24 * 60 * 60 * 1000

type Page = NonNullable<ListBody['page']>
type Filter = NonNullable<ListBody['filter']>

/** One page; `totalCount` is documented as the number of items returned. @throws ApiRefusal */
export function pageOf<Item> (items: readonly Item[], { number = 0, size = DEFAULT_SIZE }: Page = {}) {
  if ((number + 1) * size > LAST_ENTRY) {
    throw new ApiRefusal('INVALID_REQUEST', `page: (number + 1) * size must not exceed ${LAST_ENTRY}`)
  }
  const page = items.slice(number * size, (number + 1) * size)
  return { items: page, page: { number, size, totalCount: page.length } }
}

/** A payment that may be listed. Its form on the wire is made late: a page needs a few of thousands. */
interface Candidate { requestedAt: number, changedAt: number, status: Listed['status'], wire (): Listed }

/** GET /payments. */
export function mountLists (scope: FastifyInstance, store: V2Store, v1: Store, storeId: string, clock: Clock): void {
  function * all (version: Filter['version']): Iterable<Candidate> {
    if (version !== 'V1') {
      for (const entry of store.shown()) {
        const { requestedAt, statusChangedAt: changedAt, status } = entry.payment
        yield { requestedAt, changedAt, status, wire: () => paymentOf(entry, storeId) }
      }
    }
    if (version !== 'V2') {
      for (const entry of v1.all()) {
        const { payment } = entry
        const requestedAt = payment.started_at * 1000
        const changedAt = v1ChangedAt(payment) * 1000
        yield { requestedAt, changedAt, status: v1StatusOf(payment), wire: () => v1PaymentOf(entry, storeId) }
      }
    }
  }

  function list (filter: Filter): Candidate[] {
    const { timestampType = 'STATUS_CHANGED_AT', sortBy = 'STATUS_CHANGED_AT', sortOrder = 'DESC' } = filter
    const timeOf = ({ changedAt, requestedAt }: Candidate, by: string) =>
      by === 'STATUS_CHANGED_AT' ? changedAt : requestedAt
    const until = filter.until === undefined ? clock() : msOf(filter.until, 'until')
    const from = filter.from === undefined ? until - DEFAULT_PERIOD_MS : msOf(filter.from, 'from')
    if (from > until) throw new ApiRefusal('INVALID_REQUEST', 'from must not be after until')
    if ((filter.storeId ?? storeId) !== storeId) throw new ApiRefusal('FORBIDDEN', '접근 권한이 없는 상점입니다.')
    if ((filter.merchantId ?? MERCHANT_ID) !== MERCHANT_ID) return []
    const filters = filtersOf(filter)
    const found: Candidate[] = []
    for (const one of all(filter.version)) {
      const time = timeOf(one, timestampType)
      if (time < from || time > until || !hasStatus(one.status, filter.status)) continue
      if (filters.length > 0) {
        const payment = one.wire()
        if (!filters.every((isIn) => isIn(payment, filter))) continue
      }
      found.push(one)
    }
    const direction = sortOrder === 'ASC' ? 1 : -1
    return found.sort((a, b) => direction * (timeOf(a, sortBy) - timeOf(b, sortBy)))
  }

  scope.get('/payments', async (request) => {
    const { page, filter = {} } = readQueryBody(ListBody, request.query)
    const { items, ...rest } = pageOf(list(filter), page)
    return { items: items.map((one) => one.wire()), ...rest }
  })
}
