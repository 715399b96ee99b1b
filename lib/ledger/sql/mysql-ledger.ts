import { monotonic, within } from '../../concurrency/deadline.js'
import { InvalidOptionsError, UnavailableError } from '../../errors.js'
import { assertMethods, type PooledLedgerSettings } from '../settings.js'
import { sqlLedger } from './sql-ledger.js'
import type { StoredLedger } from '../stored-ledger.js'

/** What is used of a `PoolConnection` of `mysql2/promise`. */
export interface MysqlConnection {
  query (sql: string): Promise<[unknown, unknown]>
  execute (sql: string, params: (string | null)[]): Promise<[unknown, unknown]>
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

/** Milliseconds for a rollback and for what follows the end: then the connection is dropped, and with it transaction and locks. */
const END_MS = 5000

/**
 * A ledger on MySQL 8 or MariaDB, InnoDB, with the pool of `mysql2/promise`: the hook's `tx` is the pool's connection, in a
 * transaction. Write through it and not through the pool: only that commits together with the record.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function mysqlLedger<Connection extends MysqlConnection> (
  pool: MysqlPool<Connection>, settings: PooledLedgerSettings = {}
): StoredLedger<Connection> {
  assertMethods('pool', pool, 'getConnection')
  if (typeof Reflect.get(pool, 'promise') === 'function') {
    throw new InvalidOptionsError('pool: expected one of mysql2/promise; this is one of mysql2, which takes callbacks: give pool.promise()')
  }
  const lasts = new WeakMap<Connection, string>()
  return sqlLedger<Connection>({
    ...settings,
    dialect: 'mysql',
    pool,
    // Prepared by the server where there are values: text put into the statement here would depend on the session's sql_mode.
    async query (connection, sql, params, isLast = false) {
      if (!isLast) return (params.length > 0 ? await connection.execute(sql, params) : await connection.query(sql))[0]
      lasts.set(connection, sql)
      return []
    },
    async transaction (run, onLate) {
      const connection = await pool.getConnection()
      let isGiven = false
      const give = (end: 'release' | 'destroy') => {
        if (isGiven) return
        isGiven = true
        connection[end]()
      }
      onLate(() => give('destroy'))

      /** After `end`, what had to wait for it; only then others may have the connection. What fails here ends with the connection. */
      async function giveAfter (end: Promise<unknown>) {
        const ended = end.then(() => {
          const last = lasts.get(connection)
          lasts.delete(connection)
          return last === undefined ? undefined : connection.query(last)
        })
        await within(ended, monotonic() + END_MS, () => new UnavailableError('no end')).then(() => give('release'), () => give('destroy'))
      }
      try {
        await connection.beginTransaction()
        await run(connection)
        await connection.commit()
      } catch (error) {
        await giveAfter(connection.rollback())
        throw error
      }
      giveAfter(Promise.resolve()) // it is committed, and nobody has to wait for this: it never rejects
    },
  })
}
