import type { Static } from '@sinclair/typebox'
import { BadGatewayError } from '../errors.js'
import type { Listed, ListPayments } from './api.js'
import type { PaymentPage } from './payment.js'

/** Seconds: the widest window that the provider lists, 90 days. */
const MAX_WINDOW_SEC = 90 * 24 * 3600
/** Pages whose payments are remembered, so that none is given twice when the list moves. */
const PAGES_REMEMBERED = 3

type Page = Omit<Static<typeof PaymentPage>, 'list'> & { list: Listed[] }
type ReadPage = (path: string) => Promise<Page>

const seconds = (date: Date) => Math.floor(date.getTime() / 1000)

/** All payments of a status and a time, as they are wanted; a period over 90 days in windows, without a gap and without overlap. */
export async function * walkList (readPage: ReadPage, { status, from, to, limit }: Required<ListPayments>): AsyncGenerator<Listed, undefined> {
  for (let start = seconds(from); start <= seconds(to); start += MAX_WINDOW_SEC + 1) {
    const end = Math.min(start + MAX_WINDOW_SEC, seconds(to))
    // Oldest first: what comes into being while we walk lies ahead of us.
    const window = `limit=${limit}&from=${start}&to=${end}&sorting=started`
    yield * walkWindow((page) => readPage(`/payments/status/${status}?page=${page}&${window}`), limit)
  }
}

/**
 * Pages are numbered, so that a payment which leaves the list (paid, and now cancelled) moves all later ones up, some of them to
 * a page that we have read. The list's total tells: we then go back as many pages as it has become shorter.
 */
async function * walkWindow (read: (page: number) => Promise<Page>, limit: number): AsyncGenerator<Listed, undefined> {
  const given: Set<string>[] = []
  let known = 0
  for (let page = 1; page > 0;) {
    const { list, next, total } = await read(page)
    const shorter = known - total
    known = total
    if (page > 1 && shorter > 0) {
      page = Math.max(1, page - Math.ceil(shorter / limit))
      continue
    }
    const fresh = list.filter(({ impUid }) => !given.some((ids) => ids.has(impUid)))
    given.push(new Set(fresh.map(({ impUid }) => impUid)))
    if (given.length > PAGES_REMEMBERED) given.shift()
    yield * fresh
    // Taken for the end, it would hide the rest; taken as it is, it would never end.
    if (next !== 0 && !(Number.isInteger(next) && next > page)) throw new BadGatewayError('a next page that is no later one')
    page = next
  }
}
