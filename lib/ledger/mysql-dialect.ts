import { HookFailedError } from '../errors.js'
import { asText } from './result.js'
import { claimError, rowsOf, type Dialect, type Query } from './sql-dialect.js'

// Error numbers: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-codes/
const LOCK_WAIT_TIMEOUT = 1205
const LOCK_DEADLOCK = 1213
const CHECKREAD = 1020 // MariaDB: the row has changed since the transaction's snapshot
const CLAIM_ERRORS = { busy: [LOCK_WAIT_TIMEOUT], conflict: [LOCK_DEADLOCK, CHECKREAD] }

/** MySQL 8 and MariaDB 10.3, and later, InnoDB. */
export function mysqlDialect<Tx> (name: string, query: Query<Tx>): Dialect<Tx> {
  const table = name.split('.').map((part) => `\`${part}\``).join('.')
  const rows = async (tx: Tx, sql: string, ...params: (string | null)[]) => rowsOf(await query(tx, sql, params))
  const seconds = (ms: number) => Math.ceil(ms / 1000)

  // Bytes, so that no collation takes two keys for one. Times in UTC.
  const create = `create table if not exists ${table} (
  event_key varbinary(255) not null primary key,
  result longtext character set utf8mb4,
  created_at datetime(3) not null,
  done_at datetime(3),
  key created_at (created_at)
) engine = InnoDB`

  // The update changes nothing, but takes the row's exclusive lock: an `insert ignore` takes a shared one, on which waiters deadlock.
  const insert = `insert into ${table} (event_key, created_at) values (?, utc_timestamp(3)) on duplicate key update event_key = values(event_key)`
  const select = `select result, done_at is not null as done from ${table} where event_key = ? for update`
  const update = `update ${table} set result = ?, done_at = utc_timestamp(3) where event_key = ?`
  const verify = `select 1 as recorded from ${table} where event_key = ? and done_at is not null`

  async function claim (tx: Tx, key: string, waitMs: number, workMs: number) {
    // These limits are the session's, and whole seconds: no other exist.
    await query(tx, `set @fastify_iamport_lock_wait = @@session.innodb_lock_wait_timeout, @fastify_iamport_idle = @@session.wait_timeout,
  session innodb_lock_wait_timeout = ${seconds(waitMs)}, session wait_timeout = ${seconds(workMs)}`, [])
    await query(tx, insert, [key])
    const [found] = await rows(tx, select, key)
    if (found?.done) return { recorded: true as const, text: asText(found.result) }
    // The row is ours: inserted now, or left by a hook that committed our transaction itself, and failed then.
    await query(tx, 'set session innodb_lock_wait_timeout = @fastify_iamport_lock_wait', [])
    return { recorded: false as const, hasWaited: false }
  }

  return {
    ddl: [create],
    claim: (...args) => claim(...args).catch((error) => { throw claimError(error, CLAIM_ERRORS) }),
    async record (tx, key, text) {
      await query(tx, update, [text, key])
      // A deadlock in a statement of the hook's rolls everything back, our row too, and the hook may have swallowed it.
      const [recorded] = await rows(tx, verify, key)
      if (recorded === undefined) throw new HookFailedError({ cause: new Error('the transaction of the hook was rolled back under it') })
    },
    async restore (tx) {
      await query(tx, 'set session innodb_lock_wait_timeout = @fastify_iamport_lock_wait, session wait_timeout = @fastify_iamport_idle', [])
    },
    async migrate (tx) {
      await query(tx, create, [])
    },
    async prune (tx, olderThan, limit) {
      const until = olderThan.toISOString().replace('T', ' ').replace('Z', '')
      await query(tx, `delete from ${table} where created_at < ? order by created_at limit ${limit}`, [until])
      const [pruned] = await rows(tx, 'select row_count() as count')
      return Number(pruned?.count)
    },
  }
}
