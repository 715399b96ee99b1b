import { monotonic, pause, within, type Deadline } from '../../concurrency/deadline.js'
import { BusyError, codeOf, InvalidOptionsError, UnavailableError } from '../../errors.js'
import type { Work } from '../ledger.js'
import { createLine, type Ran } from '../single-flight.js'
import { mysqlDialect } from './mysql-dialect.js'
import { onceInTransaction, type Transaction } from './once-in-transaction.js'
import { postgresDialect } from './postgres-dialect.js'
import { poolShareOf } from './pool-share.js'
import { OUTSIDE, probe } from './probe.js'
import { assertKey } from '../result.js'
import { GlueError } from './rows.js'
import { assertDate, readSettings, type PooledLedgerSettings } from '../settings.js'
import { Conflict, type Dialect, type Query } from './dialect.js'
import type { StoredLedger } from '../stored-ledger.js'

/** What a database or an ORM has to offer: a transaction, and a statement in it. */
export interface SqlLedgerOptions<Tx> extends PooledLedgerSettings {
  /** `mysql`: MySQL 8 and MariaDB, InnoDB. */
  dialect: 'postgres' | 'mysql'
  /** Begins a transaction, awaits `run` with it, commits; rolls back and rejects where `run` rejects. May ignore `onLate`. */
  transaction: Transaction<Tx>
  /**
   * Runs one statement in it and resolves to its rows, an array of objects. The placeholders, `$1` or `?`, stand in the order of
   * `params`, each once.
   */
  query: Query<Tx>
  /**
   * The pool that `transaction` takes its connections from. Ledgers with the same one share its connections (see
   * `poolSize`), and one of `pg` or `mysql2` says itself how many it has. @default the function `transaction` stands
   * for its pool
   */
  pool?: object
}

/** Milliseconds between two tries at a transaction that lost to another, at most; random, so that the two part. */
const RETRY_MS = 50

/** Milliseconds for creating an empty table and its index, which waits for nobody else's long transaction. */
const MIGRATE_MS = 20_000

/** Rows that one transaction of `prune` deletes: some milliseconds' work, so that nobody has to wait for it. */
const PRUNE_ROWS = 1000

/**
 * Keeps the record of an event in the merchant's database, and commits it together with what the hook wrote through `tx`: both or
 * neither, whatever crashes. Another process with the same event waits in the database until then.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function sqlLedger<Tx> (options: SqlLedgerOptions<Tx>): StoredLedger<Tx> {
  const { dialect: name, transaction, query, pool = transaction, poolSize, ...settings } = options
  if (typeof transaction !== 'function') throw new InvalidOptionsError('transaction: expected a function')
  if (typeof query !== 'function') throw new InvalidOptionsError('query: expected a function')
  const { table, waitMs, workMs } = readSettings(settings)
  const dialect = createDialect(name, table, query)
  const poolShare = poolShareOf(pool, poolSize)
  const inLine = createLine()

  /** The transaction, begun when the ledgers' share of the pool has a connection for it. */
  function withinShare (deadline: Deadline): Transaction<Tx> {
    if (poolShare === undefined) return transaction
    return async (run, onLate) => {
      const noConnection = () => new UnavailableError('the ledger got no connection in time')
      const release = await poolShare.acquire(deadline, noConnection)
      try {
        await transaction(run, (end) => onLate((error) => {
          end(error)
          release() // the connection is gone, even if the hook never returns
        }))
      } finally {
        release()
      }
    }
  }

  /** Tries again only while nothing has begun. */
  async function run<T> (key: string, work: Work<Tx, T>, deadline: Deadline, afterFailure: boolean): Promise<Ran<T>> {
    for (;; afterFailure = true) { // what it lost to may have failed since
      try {
        const circumstances = { deadline, waitMs, workMs, afterFailure }
        return await onceInTransaction(withinShare(deadline), dialect, key, work, circumstances)
      } catch (error) {
        if (!(error instanceof Conflict)) throw error
        if (!await pause(Math.random() * RETRY_MS, deadline)) throw new BusyError({ cause: error.cause })
      }
    }
  }

  async function inTransaction<T> (work: (tx: Tx) => Promise<T>): Promise<T> {
    let isBegun = false
    let done: { value: T } | undefined
    try {
      await withinShare(monotonic() + waitMs)(async (tx) => {
        isBegun = true
        done = { value: await work(tx) }
      }, () => {})
      if (done !== undefined) return done.value
      throw isBegun ? new GlueError('transaction must await what it runs') : new TypeError('transaction must run what it is given')
    } catch (cause) {
      throw codeOf(cause) === undefined ? new UnavailableError('the ledger failed', { cause }) : cause
    }
  }

  async function createTable (): Promise<void> {
    const late = () => new GlueError(`the table was not created within ${MIGRATE_MS} ms: ${OUTSIDE}, where it would wait for a connection`)
    await within(inTransaction((tx) => dialect.migrate(tx)), monotonic() + MIGRATE_MS, late)
  }

  return {
    async once (key, work) {
      assertKey(key)
      const deadline = monotonic() + waitMs
      return inLine(key, deadline, (afterFailure) => run(key, work, deadline, afterFailure))
    },
    schema: () => dialect.ddl.map((statement) => `${statement};\n`).join(''),
    async migrate () {
      try {
        await createTable()
        await probe(transaction, query, (other) => createDialect(name, table, other))
      } catch (error) {
        const cause = error instanceof UnavailableError ? error.cause : error
        if (cause instanceof GlueError) throw new InvalidOptionsError(cause.message, { cause })
        throw codeOf(error) === undefined ? new UnavailableError('the ledger failed', { cause }) : error
      }
    },
    async prune ({ olderThan }) {
      assertDate(olderThan)
      let pruned = 0
      for (let deleted = PRUNE_ROWS; deleted === PRUNE_ROWS; pruned += deleted) {
        deleted = await inTransaction((tx) => dialect.prune(tx, olderThan, PRUNE_ROWS))
      }
      return pruned
    },
  }
}

function createDialect<Tx> (name: unknown, table: string, query: Query<Tx>): Dialect<Tx> {
  if (name === 'postgres') return postgresDialect(table, query)
  if (name === 'mysql') return mysqlDialect(table, query)
  throw new InvalidOptionsError("dialect: expected 'postgres' or 'mysql'")
}
