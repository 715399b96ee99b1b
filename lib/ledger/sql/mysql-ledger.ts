import { monotonic, within } from '../../concurrency/deadline.js'
import { InvalidOptionsError, UnavailableError } from '../../errors.js'
import { assertMethods, readSettings, type PooledLedgerSettings } from '../settings.js'
import type { StoredLedger } from '../stored-ledger.js'
import type { Query } from './dialect.js'
import { mysqlDialect } from './mysql-dialect.js'
import { poolShareOf } from './pool-share.js'
import { createTransactionalLedger } from './transactional-ledger.js'

/** A statement, and how its rows are to be given. */
interface MysqlStatement {
  sql: string
  rowsAsArray: boolean
  nestTables: boolean
  typeCast (field: unknown, next: () => unknown): unknown
}

/** What is used of a `PoolConnection` of `mysql2/promise`. */
export interface MysqlConnection {
  query (statement: MysqlStatement): Promise<[unknown, unknown]>
  execute (statement: MysqlStatement, params: (string | null)[]): Promise<[unknown, unknown]>
  beginTransaction (): Promise<unknown>
  commit (): Promise<unknown>
  rollback (): Promise<unknown>
  release (): void
  destroy (): void
}

/** What is used of a `Pool` of `mysql2/promise`. */
export interface MysqlPool<Connection extends MysqlConnection> {
  getConnection (): Promise<Connection>
}

/**
 * Milliseconds for a rollback and the statement after it: then we drop the connection, which ends transaction and
 * locks.
 */
const END_MS = 5000

/**
 * Rows and values as mysql2 gives them by itself, whatever the pool is configured to make of them: what it makes of 1
 * may not be 1, and a hook would run again.
 */
const AS_THEY_ARE = {
  rowsAsArray: false,
  nestTables: false,
  typeCast: (_field: unknown, next: () => unknown) => next(),
}

/**
 * A ledger on MySQL 8 or MariaDB, InnoDB, with the pool of `mysql2/promise`: the hook's `tx` is the pool's
 * connection, in a transaction. Write through it and not through the pool: only that commits together with the
 * record.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function mysqlLedger<Connection extends MysqlConnection> (
  pool: MysqlPool<Connection>, { poolSize, ...settings }: PooledLedgerSettings = {}
): StoredLedger<Connection> {
  assertMethods('pool', pool, 'getConnection')
  if (typeof Reflect.get(pool, 'promise') === 'function') {
    throw new InvalidOptionsError(
      'pool: expected one of mysql2/promise; this is one of mysql2, which takes callbacks: pass pool.promise()')
  }
  const read = readSettings(settings)
  /** A statement to run after the end of the connection's transaction. */
  const afterEnd = new WeakMap<Connection, string>()

  // Prepared by the server if there are values: text put into the statement here would depend on the session's
  // sql_mode.
  const query: Query<Connection> = async (connection, sql, params) =>
    (params.length > 0
      ? await connection.execute({ sql, ...AS_THEY_ARE }, params)
      : await connection.query({ sql, ...AS_THEY_ARE }))[0]

  async function queryAfterEnd (connection: Connection, sql: string) {
    afterEnd.set(connection, sql)
  }

  return createTransactionalLedger<Connection>({
    ...read,
    query,
    dialect: mysqlDialect(read.table, query, queryAfterEnd),
    createDialect: (query) => mysqlDialect(read.table, query),
    poolShare: poolShareOf(pool, poolSize),
    async transaction (run, onLate) {
      const connection = await pool.getConnection()
      const { release } = connection
      connection.release = () => {} // by the hook: the next payment would get our transaction
      let isGiven = false
      const give = (end: 'release' | 'destroy') => {
        if (isGiven) return
        isGiven = true
        connection.release = release
        connection[end]()
      }
      onLate(() => give('destroy'))

      /** Runs the statement that waits for `end`, then returns the connection to the pool. If that fails, drops it. */
      async function giveAfter (end: Promise<unknown>) {
        const ended = end.then(() => {
          const sql = afterEnd.get(connection)
          afterEnd.delete(connection)
          return sql === undefined ? undefined : query(connection, sql, [])
        })
        await within(ended, monotonic() + END_MS, () => new UnavailableError('no end'))
          .then(() => give('release'), () => give('destroy'))
      }
      try {
        await connection.beginTransaction()
        await run(connection)
        await connection.commit()
      } catch (error) {
        await giveAfter(connection.rollback())
        throw error
      }
      giveAfter(Promise.resolve()) // committed: no caller has to wait for this, and it never rejects
    },
  })
}
