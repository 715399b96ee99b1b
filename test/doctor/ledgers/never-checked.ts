import { memoryLedger } from '../../../lib/ledger/memory-ledger.js'

/** A ledger of the shop's own, whose check never ends. */
export const ledger = { ...memoryLedger(), check: () => new Promise<void>(() => {}) }
