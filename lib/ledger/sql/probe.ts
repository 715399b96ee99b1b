import { randomUUID } from 'node:crypto'
import { BusyError, HookFailedError, UnavailableError } from '../../errors.js'
import type { Transaction } from './once-in-transaction.js'
import { columnOf, GlueError, rowsOf, textOf } from './rows.js'
import type { Dialect, Query } from './dialect.js'
import { createWatch } from './watch.js'

/** Milliseconds for each of its two transactions. Their key is new, so they wait for a connection only. */
const PROBE_MS = 10_000

/** Milliseconds, for a key that no other run holds: one second, the least that MySQL knows. */
const WAIT_MS = 1000

/**
 * JSON, which some clients parse by themselves, with text that a connection without utf8mb4 or careless quoting
 * loses.
 */
const TEXT = JSON.stringify({ probe: '확인 🧾 \' " \\ ? $1 :a' })

/** What is wrong with a `query` that ignores its transaction. */
export const OUTSIDE = 'query must run every statement in the transaction that it is given, not on the pool'
const KEPT = 'a transaction that was to be rolled back was committed: ' +
  `transaction must roll back and reject if what it runs rejects; and ${OUTSIDE}`

/** Rejects the transaction of the probe, so that it is rolled back. */
class Rollback extends Error {}

/**
 * Goes once through what the ledger does with `transaction` and `query`, in a transaction that is rolled back, and
 * then looks whether it was. It leaves no row behind.
 *
 * @param createDialect makes the dialect with this `query` instead of its own
 * @throws GlueError what is wrong with them
 * @throws IAMPORT_UNAVAILABLE no answer in time; or an error of the database's, as it is
 */
export async function probe<Tx> (
  transaction: Transaction<Tx>, query: Query<Tx>, createDialect: (query: Query<Tx>) => Dialect<Tx>
): Promise<void> {
  const key = `probe_${randomUUID()}`
  const dialect = createDialect(query)

  const tried = await inTransaction(transaction, async (tx) => {
    await checkQuery(tx, query, dialect.echo)
    await checkRecord(tx, dialect, key)
    throw new Rollback('the ledger tries out a rollback')
  })
  let isKept = false
  const looked = await inTransaction(transaction, async (tx) => { isKept = await dialect.forget(tx, key) })
  if (isKept) throw new GlueError(KEPT)
  if (!(tried.thrown instanceof Rollback)) throw tried.thrown
  if (tried.hasResolved) throw new GlueError('transaction must reject if what it runs rejects')
  if (looked.thrown !== undefined) throw looked.thrown
}

/**
 * What `work` threw in a transaction, and whether that resolved all the same.
 *
 * @throws what the transaction rejects with otherwise
 */
async function inTransaction<Tx> (transaction: Transaction<Tx>, work: (tx: Tx) => Promise<void>) {
  const watch = createWatch()
  let thrown: unknown
  let isRunning = false
  let hasRun = false
  async function run (tx: Tx) {
    thrown = undefined // a driver may repeat the transaction
    isRunning = true
    try {
      await work(tx)
    } catch (error) {
      thrown = error
      throw error
    } finally {
      isRunning = false
      hasRun = true
    }
  }
  watch.limit(PROBE_MS, () => new UnavailableError('the ledger did not answer', {
    cause: new Error(`transaction and query took more than ${PROBE_MS} ms. ${OUTSIDE}: it may wait for a connection`),
  }))
  try {
    await watch.bound(transaction(run, watch.onLate))
  } catch (error) {
    if (thrown === undefined) throw error
    return { thrown, hasResolved: false }
  } finally {
    watch.stop()
  }
  if (isRunning) throw new GlueError('transaction must await what it runs')
  if (!hasRun) throw new TypeError('transaction must run what it is given')
  return { thrown, hasResolved: true }
}

async function checkQuery<Tx> (tx: Tx, query: Query<Tx>, echo: string): Promise<void> {
  columnOf(rowsOf(await query(tx, 'select 1 as first', []))[0], 'first')
  // Where that came through, what fails now are the placeholders.
  const result = await query(tx, echo, ['1', TEXT]).catch((cause: unknown) => {
    throw new GlueError('query must pass on `params`: a statement with placeholders failed', { cause })
  })
  const [row] = rowsOf(result)
  if (textOf(row, 'first') !== '1') throw new GlueError('query must pass on `params` in their order')
  checkText(row, 'second')
}

async function checkRecord<Tx> (tx: Tx, dialect: Dialect<Tx>, key: string): Promise<void> {
  // Whatever is left in the session would be taken for the application's own by the next claim.
  const claim = () => dialect.claim(tx, key, WAIT_MS, PROBE_MS).finally(() => dialect.restore?.(tx, false))
  try {
    if ((await claim()).recorded) {
      throw new GlueError('query must give `done` as a boolean or a number; a new event seems recorded')
    }
    await dialect.record(tx, key, TEXT)
    const again = await claim()
    if (!again.recorded) throw new GlueError(`what was recorded is gone at the next statement: ${OUTSIDE}`)
    checkText({ result: again.text }, 'result')
  } catch (cause) {
    // Nobody else has this key: one statement did not see what the one before had done.
    throw cause instanceof BusyError || cause instanceof HookFailedError ? new GlueError(OUTSIDE, { cause }) : cause
  }
}

/** @throws GlueError */
function checkText (row: Record<string, unknown> | undefined, name: string): void {
  if (textOf(row, name) === TEXT) return
  throw new GlueError(`query must give text as it is; ${name} came back changed: is the connection in utf8mb4 or UTF8?`)
}
