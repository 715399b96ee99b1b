import { assertPeriod } from '../completion/period.js'
import { ValidationError } from '../errors.js'
import type { PortoneListPayments } from './api.js'
import type { ListEntry, ListPage, PageQuery } from './iterate-list.js'
import { at, millisecondsOf } from './read-fields.js'
import type { PaymentPage } from './schemas.js'

/** Payments per page. The provider's default is 10, its largest is not documented: a number that few would refuse. */
const PAGE_SIZE = 100
/** By the provider: (number + 1) * size is at most this. */
const MAX_PAGE_SIZE = 60_000

/** What a list is about, besides its period. */
interface ListFilter {
  status: string[] | undefined
  timestampType: 'STATUS_CHANGED_AT' | 'CREATED_AT'
}

/** @throws FST_ERR_VALIDATION */
export function readListOptions (
  { status, from, to = new Date(), timestampType = 'STATUS_CHANGED_AT', size = PAGE_SIZE }: PortoneListPayments
): { filter: ListFilter, from: Date, to: Date, size: number } {
  assertPeriod(from, to)
  if (!['STATUS_CHANGED_AT', 'CREATED_AT'].includes(timestampType)) {
    throw new ValidationError('timestampType must be STATUS_CHANGED_AT or CREATED_AT')
  }
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE) {
    throw new ValidationError(`size must be 1 to ${MAX_PAGE_SIZE}`)
  }
  return { filter: { status: readStatus(status), timestampType }, from, to, size }
}

/** An empty list would mean all of them to the provider. */
function readStatus (status: unknown): string[] | undefined {
  if (status === undefined) return undefined
  const all: unknown[] = Array.isArray(status) ? status : [status]
  const isValid = all.length > 0 && all.every((one) => typeof one === 'string' && /^\w+$/.test(one))
  if (!isValid) throw new ValidationError('status must be a status of PortOne, or a list of some')
  // The filter has a name of its own for this one.
  return all.map((one) => one === 'PAY_PENDING' ? 'PENDING' : String(one))
}

/** The path of one page. Without `storeId` the provider would list all stores, without `version` V1's payments too. */
export function writeListPath (
  storeId: string, { status, timestampType }: ListFilter, { from, until, number, size }: PageQuery
): string {
  const sortBy = timestampType === 'CREATED_AT' ? 'REQUESTED_AT' : 'STATUS_CHANGED_AT'
  const filter = { storeId, version: 'V2', status, timestampType, from, until, sortBy, sortOrder: 'ASC' }
  return `/payments?requestBody=${encodeURIComponent(JSON.stringify({ page: { number, size }, filter }))}`
}

/** Reads a page; its payments are checked later, one by one. */
export function readPage ({ items, page }: PaymentPage, { timestampType }: ListFilter): ListPage {
  const timeField = timestampType === 'CREATED_AT' ? 'requestedAt' : 'statusChangedAt'
  return {
    entries: items.map((wire) => readEntry(wire, timeField)),
    size: integerAt(page, 'size'),
    totalCount: integerAt(page, 'totalCount'),
  }
}

function readEntry (wire: unknown, timeField: string): ListEntry {
  const text = (name: string) => {
    const value = at(wire, name)
    return typeof value === 'string' ? value : ''
  }
  const time = text(timeField)
  return {
    id: text('id'),
    transactionId: text('transactionId'),
    time: millisecondsOf(time) === undefined ? '' : time,
    wire,
  }
}

function integerAt (page: unknown, name: string): number | undefined {
  const value = at(page, name)
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined
}
