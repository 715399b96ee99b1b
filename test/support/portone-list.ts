import type { WirePayment } from './portone-payments.js'
import type { Seen } from './upstream.js'

/** Entries that pages may reach, by the provider's documentation. */
const MAX_REACHED = 60_000

interface ListBody {
  page?: { number?: number, size?: number }
  filter?: {
    storeId?: string,
    version?: string,
    status?: string[],
    timestampType?: string,
    from?: string,
    until?: string
    sortBy?: string,
    sortOrder?: string
  }
}

/** `GET /payments`: by its filters, both ends inclusive. What a filter leaves out, it does not filter. */
export function listPayments (payments: WirePayment[], { query }: Seen): { status: number, value: unknown } {
  const { page = {}, filter = {} }: ListBody = JSON.parse(query.get('requestBody') ?? '{}')
  const { number = 0, size = 10 } = page
  if ((number + 1) * size > MAX_REACHED) return { status: 400, value: { type: 'INVALID_REQUEST' } }
  const byTime = filter.timestampType === 'CREATED_AT' ? 'requestedAt' : 'statusChangedAt'
  const timeOf = (payment: WirePayment, field: string) => Date.parse(String(payment[field]))
  const until = filter.until === undefined ? Date.now() : Date.parse(filter.until)
  const from = filter.from === undefined ? until - 90 * 24 * 3600_000 : Date.parse(filter.from)
  // The filter says PENDING where the payment says PAY_PENDING.
  const statuses = filter.status?.map((status) => status === 'PENDING' ? 'PAY_PENDING' : status)
  const sortField = filter.sortBy === 'STATUS_CHANGED_AT' ? 'statusChangedAt' : 'requestedAt'
  const sign = filter.sortOrder === 'ASC' ? 1 : -1
  const items = payments
    .filter((one) => filter.storeId === undefined || one.storeId === filter.storeId)
    .filter((one) => filter.version === undefined || one.version === filter.version)
    .filter((one) => statuses === undefined || statuses.includes(one.status))
    .filter((one) => timeOf(one, byTime) >= from && timeOf(one, byTime) <= until)
    .sort((one, other) => sign * (timeOf(one, sortField) - timeOf(other, sortField)))
    .slice(number * size, (number + 1) * size)
  return { status: 200, value: { items, page: { number, size, totalCount: items.length } } }
}
