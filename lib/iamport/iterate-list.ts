import type { Static } from '@sinclair/typebox'
import { BadGatewayError, refusalOf } from '../errors.js'
import { forgetOldest } from '../http/list-pages.js'
import type { ListPayments } from './api.js'
import type { ListedPayment, PaymentPage } from './schemas.js'

/** Seconds: the widest window that the provider lists, 90 days. */
const MAX_WINDOW_SEC = 90 * 24 * 3600
/**
 * Times that we may go back, or skip a payment, without finding a new one in between. More means that servers disagree
 * about the total, or that one sends arbitrary answers.
 */
const MAX_FRUITLESS = 100

/** One page of a list. */
export type Page = Omit<Static<typeof PaymentPage>, 'list'> & { list: ListedPayment[] }

/**
 * Reads one page of `size` payments.
 *
 * @returns an error if the page is too large or too slow: smaller pages of the same payments may be readable
 * @throws any other error, which ends the list
 */
type ReadPage = (path: string, size: number) => Promise<Page | Error>

const seconds = (date: Date) => Math.floor(date.getTime() / 1000)

/**
 * Yields all payments of a status and a period on demand; a period over 90 days is divided into windows without gaps or
 * overlaps.
 *
 * @throws at the very end, after all other payments: one was too large to be read
 */
export async function * iterateList (
  readPage: ReadPage, { status, from, to, limit }: Required<ListPayments>
): AsyncGenerator<ListedPayment, undefined> {
  let unreadable: Error | undefined
  for (let start = seconds(from); start <= seconds(to); start += MAX_WINDOW_SEC + 1) {
    const end = Math.min(start + MAX_WINDOW_SEC, seconds(to))
    // Oldest first, so that payments created meanwhile are still ahead of us.
    const query = (page: number, size: number) => `page=${page}&limit=${size}&from=${start}&to=${end}&sorting=started`
    const skipped = yield * iterateWindow(
      (page, size) => readPage(`/payments/status/${status}?${query(page, size)}`, size), limit)
    unreadable ??= skipped
  }
  if (unreadable) throw unreadable
}

/** The provider refuses a page after the last one, as documented. */
const isBeyondEnd = (error: unknown): boolean => refusalOf(error)?.status === 400

/** The page size to try next: a power of two, so that larger pages begin where smaller ones end. */
const smaller = (size: number) => 2 ** Math.floor(Math.log2(size - 1))

/**
 * Pages are numbered, so the position is kept as a number of payments, whatever the page size. A page that cannot be
 * read is divided, down to a single payment, which is skipped; after it the pages grow again.
 *
 * When a payment leaves the list (a paid one was cancelled), all later ones move up, some of them to positions already
 * read. The total shows it: we then go back by as many payments as the list has become shorter. If it is so short that
 * there is no such page any more, the one before it shows the total.
 *
 * @returns why a payment was skipped, if one was
 */
async function * iterateWindow (
  read: (page: number, size: number) => Promise<Page | Error>, limit: number
): AsyncGenerator<ListedPayment, Error | undefined> {
  const yielded = new Set<string>()
  let size = limit
  let position = 0
  /**
   * The total on the last page that was read, and the position after it, from which to go back.
   */
  let known = { total: Infinity, position: 0 }
  /** The position of a page that there is not, until a total shows how long the list has become. */
  let end = Infinity
  /** The position of the page that was refused last, and the total as it was known then. */
  let refused = { start: -1, total: -1 }
  /** The end from which the list was last read anew. */
  let repeatedFrom = Infinity
  let fruitless = 0
  let skipped: Error | undefined

  for (;;) {
    const number = Math.floor(position / size) + 1
    let page
    try {
      page = await read(number, size)
    } catch (error) {
      const start = (number - 1) * size
      // Refused again, although the total has said meanwhile that there is such a page: for another reason.
      const isRepeated = refused.start === start && refused.total === known.total
      if (number === 1 || !isBeyondEnd(error) || isRepeated || ++fruitless > MAX_FRUITLESS) throw error
      refused = { start, total: known.total }
      end = start
      position = end - size
      continue
    }
    if (page instanceof Error && size > 1) {
      size = smaller(size)
      continue
    }
    if (page instanceof Error) {
      if (++fruitless > MAX_FRUITLESS) throw page
      skipped ??= page
      position++
      if (position >= known.total) return skipped
      if (position >= end) {
        // Nothing there shows the total, and what was behind may have moved to a position already read.
        if (end === repeatedFrom) return skipped
        repeatedFrom = end
        position = 0
      }
    } else {
      const { list, next, total } = page
      end = Infinity
      const shorter = known.total - total
      if (position > 0 && shorter > 0) {
        if (++fruitless > MAX_FRUITLESS) throw new BadGatewayError('the total of the list keeps changing')
        position = Math.max(0, known.position - shorter)
        known = { total, position }
        continue
      }
      const fresh = list.filter(({ impUid }) => !yielded.has(impUid))
      if (fresh.length > 0) fruitless = 0
      for (const { impUid } of fresh) yielded.add(impUid)
      forgetOldest(yielded)
      yield * fresh
      if (next === 0) return skipped
      // Read as the end of the list, it would hide the rest; followed, it would never end.
      if (!(Number.isInteger(next) && next > number)) {
        throw new BadGatewayError('the next page of the list is not a later one')
      }
      position = (next - 1) * size
      known = { total, position }
    }
    const larger = Math.min(size * 2, limit)
    if (position % larger === 0) size = larger
  }
}
