import type { Test } from 'tap'
import { ledgerContract, type LedgerParts } from '../../lib/ledger/contract/contract.js'

/** Runs the whole contract against one ledger. */
export function testContract<Tx> (t: Test, parts: LedgerParts<Tx>): void {
  for (const { name, skip, run } of ledgerContract(parts)) t.test(name, { skip }, run)
}
