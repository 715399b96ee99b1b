import type { Test } from 'tap'
import { ledgerContract, type LedgerParts } from '../../lib/ledger/contract/contract.js'

/** Every case of the contract, as a test. */
export function testContract<Tx> (t: Test, parts: LedgerParts<Tx>): void {
  for (const { name, skip, run } of ledgerContract(parts)) t.test(name, { skip }, run)
}
