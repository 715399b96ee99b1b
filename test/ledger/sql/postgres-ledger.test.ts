import tap, { test } from 'tap'
import { postgresLedger } from '../../../lib/ledger/sql/postgres-ledger.js'
import { startChild } from '../../support/child.js'
import { openPostgres } from '../../support/postgres.js'
import { testContract } from '../test-contract.js'

const postgres = await openPostgres()
tap.teardown(() => postgres.remove())

test('the ledger on PostgreSQL fulfils the contract of ledgers', async (t) => {
  const admin = postgres.pool()
  await postgresLedger(admin).migrate()
  const open = (waitMs = 60_000) => postgresLedger(postgres.pool(), { waitMs })

  testContract(t, {
    open: () => open(),
    openImpatient: open,
    hasFind: true,
    async startHolder (key) {
      const child = startChild(new URL('../holder.ts', import.meta.url), [postgres.url, key])
      await child.message()
      return child
    },
    depose: () => admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'"),
  })
})
