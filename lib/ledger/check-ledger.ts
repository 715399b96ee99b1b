import type { FastifyBaseLogger } from 'fastify'
import { monotonic } from '../concurrency/deadline.js'
import { canFind, findBefore } from './find-before.js'
import type { Ledger } from './ledger.js'

/** Milliseconds for which a starting app waits for its ledger: enough for a first connection, and no more. */
const CHECK_MS = 2000

/** A key that is never recorded. */
export const CHECK_KEY = 'fastify-iamport:check'

/** Reads the ledger once, so that a missing table or a wrong address is in the log before the first payment. */
export async function checkLedger<Tx> (ledger: Ledger<Tx>, log: FastifyBaseLogger): Promise<void> {
  if (!canFind(ledger)) return
  try {
    await findBefore(ledger, CHECK_KEY, monotonic() + CHECK_MS)
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err)
    log.error({ err }, `the ledger cannot be read, so no payment can be completed: ${why}`)
  }
}
