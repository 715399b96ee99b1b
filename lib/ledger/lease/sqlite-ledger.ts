import { randomUUID } from 'node:crypto'
import { monotonic, pause, within, type Deadline } from '../../concurrency/deadline.js'
import { BusyError, HookFailedError, InvalidOptionsError, UnavailableError } from '../../errors.js'
import type { Work } from '../ledger.js'
import { createLine, type Ran } from '../single-flight.js'
import { assertKey, readResult, writeResult } from '../result.js'
import { assertDate, assertMethods, readMs, readSettings, type LedgerSettings } from '../settings.js'
import type { Claim } from '../sql/dialect.js'
import { createSqliteTable, isLocked, type SqliteDatabase } from './sqlite-table.js'
import type { StoredLedger } from '../stored-ledger.js'

export interface SqliteLedgerSettings extends LedgerSettings {
  /**
   * How long the holder of an event may be silent before another process takes it over, in milliseconds; shorter than `waitMs`.
   * A hook that keeps the event loop busy for longer may run twice. @default 5000, or half of a shorter `waitMs`
   */
  leaseMs?: number
}

/** Milliseconds: a pause of the garbage collector or of a loaded machine is shorter, a buyer's patience is not. */
const LEASE_MS = 5000

/** Renewals in a lease: one or two may come late. */
const BEATS_PER_LEASE = 4

/** Milliseconds between two looks at an event that another process has, or at a database that it has locked; half of it is random. */
const POLL_MS = 50

/** Rows that one statement of `prune` deletes: a few milliseconds, for which nobody else can write. */
const PRUNE_ROWS = 500

/**
 * A ledger in a SQLite file, for the processes of one machine. An asynchronous hook cannot hold a transaction of a synchronous
 * connection, so this ledger leases: it remembers who is at an event, and records when the hook is done.
 *
 * **A crash in the hook, or between the hook and its record, means that the hook runs again.** Make it harmless to repeat.
 *
 * @param db of `better-sqlite3`, `libsql` or `node:sqlite`, in WAL mode; no transaction may be open on it across an `await`. A long
 * busy timeout of the driver's blocks the event loop: this ledger waits without one.
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function sqliteLedger (db: SqliteDatabase, settings: SqliteLedgerSettings = {}): StoredLedger<undefined> {
  assertMethods('db', db, 'prepare', 'exec')
  const { leaseMs: lease, ...rest } = settings
  const { table: name, waitMs, workMs } = readSettings(rest)
  const leaseMs = readMs('leaseMs', lease ?? Math.max(1, Math.min(LEASE_MS, Math.floor(waitMs / 2))))
  if (leaseMs >= waitMs) throw new InvalidOptionsError('leaseMs: expected less than waitMs, or nobody could take over')
  const table = createSqliteTable(db, name)
  const inLine = createLine()

  async function run<T> (key: string, work: Work<undefined, T>, deadline: Deadline, afterFailure: boolean): Promise<Ran<T>> {
    const holder = randomUUID()
    const claimed = await claim(key, holder, deadline)
    if (claimed.recorded) return { value: readResult(claimed.text), text: claimed.text, replayed: true }
    const beating = setInterval(() => renew(key, holder), leaseMs / BEATS_PER_LEASE)
    let hasThrown = false
    try {
      const tooLong = () => new HookFailedError({ cause: new Error(`the hook did not end within ${workMs} ms`) })
      const working = work(undefined, claimed.isTakenOver ? 'abandoned' : afterFailure || claimed.hasWaited)
      const value = await within(working.catch((error) => {
        hasThrown = true
        throw error
      }), monotonic() + workMs, tooLong)
      const text = writeResult(value)
      const isRecorded = await unlocked(monotonic() + waitMs, () => table.record(key, holder, text))
      if (!isRecorded) throw new BusyError({ cause: new Error('another process has taken the event over') })
      return { value, text, replayed: false }
    } finally {
      clearInterval(beating)
      // A run that did not throw, and is not recorded, may have done its work: its lease ends by itself, and whoever takes the event
      // over knows. Where this fails, likewise. What an earlier run may have done stays unknown, however this one ended.
      const release = claimed.isTakenOver ? table.abandon : table.release
      if (hasThrown) await unlocked(monotonic() + waitMs, () => release(key, holder)).catch(() => {})
    }
  }

  /**
   * Takes the key, or finds what is recorded. `hasWaited`: another process had it at first; `isTakenOver`: and has it no more, without
   * having released it. Whether a holder is alive is told by its renewals against a clock that never goes back.
   * @throws IAMPORT_BUSY
   */
  async function claim (key: string, holder: string, deadline: Deadline): Promise<Claim & { isTakenOver?: boolean }> {
    let hasWaited = false
    let heard: { holder: string, beat: number, at: number } | undefined
    for (;;) {
      const row = await unlocked(deadline, () => table.find(key))
      if (row?.recorded) return row
      if (row === undefined) {
        if (await unlocked(deadline, () => table.insert(key, holder, leaseMs))) return { recorded: false, hasWaited }
        hasWaited = true
        continue
      }
      hasWaited = true
      if (heard === undefined || heard.holder !== row.holder || heard.beat !== row.beat) heard = { ...row, at: monotonic() }
      const isOver = row.leaseMs === 0 || monotonic() - heard.at > row.leaseMs
      if (isOver && await unlocked(deadline, () => table.takeOver(key, holder, leaseMs, row))) {
        return { recorded: false, hasWaited, isTakenOver: true }
      }
      if (!await pause(pollMs(), deadline)) throw new BusyError()
    }
  }

  function renew (key: string, holder: string): void {
    try {
      table.renew(key, holder)
    } catch {
      // The next renewal may succeed; and `record` finds out whether the key is still ours.
    }
  }

  return {
    async once (key, work) {
      assertKey(key)
      const deadline = monotonic() + waitMs
      return inLine(key, deadline, (afterFailure) => run(key, work, deadline, afterFailure))
    },
    schema: () => table.ddl.map((statement) => `${statement};\n`).join(''),
    migrate: () => unlocked(monotonic() + waitMs, table.migrate),
    async prune ({ olderThan }) {
      assertDate(olderThan)
      let pruned = 0
      for (let deleted = PRUNE_ROWS; deleted === PRUNE_ROWS; pruned += deleted) {
        deleted = await unlocked(monotonic() + waitMs, () => table.prune(olderThan, PRUNE_ROWS))
        await new Promise(setImmediate) // the statements block: let others have their turn
      }
      return pruned
    },
  }
}

const pollMs = () => POLL_MS * (0.5 + Math.random() / 2)

/**
 * Runs statements, again for as long as another connection has the database locked.
 * @throws IAMPORT_UNAVAILABLE it is locked at the deadline, or it failed
 */
async function unlocked<T> (deadline: Deadline, statements: () => T): Promise<T> {
  for (;;) {
    try {
      return statements()
    } catch (cause) {
      if (!isLocked(cause) || !await pause(pollMs(), deadline)) throw new UnavailableError('the ledger failed', { cause })
    }
  }
}
