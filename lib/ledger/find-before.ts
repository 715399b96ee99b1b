import { within, type Deadline } from '../concurrency/deadline.js'
import { BusyError, codeOf } from '../errors.js'
import { ledgerUnavailable } from './database-error.js'
import type { Ledger } from './ledger.js'

/**
 * `ledger.find`, with a bound on waiting.
 *
 * @throws IAMPORT_BUSY no answer at the deadline
 * @throws IAMPORT_UNAVAILABLE the ledger failed, by an error that is not one of ours
 */
export async function findBefore (
  ledger: Required<Pick<Ledger, 'find'>>, key: string, deadline: Deadline
): Promise<{ value: unknown } | undefined> {
  try {
    // `null` of a ledger without types means that nothing is recorded, as `undefined` does.
    return await within(ledger.find(key), deadline, () => new BusyError()) ?? undefined
  } catch (error) {
    throw codeOf(error) === undefined ? ledgerUnavailable(error) : error
  }
}

/** Whether a ledger can read without a claim. */
export const canFind = <L extends Pick<Ledger, 'find'>>(ledger: L): ledger is L & Required<Pick<L, 'find'>> =>
  typeof ledger.find === 'function'
