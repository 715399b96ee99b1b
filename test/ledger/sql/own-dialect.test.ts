import type pg from 'pg'
import tap, { test } from 'tap'
import { LedgerConflict, sqlLedger, type CreateDialect } from '../../../lib/index.js'
import { glueOf, openPostgres } from '../../support/postgres.js'
import { testContract } from '../test-contract.js'

const postgres = await openPostgres()
tap.teardown(() => postgres.remove())

/** A dialect that somebody writes for a database of theirs, with nothing but what the package exports. */
const createDialect: CreateDialect<pg.PoolClient> = (table, query) => {
  const rows = async (...args: Parameters<typeof query>) => {
    const result = await query(...args)
    return Array.isArray(result) ? result : []
  }
  const ddl = [`create table if not exists ${table} (
  event_key text primary key, result text, is_done boolean not null default false, created_at timestamptz default now()
)`]
  return {
    ddl,
    async claim (tx, key, waitMs, workMs) {
      await query(tx, `set local lock_timeout = ${waitMs}`, [])
      await query(tx, `set local idle_in_transaction_session_timeout = ${workMs}`, [])
      const inserted = await rows(
        tx, `insert into ${table} (event_key) values ($1) on conflict do nothing returning 1 as claimed`, [key])
      await query(tx, 'set local lock_timeout = 0', [])
      if (inserted.length > 0) return { recorded: false, hasWaited: true }
      const [row] = await rows(tx, `select result, is_done from ${table} where event_key = $1`, [key])
      if (row?.is_done !== true) throw new LedgerConflict('try again')
      return { recorded: true, text: row.result }
    },
    async record (tx, key, text) {
      await query(tx, `update ${table} set result = $1, is_done = true where event_key = $2`, [text, key])
    },
    async find (tx, key) {
      const [row] = await rows(tx, `select result from ${table} where event_key = $1 and is_done`, [key])
      return row && { text: row.result }
    },
    async migrate (tx) {
      for (const statement of ddl) await query(tx, statement, [])
    },
    echo: 'select $1::text as first, $2::text as second',
    async forget (tx, key) {
      return (await rows(tx, `delete from ${table} where event_key = $1 returning 1`, [key])).length > 0
    },
    prune: async (tx, olderThan) => (await rows(
      tx, `delete from ${table} where created_at < $1::timestamptz returning 1`, [olderThan.toISOString()])).length,
  }
}

test('a ledger with a dialect from outside fulfils the contract', async (t) => {
  const open = () => {
    const pool = postgres.pool()
    return sqlLedger<pg.PoolClient>({
      dialect: createDialect,
      pool,
      waitMs: 60_000,
      table: 'own_dialect',
      ...glueOf(pool),
    })
  }
  await open().migrate()
  testContract(t, { open, hasFind: true })
  t.test('old records can be deleted', async (t) => {
    const ledger = open()
    await ledger.once('to prune', async () => 1)
    t.ok(await ledger.prune({ olderThan: new Date(Date.now() + 60_000) }) >= 1)
    t.equal(await ledger.find('to prune'), undefined)
  })
})
