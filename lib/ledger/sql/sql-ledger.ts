import { InvalidOptionsError } from '../../errors.js'
import { readSettings, type PooledLedgerSettings } from '../settings.js'
import type { StoredLedger } from '../stored-ledger.js'
import type { CreateDialect, Query } from './dialect.js'
import { mysqlDialect } from './mysql-dialect.js'
import type { Transaction } from './once-in-transaction.js'
import { poolShareOf } from './pool-share.js'
import { postgresDialect } from './postgres-dialect.js'
import { sqliteDialect } from './sqlite-dialect.js'
import { createTransactionalLedger } from './transactional-ledger.js'

/** What a database or an ORM has to offer: a transaction, and a statement in it. */
export interface SqlLedgerOptions<Tx> extends PooledLedgerSettings {
  /**
   * `mysql`: MySQL 8 and MariaDB, InnoDB. `sqlite`: for clients whose transactions can wait, one at a time. For another
   * database, a function that makes its {@link Dialect}.
   */
  dialect: 'postgres' | 'mysql' | 'sqlite' | CreateDialect<Tx>
  /** Begins a transaction, awaits `run` with it, commits; rolls back and rejects if `run` rejects. */
  transaction: Transaction<Tx>
  /**
   * Runs one statement in it and resolves to its rows, an array of objects. The placeholders, `$1` or `?`, stand in the
   * order of `params`, each once.
   */
  query: Query<Tx>
  /**
   * The pool that `transaction` takes its connections from. Ledgers with the same one share its connections (see
   * `poolSize`), and one of `pg` or `mysql2` says itself how many it has. @default the function `transaction` stands
   * for its pool
   */
  pool?: object | undefined
}

/**
 * Keeps the record of an event in the merchant's database, and commits it together with what the hook wrote through
 * `tx`: both or neither, whatever crashes. Another process with the same event waits in the database until then.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function sqlLedger<Tx> (options: SqlLedgerOptions<Tx>): StoredLedger<Tx> {
  const { dialect, transaction, query, pool = transaction, poolSize, ...settings } = options
  if (typeof transaction !== 'function') throw new InvalidOptionsError('transaction: expected a function')
  if (typeof query !== 'function') throw new InvalidOptionsError('query: expected a function')
  const read = readSettings(settings)
  const create = readDialect<Tx>(dialect)
  const createDialect = (query: Query<Tx>) => create(read.table, query)
  return createTransactionalLedger({
    ...read, transaction, query, createDialect, dialect: createDialect(query), poolShare: poolShareOf(pool, poolSize),
  })
}

function readDialect<Tx> (dialect: unknown): CreateDialect<Tx> {
  if (dialect === 'postgres') return postgresDialect
  if (dialect === 'mysql') return mysqlDialect
  if (dialect === 'sqlite') return sqliteDialect
  if (isCreateDialect<Tx>(dialect)) return dialect
  throw new InvalidOptionsError("dialect: expected 'postgres', 'mysql', 'sqlite', or a function that makes a dialect")
}

const isCreateDialect = <Tx>(dialect: unknown): dialect is CreateDialect<Tx> => typeof dialect === 'function'
