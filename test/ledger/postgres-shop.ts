import type pg from 'pg'
import tap, { type Test } from 'tap'
import { postgresLedger, type LedgerSettings, type StoredLedger } from '../../lib/index.js'
import { openPostgres } from '../support/postgres.js'

let keys = 0
export const newKey = () => `imp_${++keys}:paid`
export const mustNotRun = () => Promise.reject(new Error('it ran'))

/** A database with orders and a ledger, until the test file ends. */
export async function openShopDatabase () {
  const postgres = await openPostgres()
  tap.teardown(() => postgres.remove())
  const admin = postgres.pool()
  await admin.query('create table orders (id text primary key, paid int not null default 0)')
  await postgresLedger(admin).migrate()

  const pay = (key: string) => async (tx: pg.PoolClient) => {
    await tx.query(`insert into orders (id, paid) values ($1, 1)
      on conflict (id) do update set paid = orders.paid + 1`, [key])
    return 'paid'
  }
  const timesPaid = async (key: string) =>
    (await admin.query('select paid from orders where id = $1', [key])).rows[0]?.paid ?? 0
  return {
    postgres,
    admin,
    pay,
    timesPaid,
    /** A ledger with a pool of its own, as each process has it. */
    open (settings?: LedgerSettings, config?: pg.PoolConfig) {
      const pool = postgres.pool(config)
      return { pool, ledger: postgresLedger(pool, settings) }
    },
    /** Checks that nothing was written or recorded, and that the next run of the event succeeds. */
    async recovers (t: Test, ledger: StoredLedger<pg.PoolClient>, key: string) {
      t.equal(await timesPaid(key), 0)
      t.strictSame(await ledger.once(key, pay(key)), { value: 'paid', replayed: false })
      t.equal(await timesPaid(key), 1)
    },
  }
}
