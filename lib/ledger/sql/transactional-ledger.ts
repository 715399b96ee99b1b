import { monotonic, pause, within, type Deadline } from '../../concurrency/deadline.js'
import type { Semaphore } from '../../concurrency/semaphore.js'
import { BusyError, codeOf, InvalidOptionsError, UnavailableError } from '../../errors.js'
import { ledgerUnavailable } from '../database-error.js'
import type { Work } from '../ledger.js'
import { assertKey, readResult } from '../result.js'
import { assertDate, type LedgerSettings } from '../settings.js'
import { createOnce, type Ran } from '../once.js'
import type { StoredLedger } from '../stored-ledger.js'
import { LedgerConflict, type Dialect, type Query } from './dialect.js'
import { onceInTransaction, type Transaction } from './once-in-transaction.js'
import { OUTSIDE, probe } from './probe.js'
import { GlueError } from './rows.js'

export interface TransactionalLedgerParts<Tx> extends Required<LedgerSettings> {
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

/** Milliseconds for creating an empty table and its index: neither waits for a long transaction of another table. */
const MIGRATE_MS = 20_000

/** Rows that one transaction of `prune` deletes: some milliseconds' work, so that no payment waits for it. */
const PRUNE_ROWS = 1000

/** What all ledgers have in common whose record commits together with what the hook wrote through `tx`. */
export function createTransactionalLedger<Tx> (
  { transaction, query, dialect, createDialect, poolShare, waitMs, workMs }: TransactionalLedgerParts<Tx>
): StoredLedger<Tx> {
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

  function run<T> (key: string, work: Work<Tx, T>, deadline: Deadline, afterFailure: boolean): Promise<Ran<T>> {
    return untilFree(deadline, () => {
      const circumstances = { deadline, waitMs, workMs, afterFailure }
      afterFailure = true // the transaction that we lose to may fail meanwhile
      return onceInTransaction(withinShare(deadline), dialect, key, work, circumstances)
    })
  }

  function inTransaction<T> (work: (tx: Tx) => Promise<T>): Promise<T> {
    const deadline = monotonic() + waitMs
    return untilFree(deadline, () => tryInTransaction(work, deadline))
  }

  async function tryInTransaction<T> (work: (tx: Tx) => Promise<T>, deadline: Deadline): Promise<T> {
    let isBegun = false
    let done: { value: T } | undefined
    let conflict: LedgerConflict | undefined
    try {
      await withinShare(deadline)(async (tx) => {
        isBegun = true
        try {
          done = { value: await work(tx) }
        } catch (error) {
          if (error instanceof LedgerConflict) conflict = error // a driver may wrap what it rejects with
          throw error
        }
      }, () => {})
      if (done !== undefined) return done.value
      throw isBegun
        ? new GlueError('transaction must await what it runs')
        : new TypeError('transaction must run what it is given')
    } catch (cause) {
      if (conflict) throw conflict
      throw codeOf(cause) === undefined ? ledgerUnavailable(cause) : cause
    }
  }

  async function createTable (): Promise<void> {
    const late = () => new GlueError(
      `the table was not created within ${MIGRATE_MS} ms: ${OUTSIDE}, where it would wait for a connection`)
    await within(inTransaction((tx) => dialect.migrate(tx)), monotonic() + MIGRATE_MS, late)
  }

  return {
    once: createOnce(waitMs, run),
    async find (key) {
      assertKey(key)
      const late = () => new UnavailableError('the ledger did not answer')
      const found = await within(inTransaction((tx) => dialect.find(tx, key)), monotonic() + waitMs, late)
      return found && { value: readResult(found.text) }
    },
    schema: () => dialect.ddl.map((statement) => `${statement};\n`).join(''),
    async migrate () {
      try {
        await createTable()
        await untilFree(monotonic() + waitMs, () => probe(transaction, query, createDialect))
      } catch (error) {
        const cause = error instanceof UnavailableError ? error.cause : error
        if (cause instanceof GlueError) throw new InvalidOptionsError(cause.message, { cause })
        throw codeOf(error) === undefined ? ledgerUnavailable(cause) : error
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
