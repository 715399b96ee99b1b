import { BusyError, HookFailedError } from '../../errors.js'
import type { Claim } from '../claim.js'
import { claimError, type Dialect, type Query } from './dialect.js'
import { flagOf, rowsOf, textOf } from './rows.js'

// Error numbers: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html,
// https://mariadb.com/kb/en/mariadb-error-codes/
const LOCK_WAIT_TIMEOUT = 1205
const LOCK_DEADLOCK = 1213
const CHECKREAD = 1020 // MariaDB: the row has changed since the transaction's snapshot
const USER_LOCK_DEADLOCK = 3058 // MySQL: a get_lock would close a circle of waiters
const CLAIM_ERRORS = { busy: [LOCK_WAIT_TIMEOUT], conflict: [LOCK_DEADLOCK, CHECKREAD, USER_LOCK_DEADLOCK] }

/** Undoes what `claim` did to the session. The lock first: if that fails, `wait_timeout` still ends the session. */
const RESTORE = `set @fastify_iamport_released = release_lock(@fastify_iamport_lock),
  session innodb_lock_wait_timeout = @fastify_iamport_lock_wait, session wait_timeout = @fastify_iamport_idle`
/**
 * A deadlock rolls the whole transaction back: what a hook that swallows it still writes must not commit by itself.
 * Only where the session is restored after the end, as to turn autocommit on again commits.
 */
const NO_AUTOCOMMIT = ', @fastify_iamport_autocommit = @@session.autocommit, session autocommit = 0'
const RESTORE_AUTOCOMMIT = `, session autocommit = coalesce(@fastify_iamport_autocommit, @@session.autocommit),
  @fastify_iamport_autocommit = null`

/**
 * MySQL 8 and MariaDB 10.3, and later, InnoDB.
 *
 * @param queryAfterEnd like `query`, for a statement that may also run on the same connection after the transaction,
 * however that ends; its rows are not used
 */
