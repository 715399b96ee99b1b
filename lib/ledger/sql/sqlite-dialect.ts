import { HookFailedError } from '../../errors.js'
import type { Claim } from '../claim.js'
import { hasCode } from '../database-error.js'
import { isLocked } from '../lease/sqlite-table.js'
import { LedgerConflict, type Dialect, type Query } from './dialect.js'
import { flagOf, rowsOf, textOf } from './rows.js'

/** As drivers name it; for an error that an ORM has wrapped. */
const LOCKED = ['SQLITE_BUSY', 'SQLITE_BUSY_RECOVERY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED']

/**
 * SQLite 3.35 and later, in WAL mode, for clients whose transactions can wait for a hook. One transaction writes at a
 * time, whatever its event: the first statement of `claim` takes the lock on the file that the others wait for.
 */
export function sqliteDialect<Tx> (name: string, query: Query<Tx>): Dialect<Tx> {
  const table = name.split('.').map((part) => `"${part}"`).join('.')
  // An index is named with its table's schema, but on the table without it.
  const index = table.replace(/"$/, '_created_at"')
  const rows = async (tx: Tx, sql: string, ...params: (string | null)[]) => rowsOf(await write(tx, sql, params))

  /** Where another process has the file locked, the first statement that writes says so, before anything is changed. */
  const write: Query<Tx> = (tx, sql, params) => query(tx, sql, params).catch((error) => {
    throw isLocked(error) || hasCode(error, LOCKED) ? new LedgerConflict('', { cause: error }) : error
  })
  const now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

  const ddl = [
    `create table if not exists ${table} (
  event_key text not null primary key,
  result text,
  created_at text not null,
  done_at text
)`,
    `create index if not exists ${index} on "${name.split('.').at(-1)}" (created_at)`,
  ]
  // It takes the lock where the row is there as well.
  const insert = `insert into ${table} (event_key, created_at) values (?, ${now}) on conflict do nothing`
  const select = `select result, done_at is not null as done from ${table} where event_key = ?`
  // Not what another server has recorded since, where the hook ended our transaction itself.
  const update =
    `update ${table} set result = ?, done_at = ${now} where event_key = ? and done_at is null returning 1 as recorded`
  const find = `select result from ${table} where event_key = ? and done_at is not null`

  async function claim (tx: Tx, key: string): Promise<Claim> {
    await write(tx, insert, [key])
    const [found] = await rows(tx, select, key)
    if (flagOf(found, 'done')) return { recorded: true, text: textOf(found, 'result') }
    // The row is ours: inserted now, or left by a hook that committed our transaction itself, and failed then. Whether
    // we waited for another process, the driver does not say: a run of this event may have failed there.
    return { recorded: false, hasWaited: true }
  }

  return {
    ddl,
    claim,
    async record (tx, key, text) {
      const [recorded] = rowsOf(await query(tx, update, [text, key])) // after the hook, nothing is tried again
      if (recorded === undefined) {
        throw new HookFailedError({ cause: new Error('the hook or the database rolled its transaction back') })
      }
    },
    async find (tx, key) {
      const [found] = await rows(tx, find, key)
      return found && { text: textOf(found, 'result') }
    },
    async migrate (tx) {
      for (const statement of ddl) await write(tx, statement, [])
    },
    echo: 'select ? as first, ? as second',
    async forget (tx, key) {
      return (await rows(tx, `delete from ${table} where event_key = ? returning 1 as found`, key)).length > 0
    },
    async prune (tx, olderThan, limit) {
      return (await rows(tx, `delete from ${table} where event_key in (
  select event_key from ${table} where created_at < ? order by created_at limit ${limit}
) returning 1 as pruned`, olderThan.toISOString())).length
    },
  }
}
