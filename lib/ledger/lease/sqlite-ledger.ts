import { monotonic } from '../../concurrency/deadline.js'
import { CHECK_KEY } from '../check-ledger.js'
import { assertDate, assertMethods, readSettings, type LedgerSettings } from '../settings.js'
import type { StoredLedger } from '../stored-ledger.js'
import { leaseLedger, untilUnlocked, type LeaseTimes } from './lease-ledger.js'
import { createSqliteTable, type SqliteDatabase } from './sqlite-table.js'

/** The second argument of {@link sqliteLedger}. */
export interface SqliteLedgerSettings extends LedgerSettings, LeaseTimes {}

/** Rows that one statement of `prune` deletes: a few milliseconds, in which no other connection can write. */
const PRUNE_ROWS = 500

/**
 * A ledger in a SQLite file, for the processes of one machine. An asynchronous hook cannot hold a transaction of a
 * synchronous connection, so this is a {@link leaseLedger}.
 *
 * **A crash in the hook, or between the hook and its record, means that the hook runs again.** Make it harmless to
 * repeat.
 *
 * @param db of `better-sqlite3`, `libsql` or `node:sqlite`, in WAL mode; no transaction may be open on it across an
 * `await`. A long busy timeout of the driver blocks the event loop: this ledger waits without one.
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function sqliteLedger (
  db: SqliteDatabase, { leaseMs, ...settings }: SqliteLedgerSettings = {}
): StoredLedger<undefined> {
  assertMethods('db', db, 'prepare', 'exec')
  const { table: name, waitMs, workMs } = readSettings(settings)
  const table = createSqliteTable(db, name)
  const { once, find } = leaseLedger({ table, waitMs, workMs, ...leaseMs !== undefined && { leaseMs } })

  const inTime = <T>(step: () => T) => untilUnlocked(table, monotonic() + waitMs, step)

  return {
    once,
    find,
    schema: () => table.ddl.map((statement) => `${statement};\n`).join(''),
    migrate: () => inTime(table.migrate),
    async check () { await find(CHECK_KEY) },
    async prune ({ olderThan }) {
      assertDate(olderThan)
      let pruned = 0
      for (let deleted = PRUNE_ROWS; deleted === PRUNE_ROWS; pruned += deleted) {
        deleted = await inTime(() => table.prune(olderThan, PRUNE_ROWS))
        await new Promise(setImmediate) // the statements block the event loop: let others have their turn
      }
      return pruned
    },
  }
}
