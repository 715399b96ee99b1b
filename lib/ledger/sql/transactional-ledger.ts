import { monotonic, pause, type Deadline } from '../../concurrency/deadline.js'
import type { Semaphore } from '../../concurrency/semaphore.js'
import { BusyError, codeOf, InvalidOptionsError, UnavailableError } from '../../errors.js'
import { isTableMissing, ledgerUnavailable } from '../database-error.js'
import type { Work } from '../ledger.js'
import { CHECK_KEY } from '../check-ledger.js'
import { assertKey, readResult } from '../result.js'
import { assertDate, type LedgerSettings } from '../settings.js'
import { createOnce, type Ran } from '../once.js'
import type { StoredLedger } from '../stored-ledger.js'
import { LedgerConflict, type Dialect, type Query } from './dialect.js'
import { onceInTransaction, type Transaction } from './once-in-transaction.js'
import { OUTSIDE, probe } from './probe.js'
import { GlueError } from './rows.js'
import { createWatch } from './watch.js'

interface TransactionalLedgerParts<Tx> extends Required<LedgerSettings> {
  transaction: Transaction<Tx>
  query: Query<Tx>
  dialect: Dialect<Tx>
  /** Makes the dialect with another `query`. */
  createDialect (query: Query<Tx>): Dialect<Tx>
  /** How many transactions may run at once; `undefined`: without limit. */
  poolShare: Semaphore | undefined
}

/** Milliseconds between two tries at a transaction that lost to another, at most; random, so that the two part. */
const RETRY_MS = 50

/**
 * Milliseconds for a transaction of `migrate` or `prune`: an empty table and its index wait for no long transaction of
 * another table, and `PRUNE_ROWS` take far less.
 */
const UPKEEP_MS = 20_000

/** Rows that one transaction of `prune` deletes: some milliseconds' work, so that no payment waits for it. */
const PRUNE_ROWS = 1000

const noConnection = () => new UnavailableError('the ledger got no connection in time')
const noAnswer = (): Error => new UnavailableError('the ledger did not answer')

/** What all ledgers have in common whose record commits together with what the hook wrote through `tx`. */
export function createTransactionalLedger<Tx> (
  { transaction, query, dialect, createDialect, poolShare, waitMs, workMs }: TransactionalLedgerParts<Tx>
): StoredLedger<Tx> {
  /** The transaction, begun when the ledgers' share of the pool has a connection for it. */
  function withinShare (deadline: Deadline): Transaction<Tx> {
    if (poolShare === undefined) return transaction
    return async (run, onLate) => {
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

  function run<T> (key: string, work: Work<Tx, T>, deadline: Deadline, afterFailure: boolean): Promise<Ran<T>> {
    return untilFree(deadline, () => {
      const circumstances = { deadline, waitMs, workMs, afterFailure }
      afterFailure = true // the transaction that we lose to may fail meanwhile
      return onceInTransaction(withinShare(deadline), dialect, key, work, circumstances)
    })
  }

  function inTransaction<T> (ms: number, work: (tx: Tx) => Promise<T>, late = noAnswer): Promise<T> {
    const deadline = monotonic() + ms
    return untilFree(deadline, () => tryInTransaction(work, deadline, late))
  }

  async function tryInTransaction<T> (
    work: (tx: Tx) => Promise<T>, deadline: Deadline, late: () => Error
  ): Promise<T> {
    const watch = createWatch()
    let isBegun = false
    let done: { value: T } | undefined
    let conflict: LedgerConflict | undefined
    try {
      watch.limit(deadline - monotonic(), () => isBegun ? late() : noConnection())
      await watch.bound(withinShare(deadline)(async (tx) => {
        isBegun = true
        try {
          done = { value: await work(tx) }
        } catch (error) {
          if (error instanceof LedgerConflict) conflict = error // a driver may wrap what it rejects with
          throw error
        }
      }, watch.onLate))
      if (done !== undefined) return done.value
      throw isBegun
        ? new GlueError('transaction must await what it runs')
        : new TypeError('transaction must run what it is given')
    } catch (cause) {
      if (conflict) throw conflict
      throw codeOf(cause) === undefined ? ledgerUnavailable(cause) : cause
    } finally {
      watch.stop()
    }
  }

  const createTable = () => inTransaction(UPKEEP_MS, (tx) => dialect.migrate(tx), () => new GlueError(
    `the table was not created within ${UPKEEP_MS} ms: ${OUTSIDE}, where it would wait for a connection`))

  /**
   * Reads twice, as a `transaction` that does not wait may end after the first, and would keep what the probe writes.
   * An error of the database's that is not about the table may come from the glue, and the probe says better.
   */
  async function assertTable (): Promise<void> {
    const read = async (tx: Tx) => { for (const key of [CHECK_KEY, CHECK_KEY]) await dialect.find(tx, key) }
    try {
      await inTransaction(waitMs, read)
    } catch (error) {
      const isOfGlue = error instanceof UnavailableError && error.cause instanceof GlueError
      if (isOfGlue || isTableMissing(error)) throw error
    }
  }

  /** Tries the glue once the table is known to be there. */
  async function probeAfter (step: () => Promise<unknown>): Promise<void> {
    try {
      await step()
      await untilFree(monotonic() + waitMs, () => probe(transaction, query, createDialect))
    } catch (error) {
      const cause = error instanceof UnavailableError ? error.cause : error
      if (cause instanceof GlueError) throw new InvalidOptionsError(cause.message, { cause })
      throw codeOf(error) === undefined ? ledgerUnavailable(cause) : error
    }
  }

  return {
    once: createOnce(waitMs, run),
    async find (key) {
      assertKey(key)
      const found = await inTransaction(waitMs, (tx) => dialect.find(tx, key))
      return found && { value: readResult(found.text) }
    },
    schema: () => dialect.ddl.map((statement) => `${statement};\n`).join(''),
    migrate: () => probeAfter(createTable),
    check: () => probeAfter(assertTable),
    async prune ({ olderThan }) {
      assertDate(olderThan)
      let pruned = 0
      for (let deleted = PRUNE_ROWS; deleted === PRUNE_ROWS; pruned += deleted) {
        deleted = await inTransaction(UPKEEP_MS, (tx) => dialect.prune(tx, olderThan, PRUNE_ROWS))
      }
      return pruned
    },
  }
}

/**
 * Repeats a step that lost to another transaction before anything had begun.
 *
 * @throws IAMPORT_BUSY it still does at the deadline
 */
async function untilFree<T> (deadline: Deadline, step: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof LedgerConflict)) throw error
      if (!await pause(Math.random() * RETRY_MS, deadline)) throw new BusyError({ cause: error.cause })
    }
  }
}
