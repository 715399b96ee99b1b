import { InvalidOptionsError } from '../../errors.js'
import { readPath } from '../read-path.js'
import type { StoredLedger } from '../stored-ledger.js'
import { assertOrm, createOrmLedger, type OrmLedgerSettings } from './orm-ledger.js'
import { toRows } from './statement.js'

/** What is used of an `EntityManager` of TypeORM. */
export interface TypeormManager {
  query (sql: string, params: unknown[]): Promise<unknown>
}

/** What is used of a `DataSource` of TypeORM. */
export interface TypeormDataSource<Manager extends TypeormManager> {
  manager: Manager
  transaction (run: (manager: Manager) => Promise<void>): Promise<void>
}

const SHARED_CONNECTION = 'TypeORM has a single connection to a SQLite file, so everything else that the application ' +
  'writes would be part of the transaction of a payment: use sqliteLedger'

/**
 * A ledger on TypeORM, with PostgreSQL, MySQL or MariaDB: the hook's `tx` is the `EntityManager` of its transaction.
 *
 * @param dataSource after `await dataSource.initialize()`
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function typeormLedger<Manager extends TypeormManager> (
  dataSource: TypeormDataSource<Manager>, settings: OrmLedgerSettings = {}
): StoredLedger<Manager> {
  const name = 'dataSource'
  assertOrm(name, dataSource, 'a DataSource of TypeORM', ['transaction'], ['manager', 'query'], ['createQueryRunner'])
  if (readPath(dataSource, 'isInitialized') !== true) {
    throw new InvalidOptionsError(`${name}: it is not initialized; await dataSource.initialize() first`)
  }
  const cluster = readPath(dataSource, 'driver', 'poolCluster')
  return createOrmLedger<Manager>({
    name,
    database: readPath(dataSource, 'options', 'type'),
    dialects: { postgres: 'postgres', mysql: 'mysql', mariadb: 'mysql' },
    refused: { 'better-sqlite3': SHARED_CONNECTION, sqlite: SHARED_CONNECTION, sqljs: SHARED_CONNECTION },
    pool: readPath(dataSource, 'driver', 'master') ?? readPath(dataSource, 'driver', 'pool') ?? cluster,
    transaction: (run) => dataSource.transaction(run),
    // PostgreSQL: `[rows, count]` for what updates or deletes, and the rows alone for all else.
    createQuery: () => async (manager, sql, params) => toRows(await manager.query(sql, params)),
  }, settings)
}
