import { alone } from './alone.js'
import type { LedgerCase, LedgerParts } from './case.js'
import { together } from './together.js'

export type { LedgerCase, LedgerParts }

/**
 * Everything that `once` has to hold, as cases for any test runner:
 *
 * ```ts
 * for (const { name, skip, run } of ledgerContract({ open: () => myLedger() })) test(name, { skip }, run)
 * ```
 *
 * The keys are random: the suite may run on a table that is in use.
 */
export function ledgerContract<Tx> (parts: LedgerParts<Tx>): LedgerCase[] {
  return [...alone(parts), ...together(parts)]
}
