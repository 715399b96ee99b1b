import { HookFailedError } from '../../errors.js'
import type { Claim } from '../claim.js'
import { hasCode } from '../database-error.js'
import { claimError, LedgerConflict, type Dialect, type Query } from './dialect.js'
import { flagOf, rowsOf, textOf } from './rows.js'

// SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
const LOCK_NOT_AVAILABLE = '55P03'
const QUERY_CANCELED = '57014' // by a statement_timeout of the application's that is shorter than waitMs
const SERIALIZATION_FAILURE = '40001'
const DEADLOCK_DETECTED = '40P01'
const IN_FAILED_SQL_TRANSACTION = '25P02'
const DIVISION_BY_ZERO = '22012'
/** No such prepared statement, or a second one of that name: a pooler has changed the connection under the client. */
export const NOT_PREPARED = ['26000', '42P05']
const CLAIM_ERRORS = {
  busy: [LOCK_NOT_AVAILABLE, QUERY_CANCELED],
  conflict: [SERIALIZATION_FAILURE, DEADLOCK_DETECTED, ...NOT_PREPARED],
}

/** Any number, the same in every process that migrates. */
const MIGRATION_LOCK = 724069122

/**
 * PostgreSQL 12 and later.
 *
 * @param queryLast like `query`, for a statement that only the commit follows
 * @param queryBefore makes a `query` of the statement that will follow the hook, for the one that comes before it
 */
export function postgresDialect<Tx> (
  name: string, query: Query<Tx>, queryLast = query, queryBefore = (_: string) => query
): Dialect<Tx> {
  const table = name.split('.').map((part) => `"${part}"`).join('.')
  const bareName = name.split('.').at(-1) ?? name
  const index = `"${bareName}_created_at"`
  const rows = async (...args: Parameters<Query<Tx>>) => rowsOf(await query(...args))

  const ddl = [
    `create table if not exists ${table} (
  event_key text primary key,
  result text,
  created_at timestamptz not null default now(),
  done_at timestamptz
)`,
    `create index if not exists ${index} on ${table} (created_at)`,
  ]

  /*
   * One statement, one round trip. The server first computes the values, and thereby sets the limits; then it inserts
   * the row, which is what may wait; then it restores the application's own lock_timeout for the hook. All of it ends
   * with the transaction. (An array, because the server takes as long to plan an operator or a CTE here as the
   * insert.)
   *
   * The row excludes others, but does not tell whether we had to wait for it. The advisory lock does: every claim of
   * a key takes it first, so a claim that does not get it at once has come while another transaction held the key.
   * Two keys of the same hash wait for each other, and that is all. The schema is not part of it: a table may be
   * named with it and without.
   */
  const lock = (param: string) => `hashtextextended(${param}, hashtext('${bareName}'))`
  // Columns of one word: an ORM may change `has_waited` into `hasWaited`. Numbers: a client that leaves values as text
  // has 'f' for false.
  const insert = `insert into ${table} (event_key) values ((array[$1,
  set_config('fastify_iamport.lock_timeout', current_setting('lock_timeout'), true),
  set_config('lock_timeout', $2, true),
  set_config('idle_in_transaction_session_timeout', $3, true),
  case when pg_try_advisory_xact_lock(${lock('$4')}) then null
    else set_config('fastify_iamport.has_waited', concat('true', pg_advisory_xact_lock(${lock('$5')})), true) end])[1])
on conflict do nothing
returning set_config('lock_timeout', current_setting('fastify_iamport.lock_timeout'), true) as claimed,
  (coalesce(current_setting('fastify_iamport.has_waited', true), '') = 'true')::int as waited`
  const select = `select result, (done_at is not null)::int as done from ${table} where event_key = $1`
  // Not what another server has recorded since, where the hook ended our transaction itself.
  const update =
    `update ${table} set result = $1, done_at = now() where event_key = $2 and done_at is null returning 1 as recorded`
  // Where the commit stands in the same message, the statement has to fail if it has recorded nothing.
  const record = queryLast === query
    ? update
    : `with recorded as (${update}) select 1 / count(*)::int as recorded from recorded`
  const queryFirst = queryBefore(record)
  const find = `select result from ${table} where event_key = $1 and done_at is not null`
  /*
   * To create the index locks the table first, even where the index is there: it would wait for every hook in progress,
   * on any server, and every new event would wait for it.
   */
  const hasIndex = `select 1 as found from pg_index join pg_class on pg_class.oid = indexrelid
where indrelid = to_regclass('${table}') and relname = '${bareName}_created_at'`
  const prune = `with pruned as (
  delete from ${table} where event_key in (
    select event_key from ${table} where created_at < $1::timestamptz order by created_at limit $2::int
  ) returning 1
) select count(*)::int as count from pruned`

  async function claim (tx: Tx, key: string, waitMs: number, workMs: number): Promise<Claim> {
    const [inserted] = rowsOf(await queryFirst(tx, insert, [key, String(waitMs), String(workMs), key, key]))
    if (inserted) return { recorded: false, hasWaited: flagOf(inserted, 'waited') }
    const [found] = await rows(tx, select, [key])
    if (found === undefined) throw new LedgerConflict('the record was pruned just now')
    if (flagOf(found, 'done')) return { recorded: true, text: textOf(found, 'result') }
    // A hook had committed our transaction itself, and failed then.
    await query(tx, `delete from ${table} where event_key = $1 and done_at is null`, [key])
    return claim(tx, key, waitMs, workMs)
  }

  return {
    ddl,
    claim: (...args) => claim(...args).catch((error) => { throw claimError(error, CLAIM_ERRORS) }),
    async record (tx, key, text) {
      const [recorded] = rowsOf(await queryLast(tx, record, [text, key]).catch((cause) => {
        throw hasCode(cause, [IN_FAILED_SQL_TRANSACTION, DIVISION_BY_ZERO]) ? new HookFailedError({ cause }) : cause
      }))
      if (recorded === undefined) {
        throw new HookFailedError({ cause: new Error('the hook ended its transaction itself') })
      }
    },
    async find (tx, key) {
      const [found] = rowsOf(await queryLast(tx, find, [key]))
      return found && { text: textOf(found, 'result') }
    },
    async migrate (tx) {
      // Two processes that create the same table at once would both find none.
      await rows(tx, `select 1 as locked from pg_advisory_xact_lock(${MIGRATION_LOCK})`, [])
      if ((await rows(tx, hasIndex, [])).length > 0) return
      for (const statement of ddl) await query(tx, statement, [])
    },
    echo: 'select $1::text as first, $2::text as second',
    async forget (tx, key) {
      return (await rows(tx, `delete from ${table} where event_key = $1 returning 1 as found`, [key])).length > 0
    },
    async prune (tx, olderThan, limit) {
      const [pruned] = await rows(tx, prune, [olderThan.toISOString(), String(limit)])
      return Number(pruned?.count)
    },
  }
}