export function mysqlDialect<Tx> (name: string, query: Query<Tx>, queryAfterEnd = query): Dialect<Tx> {
  const table = name.split('.').map((part) => `\`${part}\``).join('.')
  const rows = async (tx: Tx, sql: string, ...params: (string | null)[]) => rowsOf(await query(tx, sql, params))
  const seconds = (ms: number) => Math.ceil(ms / 1000)
  const isRestoredAfterEnd = queryAfterEnd !== query
  const restore = isRestoredAfterEnd ? RESTORE + RESTORE_AUTOCOMMIT : RESTORE
  const begin = 'set session innodb_lock_wait_timeout = @fastify_iamport_lock_wait' +
    (isRestoredAfterEnd ? NO_AUTOCOMMIT : '')

  // Bytes, so that no collation takes two keys for one. Times in UTC.
  const create = `create table if not exists ${table} (
  event_key varbinary(255) not null primary key,
  result longtext character set utf8mb4,
  created_at datetime(3) not null,
  done_at datetime(3),
  key created_at (created_at)
) engine = InnoDB`

  // The update changes nothing, but takes the row's exclusive lock: an `insert ignore` takes a shared one, on which
  // waiters deadlock.
  const insert = `insert into ${table} (event_key, created_at) values (?, utc_timestamp(3))
on duplicate key update event_key = values(event_key)`
  const select = `select result, done_at is not null as done from ${table} where event_key = ? for update`
  const update = `update ${table} set result = ?, done_at = utc_timestamp(3) where event_key = ?`
  const find = `select result from ${table} where event_key = ? and done_at is not null`
  const verify = `select 1 as recorded from ${table} where event_key = ? and done_at is not null`
  // Reads first, as that locks nothing, and then deletes row by row: a `delete` by time locks whatever it reads on its
  // way, so it would wait for a hook in progress, and other events would wait for it.
  const old = `select hex(event_key) as event from ${table} where created_at < ? order by created_at limit `
  const forgetOld = `delete from ${table} where event_key = unhex(?) and created_at < ?`

  /*
   * A transaction that waits for a row which is then rolled back is left with a lock on the gap where the row was, for
   * as long as its own hook takes, and no other event can be inserted there: in a young table, none at all. So waiters
   * wait for a named lock, and only its holder inserts. The row is what makes the event exclusive; the named lock only
   * has to keep waiters off the row. Names belong to the server, not to the database, and have at most 64 characters.
   */
  const database = name.includes('.') ? '' : 'database(), '
  const lockName = `left(concat('fastify_iamport_', sha2(concat_ws('.', ${database}'${name}', ?), 256)), 64)`

  /** @returns whether another session had it */
  async function lock (tx: Tx, waitMs: number): Promise<boolean> {
    for (const [hasWaited, sec] of [[false, 0], [true, seconds(waitMs)]] as const) {
      const [got] = await rows(tx, `select coalesce(get_lock(@fastify_iamport_lock, ${sec}), 0) as locked`)
      if (flagOf(got, 'locked')) return hasWaited
    }
    throw new BusyError()
  }

  async function claim (tx: Tx, key: string, waitMs: number, workMs: number): Promise<Claim> {
    // MySQL has these limits for the session only, in whole seconds. Where a hook ended its transaction itself, or an
    // ORM did after a deadlock, the connection may have come back to the pool with the lock of another event.
    await query(tx, `set @fastify_iamport_released = release_lock(coalesce(@fastify_iamport_lock, 'fastify_iamport')),
  @fastify_iamport_lock = ${lockName},
  @fastify_iamport_lock_wait = @@session.innodb_lock_wait_timeout, @fastify_iamport_idle = @@session.wait_timeout,
  session innodb_lock_wait_timeout = ${seconds(waitMs)}, session wait_timeout = ${seconds(workMs)}`, [key])
    const hasWaited = await lock(tx, waitMs)
    await query(tx, insert, [key])
    const [found] = await rows(tx, select, key)
    if (flagOf(found, 'done')) return { recorded: true, text: textOf(found, 'result') }
    // The row is ours: inserted now, or left by a hook that committed our transaction itself, and failed then.
    await query(tx, begin, [])
    return { recorded: false, hasWaited }
  }

  return {
    ddl: [create],
    claim: (...args) => claim(...args).catch((error) => { throw claimError(error, CLAIM_ERRORS) }),
    async record (tx, key, text) {
      await query(tx, update, [text, key])
      // A deadlock in a statement of the hook rolls everything back, our row too, and the hook may have swallowed it.
      const [recorded] = await rows(tx, verify, key)
      if (recorded === undefined) {
        throw new HookFailedError({ cause: new Error('the database rolled the transaction of the hook back') })
      }
    },
    async find (tx, key) {
      const [found] = await rows(tx, find, key)
      return found && { text: textOf(found, 'result') }
    },
    /*
     * The lock belongs to the session and outlives the transaction: best is to release it after the end. With an ORM,
     * this is our last statement on the connection. A waiter that gets the lock before the end must not meet a row that
     * is then rolled back. So a failed run is rolled back here, and what may follow is still in a transaction: `chain`.
     * A run that is recorded keeps its row: a waiter waits for its commit, and replays it.
     */
    async restore (tx, hasFailed) {
      if (hasFailed) await query(tx, 'rollback and chain', []).catch(() => {})
      await queryAfterEnd(tx, restore, [])
    },
    async migrate (tx) {
      await query(tx, create, [])
    },
    echo: 'select ? as first, ? as second',
    async forget (tx, key) {
      const found = await rows(tx, `select 1 as found from ${table} where event_key = ?`, key)
      if (found.length > 0) await query(tx, `delete from ${table} where event_key = ?`, [key])
      return found.length > 0
    },
    async prune (tx, olderThan, limit) {
      const until = olderThan.toISOString().replace('T', ' ').replace('Z', '')
      const events = await rows(tx, old + String(limit), until)
      for (const event of events) await query(tx, forgetOld, [textOf(event, 'event'), until])
      return events.length
    },
  }
}
