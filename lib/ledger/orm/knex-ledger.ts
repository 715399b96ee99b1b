import { readPath } from '../read-path.js'
import type { StoredLedger } from '../stored-ledger.js'
import { assertOrm, createOrmLedger, type OrmLedgerSettings } from './orm-ledger.js'
import { toQuestionMarks, toRows } from './statement.js'

/** What is used of a `Knex.Transaction`. */
export interface KnexTransaction {
  raw (sql: string, params: (string | null)[]): PromiseLike<unknown>
}

/** What is used of an instance of Knex. */
export interface KnexInstance<Tx extends KnexTransaction> {
  transaction (run: (tx: Tx) => Promise<void>): Promise<void>
}

/**
 * A ledger on Knex, with PostgreSQL, MySQL or MariaDB, or SQLite: the hook's `tx` is a `Knex.Transaction`.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function knexLedger<Tx extends KnexTransaction> (
  knex: KnexInstance<Tx>, settings: OrmLedgerSettings = {}
): StoredLedger<Tx> {
  const name = 'knex'
  assertOrm(name, knex, 'what knex({ client, … }) returns', ['raw'], ['transaction'], ['client', 'acquireConnection'])
  const pool = readPath(knex, 'client', 'pool')
  return createOrmLedger<Tx>({
    name,
    database: readPath(knex, 'client', 'dialect'),
    dialects: { postgresql: 'postgres', mysql: 'mysql', sqlite3: 'sqlite' },
    pool,
    poolSize: readPath(pool, 'max'),
    transaction: (run) => knex.transaction(run),
    // `{ rows }` of PostgreSQL, `[rows, columns]` of MySQL, the rows of SQLite.
    createQuery: () => async (tx, sql, params) => toRows(await tx.raw(toQuestionMarks(sql), params)),
  }, settings)
}
