import { sqlLedger } from '../../../lib/ledger/sql/sql-ledger.js'

export const ledger = sqlLedger({
  dialect: 'postgres',
  transaction: async (run) => run({}),
  query: async () => ({ rows: [] }), // as pg answers
})
