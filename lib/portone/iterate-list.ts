import { forgetOldest } from '../http/list-pages.js'
import { badGateway } from './read-answer.js'
import { millisecondsOf } from './read-fields.js'

/** Milliseconds: a window of 90 days, which is the provider's own default; its largest is not documented. */
const MAX_WINDOW_MS = 90 * 24 * 3600_000
/** Entries that page numbers reach, by the provider. */
const MAX_REACHED = 60_000

/** One entry of a list, valid or not. */
export interface ListEntry {
  id: string
  transactionId: string
  /** By which the list is sorted, as on the wire; '' if it is no time. */
  time: string
  wire: unknown
}

export interface ListPage {
  entries: ListEntry[]
  /** As the provider tells them, where it does. */
  size: number | undefined
  totalCount: number | undefined
}

/** What one request asks for. `from` and `until` are RFC 3339 and inclusive. */
export interface PageQuery { from: string, until: string, number: number, size: number }

/**
 * Reads one page.
 *
 * @returns an error if the page is too large or too slow: smaller pages of the same payments may be readable
 * @throws any other error, which ends the list
 */
type ReadPage = (query: PageQuery) => Promise<ListPage | Error>

/**
 * Yields all payments of a period on demand, oldest first. A payment whose time changes meanwhile moves to the end of
 * the list and comes once more.
 *
 * @throws at the very end, after all other payments: one was too large to be read
 */
export async function * iterateList (
  readPage: ReadPage, { from, to, size }: { from: Date, to: Date, size: number }
): AsyncGenerator<ListEntry, undefined> {
  const known = new Set<string>()
  let unreadable: Error | undefined
  let start = from.getTime()
  for (;;) {
    const end = Math.min(start + MAX_WINDOW_MS, to.getTime())
    const window = { from: new Date(start).toISOString(), until: new Date(end).toISOString() }
    const skipped = yield * iterateWindow(readPage, window, size, known)
    unreadable ??= skipped
    if (end >= to.getTime()) break
    start = end // inclusive again: the provider's times are finer than ours, and nothing may lie between two windows
  }
  if (unreadable) throw unreadable
}

/**
 * Payments that leave the list move all later ones, so pages are not numbered: each request starts at the time of the
 * last entry, which comes again and is known. Pages are numbered only among entries of one time that fill a page.
 *
 * @returns why a payment was skipped, if one was
 */
async function * iterateWindow (
  readPage: ReadPage, window: { from: string, until: string }, limit: number, known: Set<string>
): AsyncGenerator<ListEntry, Error | undefined> {
  let { from } = window
  let [size, number] = [limit, 0]
  let skipped: Error | undefined
  for (;;) {
    if ((number + 1) * size > MAX_REACHED) throw badGateway(`more than ${MAX_REACHED} payments of the list at ${from}`)
    const page = await readPage({ from, until: window.until, number, size })
    if (page instanceof Error) {
      // One payment alone is too large: it is skipped.
      if (size === 1) [skipped, number] = [skipped ?? page, number + 1]
      else [size, number] = [Math.ceil(size / 2), 0]
      continue
    }
    const fresh = page.entries.filter((entry) => addTo(known, keyOf(entry)))
    forgetOldest(known)
    yield * fresh
    if (isLast(page, fresh.length > 0, number, size)) return skipped
    const next = fresh.length === 0 ? undefined : page.entries.findLast(({ time }) => time !== '')?.time
    if (next === undefined || next === from || !isNotBefore(next, from)) {
      number++
    } else {
      [from, number] = [next, 0]
      size = Math.min(size * 2, limit)
    }
  }
}

/** A short page is the last one, unless there is more by the provider's own count. */
function isLast ({ entries, size: stated, totalCount }: ListPage, hasFresh: boolean, number: number, size: number) {
  const pageSize = stated !== undefined && stated >= 1 && stated < size ? stated : size
  if (entries.length === 0) return true
  if (entries.length >= pageSize) return false
  return !hasFresh || totalCount === undefined || totalCount <= number * pageSize + entries.length
}

const isNotBefore = (time: string, other: string) => (millisecondsOf(time) ?? 0) >= (millisecondsOf(other) ?? 0)

/** A payment that has come into another status since is another entry. */
const keyOf = ({ id, transactionId, time }: ListEntry) => JSON.stringify([id, transactionId, time])

/** @returns whether it is new */
function addTo (known: Set<string>, key: string): boolean {
  const isNew = !known.has(key)
  known.add(key)
  return isNew
}
