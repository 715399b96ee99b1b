import { callMethod, readPath } from '../read-path.js'
import type { StoredLedger } from '../stored-ledger.js'
import { assertOrm, createOrmLedger, type OrmLedgerSettings } from './orm-ledger.js'
import { toQuestionMarks } from './statement.js'

/** What is used of an `EntityManager` of MikroORM with an SQL driver. */
export interface MikroOrmManager {
  execute (sql: string, params: (string | null)[]): Promise<unknown>
  fork (): this
  transactional (run: (em: this) => Promise<void>, options: object): Promise<void>
}

/**
 * Not within a transaction that the caller may be in: the record would be lost if that one fails later. The values of
 * `TransactionPropagation`.
 */
const OF_ITS_OWN = { propagation: 'requires_new' }

/** Connections in a pool of MikroORM's drivers, where its options do not say how many. */
const DEFAULT_POOL_SIZE = 10

/**
 * A ledger on MikroORM, with PostgreSQL, MySQL or MariaDB: the hook's `tx` is the `EntityManager` of its transaction.
 * It is flushed before the commit.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function mikroOrmLedger<Manager extends MikroOrmManager> (
  orm: { em: Manager }, settings: OrmLedgerSettings = {}
): StoredLedger<Manager> {
  const name = 'orm'
  assertOrm(name, orm, 'a MikroORM with an SQL driver, after MikroORM.init()',
    ['em', 'execute'], ['em', 'fork'], ['em', 'transactional'], ['em', 'getDriver'])
  const driver = callMethod(orm.em, 'getDriver')
  return createOrmLedger<Manager>({
    name,
    database: readPath(driver, 'constructor', 'name'),
    dialects: { PostgreSqlDriver: 'postgres', MySqlDriver: 'mysql', MariaDbDriver: 'mysql' },
    pool: driver,
    poolSize: readPath(callMethod(readPath(orm, 'config'), 'get', 'pool'), 'max') ?? DEFAULT_POOL_SIZE,
    transaction: (run) => orm.em.fork().transactional(run, OF_ITS_OWN),
    createQuery: () => (em, sql, params) => em.execute(toQuestionMarks(sql), params),
  }, settings)
}
