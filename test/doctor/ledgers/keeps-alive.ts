import { memoryLedger } from '../../../lib/ledger/memory-ledger.js'

setInterval(() => {}, 60_000) // as a pool does that is left open

export const ledger = memoryLedger()
