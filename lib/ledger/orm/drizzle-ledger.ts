import { readPath } from '../read-path.js'
import type { StoredLedger } from '../stored-ledger.js'
import { assertOrm, createOrmLedger, type OrmLedgerSettings } from './orm-ledger.js'
import { toRows } from './statement.js'

/** What is used of a transaction of Drizzle. */
export interface DrizzleTransaction {
  execute (query: { getSQL (): unknown } | string): PromiseLike<unknown>
}

/** What is used of a database of Drizzle. */
export interface DrizzleDatabase<Tx extends DrizzleTransaction> {
  transaction (run: (tx: Tx) => Promise<void>): Promise<void>
}

const SYNCHRONOUS = 'its transactions on SQLite are synchronous, and cannot wait for a hook: use sqliteLedger'
const PORSAGER = 'the driver postgres loses transactions with their connection, and the hook would wait for ever ' +
  '(https://github.com/porsager/postgres/issues/1155): use drizzle-orm/node-postgres'
const NO_TRANSACTIONS = 'its HTTP driver has no transactions that wait for a hook'

/**
 * A ledger on Drizzle, with PostgreSQL (`node-postgres`), MySQL or MariaDB (`mysql2`): the hook's `tx` is Drizzle's
 * transaction.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function drizzleLedger<Tx extends DrizzleTransaction> (
  db: DrizzleDatabase<Tx>, settings: OrmLedgerSettings = {}
): StoredLedger<Tx> {
  const name = 'db'
  const kind = readPath(db, 'constructor', Symbol.for('drizzle:entityKind'))
  assertOrm(name, typeof kind === 'string' && db, 'what drizzle(…) returns', ['transaction'])
  return createOrmLedger<Tx>({
    name,
    database: kind,
    dialects: { NodePgDatabase: 'postgres', MySql2Database: 'mysql' },
    refused: {
      PostgresJsDatabase: PORSAGER,
      BetterSQLite3Database: SYNCHRONOUS,
      BunSQLiteDatabase: SYNCHRONOUS,
      NeonHttpDatabase: NO_TRANSACTIONS,
      XataHttpDatabase: NO_TRANSACTIONS,
      D1Database: NO_TRANSACTIONS,
    },
    pool: readPath(db, '$client'),
    transaction: (run) => db.transaction(run),
    // `{ rows }` of PostgreSQL, `[rows, columns]` of MySQL.
    createQuery: () => async (tx, sql, params) => toRows(await tx.execute(rawQuery(sql, params))),
  }, settings)
}

/** A statement as an `SQLWrapper` of Drizzle's: `execute` calls `getSQL()`, and `toQuery()` of what that returns. */
function rawQuery (sql: string, params: (string | null)[]) {
  return { getSQL: () => ({ toQuery: () => ({ sql, params }) }) }
}
