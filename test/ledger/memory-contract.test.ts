import { test } from 'tap'
import { memoryLedger } from '../../lib/index.js'
import { testContract } from './test-contract.js'

test('the memory ledger fulfils the contract of ledgers', async (t) => {
  const ledger = memoryLedger()
  testContract(t, { open: () => ledger, hasFind: true })
})
