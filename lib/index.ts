export * from './errors.js'
export type { Ledger, Recorded } from './ledger/ledger.js'
