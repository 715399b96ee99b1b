import { test } from 'tap'
import { memoryLedger } from '../../lib/index.js'
import { testContract } from './contract.js'

test('the contract, with the memory ledger', async (t) => {
  const ledger = memoryLedger()
  testContract(t, { open: () => ledger, hasFind: true })
})
