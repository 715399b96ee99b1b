import { unlessAborted } from '../concurrency/abort.js'
import { BadGatewayError, TimeoutError, UnavailableError } from '../errors.js'
import { TooLarge } from './exchange.js'

/*
 * What the lists of both providers have in common.
 */

/**
 * Reads a page, or resolves to why it could not be read if smaller pages of the same payments may be readable: it was
 * too large, or too slow with more than one payment, which a retry would be again.
 *
 * @throws any other error
 */
export async function readOrShrink<Page> (size: number, read: () => Promise<Page>): Promise<Page | Error> {
  try {
    return await read()
  } catch (error) {
    const isTooLarge = error instanceof BadGatewayError && error.cause instanceof TooLarge
    if (isTooLarge || (error instanceof TimeoutError && size > 1)) return error
    throw error
  }
}

/** Reads unless the signal is aborted, and rejects at once when it is. */
export const readUnlessAborted = <Page>(
  signal: AbortSignal | undefined, read: () => Promise<Page>
): Promise<Page> => signal === undefined
    ? read()
    : unlessAborted(signal, () => new UnavailableError('the list was aborted'), read)

/** Entries remembered so that none is yielded twice where pages overlap: about 1 MB. */
const ENTRIES_REMEMBERED = 10_000

/** Forgets the oldest of the entries that were yielded. */
export function forgetOldest (yielded: Set<string>): void {
  for (const oldest of yielded) {
    if (yielded.size <= ENTRIES_REMEMBERED) return
    yielded.delete(oldest)
  }
}
