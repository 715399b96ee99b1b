import { callMethod, readPath } from '../read-path.js'
import type { StoredLedger } from '../stored-ledger.js'
import { assertOrm, createOrmLedger, type OrmLedgerSettings } from './orm-ledger.js'

/** A `CompiledQuery` of Kysely, as `CompiledQuery.raw` makes one. */
interface RawQuery {
  sql: string
  parameters: readonly (string | null)[]
  query: { kind: 'RawNode', sqlFragments: readonly string[], parameters: readonly [] }
  queryId: { queryId: string }
}

/** What is used of a `Transaction` of Kysely. */
export interface KyselyTransaction {
  withoutPlugins (): { executeQuery (query: RawQuery): Promise<{ rows: unknown[] }> }
}

/** What is used of a `Kysely`. */
export interface KyselyDatabase<Tx extends KyselyTransaction> {
  transaction (): { execute (run: (tx: Tx) => Promise<void>): Promise<void> }
}

/** The settings of every ORM's ledger, and the pool, which Kysely hides. */
export interface KyselyLedgerSettings extends OrmLedgerSettings {
  /** The pool of `pg` or `mysql2` in Kysely's dialect: the ledger leaves one of its connections free. */
  pool?: object | undefined
}

/**
 * A ledger on Kysely, with PostgreSQL, MySQL or MariaDB, or SQLite: the hook's `tx` is a `Transaction` of Kysely.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function kyselyLedger<Tx extends KyselyTransaction> (
  db: KyselyDatabase<Tx>, { pool, ...settings }: KyselyLedgerSettings = {}
): StoredLedger<Tx> {
  const name = 'db'
  assertOrm(name, db, 'a Kysely', ['transaction'], ['withoutPlugins'], ['getExecutor'])
  return createOrmLedger<Tx>({
    name,
    database: readPath(callMethod(db, 'getExecutor'), 'adapter', 'constructor', 'name'),
    dialects: { PostgresAdapter: 'postgres', MysqlAdapter: 'mysql', SqliteAdapter: 'sqlite' },
    pool: pool ?? db,
    transaction: (run) => db.transaction().execute(run),
    // A plugin may rename columns.
    createQuery: () => async (tx, sql, params) => (await tx.withoutPlugins().executeQuery(rawQuery(sql, params))).rows,
  }, settings)
}

function rawQuery (sql: string, parameters: (string | null)[]): RawQuery {
  return {
    sql,
    parameters,
    query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
    queryId: { queryId: 'fastify-iamport' },
  }
}
