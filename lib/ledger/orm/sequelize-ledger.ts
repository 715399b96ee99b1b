import { callMethod, readPath } from '../read-path.js'
import type { StoredLedger } from '../stored-ledger.js'
import { assertOrm, createOrmLedger, type OrmLedgerSettings } from './orm-ledger.js'
import { toNumbered, toRows } from './statement.js'

/** What tells the type of its `Transaction`; what is used takes the callback instead, and has too many overloads. */
export interface SequelizeInstance<Tx extends object> {
  transaction (options?: object): Promise<Tx>
}

const SQLITE = 'an open transaction of Sequelize on SQLite makes every other write fail at once: use sqliteLedger'

/**
 * A ledger on Sequelize 6, with PostgreSQL, MySQL or MariaDB: the hook's `tx` is a `Transaction`, to be passed as
 * `{ transaction: tx }`, or found by CLS if `Sequelize.useCLS` is on.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function sequelizeLedger<Tx extends object> (
  sequelize: SequelizeInstance<Tx>, settings: OrmLedgerSettings = {}
): StoredLedger<Tx> {
  const name = 'sequelize'
  assertOrm(name, sequelize, 'a Sequelize', ['transaction'], ['query'], ['getDialect'])
  const pool = readPath(sequelize, 'connectionManager', 'pool')

  async function query (tx: Tx, sql: string, params: (string | null)[]): Promise<unknown> {
    // A repetition after a failure would be in no transaction any more, or in one that has failed.
    const options = { transaction: tx, retry: { max: 1 }, ...params.length > 0 && { bind: params } }
    return toRows(await callMethod(sequelize, 'query', params.length > 0 ? toNumbered(sql) : sql, options))
  }

  return createOrmLedger<Tx>({
    name,
    database: callMethod(sequelize, 'getDialect'),
    dialects: { postgres: 'postgres', mysql: 'mysql', mariadb: 'mysql' },
    refused: { sqlite: SQLITE },
    pool,
    poolSize: readPath(sequelize, 'connectionManager', 'config', 'pool', 'max'),
    transaction: async (run) => callMethod(sequelize, 'transaction', run),
    createQuery: () => query,
  }, settings)
}
