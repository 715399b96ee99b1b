import type { Static } from '@sinclair/typebox'
import { BadGatewayError } from '../errors.js'
import type { ListPayments } from './api.js'
import type { Listed } from '../completion/provider.js'
import type { PaymentPage } from './schemas.js'

/** Seconds: the widest window that the provider lists, 90 days. */
const MAX_WINDOW_SEC = 90 * 24 * 3600
/**
 * Payments whose ids are remembered, so that none is given twice when the list moves: about 1 MB. One is given twice
 * only where more than that leave the list between two of its pages.
 */
const IDS_REMEMBERED = 10_000
/**
 * Times that the walk goes back or passes a payment over without finding a new one in between. More is no list that
 * shrinks and no odd payment, but servers that disagree about the total, or one that answers anything.
 */
const MAX_FRUITLESS = 100

/** One page of a list. */
export type Page = Omit<Static<typeof PaymentPage>, 'list'> & { list: Listed[] }

/**
 * Reads one page of `size` payments.
 *
 * @returns an error where the page is too large, or came too slowly: smaller pages of the same payments may be readable
 * @throws any other error, with which the list ends
 */
export type ReadPage = (path: string, size: number) => Promise<Page | Error>

const seconds = (date: Date) => Math.floor(date.getTime() / 1000)

/**
 * All payments of a status and a time, as they are wanted; a period over 90 days in windows, without a gap and without
 * overlap.
 *
 * @throws at the very end, when all others were given: a payment that is too large to be read is missing
 */
export async function * iterateList (
  readPage: ReadPage, { status, from, to, limit }: Required<ListPayments>
): AsyncGenerator<Listed, undefined> {
  let missing: Error | undefined
  for (let start = seconds(from); start <= seconds(to); start += MAX_WINDOW_SEC + 1) {
    const end = Math.min(start + MAX_WINDOW_SEC, seconds(to))
    // Oldest first: what comes into being while we walk lies ahead of us.
    const query = (page: number, size: number) => `page=${page}&limit=${size}&from=${start}&to=${end}&sorting=started`
    const missed = yield * iterateWindow(
      (page, size) => readPage(`/payments/status/${status}?${query(page, size)}`, size), limit)
    missing ??= missed
  }
  if (missing) throw missing
}

/** The size of page to try next: a power of two, so that larger pages begin where smaller ones end. */
const smaller = (size: number) => 2 ** Math.floor(Math.log2(size - 1))

/**
 * Pages are numbered, so the walk keeps its position as a number of payments, whatever the size of the pages. A page
 * that cannot be read is divided, down to a single payment, which is passed over; behind it the pages grow again.
 *
 * A payment that leaves the list (paid, and now cancelled) moves all later ones up, some of them to where we have
 * been. The list's total tells: we then go back by as many payments as it has become shorter.
 *
 * @returns why a payment was passed over, if one was
 */
async function * iterateWindow (
  read: (page: number, size: number) => Promise<Page | Error>, limit: number
): AsyncGenerator<Listed, Error | undefined> {
  const given = new Set<string>()
  let size = limit
  let position = 0
  /**
   * The total of the last page that was read, and where the walk was then: only from there we know how far to go back.
   */
  let known = { total: Infinity, position: 0 }
  let fruitless = 0
  let missed: Error | undefined

  for (;;) {
    const number = Math.floor(position / size) + 1
    const page = await read(number, size)
    if (page instanceof Error && size > 1) {
      size = smaller(size)
      continue
    }
    if (page instanceof Error) {
      if (++fruitless > MAX_FRUITLESS) throw page
      missed ??= page
      position++
      if (position >= known.total) return missed
    } else {
      const { list, next, total } = page
      const shorter = known.total - total
      if (position > 0 && shorter > 0) {
        if (++fruitless > MAX_FRUITLESS) throw new BadGatewayError('a list whose total changes again and again')
        position = Math.max(0, known.position - shorter)
        known = { total, position }
        continue
      }
      const fresh = list.filter(({ impUid }) => !given.has(impUid))
      if (fresh.length > 0) fruitless = 0
      remember(given, fresh)
      yield * fresh
      if (next === 0) return missed
      // Taken for the end, it would hide the rest; taken as it is, it would never end.
      if (!(Number.isInteger(next) && next > number)) throw new BadGatewayError('a next page that is no later one')
      position = (next - 1) * size
      known = { total, position }
    }
    const larger = Math.min(size * 2, limit)
    if (position % larger === 0) size = larger
  }
}

/** Adds the ids of these; the oldest are forgotten. */
function remember (ids: Set<string>, listed: Listed[]): void {
  for (const { impUid } of listed) ids.add(impUid)
  for (const oldest of ids) {
    if (ids.size <= IDS_REMEMBERED) return
    ids.delete(oldest)
  }
}
