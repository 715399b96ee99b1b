import { asText } from '../result.js'
import type { LeaseRow, LeaseTable } from './lease-table.js'

/** What is used of a database of `better-sqlite3`, `libsql` or `node:sqlite`. */
export interface SqliteDatabase {
  prepare (sql: string): SqliteStatement
  exec (sql: string): unknown
}

export interface SqliteStatement {
  get (...params: (string | number)[]): unknown
  run (...params: (string | number)[]): { changes: number | bigint }
}

export interface SqliteTable extends LeaseTable {
  ddl: string[]
  migrate (): void
  /** @returns how many rows it deleted */
  prune (olderThan: Date, rows: number): number
}

/** The ledger's statements on SQLite 3.35 or later. None is part of a transaction. Errors come out as they are. */
export function createSqliteTable (db: SqliteDatabase, name: string): SqliteTable {
  const table = name.split('.').map((part) => `"${part}"`).join('.')
  // An index is named with its table's schema, but on the table without it.
  const index = table.replace(/"$/, '_created_at"')
  const ddl = [
    `create table if not exists ${table} (
  event_key text not null primary key,
  holder text not null,
  beat integer not null,
  lease_ms integer not null,
  result text,
  created_at integer not null,
  done_at integer
)`,
    `create index if not exists ${index} on "${name.split('.').at(-1)}" (created_at)`,
  ]

  /** Prepared when first needed: the table may be created later than the ledger. */
  const prepared = new Map<string, SqliteStatement>()
  function prepare (sql: string): SqliteStatement {
    const statement = prepared.get(sql) ?? db.prepare(sql)
    prepared.set(sql, statement)
    return statement
  }
  const changes = (sql: string, ...params: (string | number)[]) => Number(prepare(sql).run(...params).changes)

  return {
    ddl,
    migrate: () => { for (const statement of ddl) db.exec(statement) },
    isLocked,

    find (key): LeaseRow | undefined {
      const row = prepare(`select holder, beat, lease_ms, result, done_at from ${table} where event_key = ?`).get(key)
      if (typeof row !== 'object' || row === null) return undefined
      const { holder, beat, lease_ms, result, done_at }: Record<string, unknown> = { ...row }
      if (done_at !== null) return { recorded: true, text: asText(result) }
      return { recorded: false, holder: String(holder), beat: Number(beat), leaseMs: Number(lease_ms) }
    },
    insert: (key, holder, leaseMs) => changes(
      `insert into ${table} (event_key, holder, beat, lease_ms, created_at) values (?, ?, 0, ?, ?)
on conflict do nothing`,
      key, holder, leaseMs, Date.now()) > 0,
    takeOver: (key, holder, leaseMs, from) => changes(
      `update ${table} set holder = ?, beat = 0, lease_ms = ?
where event_key = ? and holder = ? and beat = ? and done_at is null`,
      holder, leaseMs, key, from.holder, from.beat) > 0,
    renew: (key, holder, leaseMs) => changes(
      `update ${table} set beat = beat + 1, lease_ms = ? where event_key = ? and holder = ? and done_at is null`,
      leaseMs, key, holder) > 0,
    /** No JSON is the empty text, which stands for none. */
    record: (key, holder, text) => changes(
      `update ${table} set result = nullif(?, ''), done_at = ? where event_key = ? and holder = ? and done_at is null`,
      text ?? '', Date.now(), key, holder) > 0,
    release: (key, holder) => changes(
      `delete from ${table} where event_key = ? and holder = ? and done_at is null`, key, holder) > 0,
    /** A run in progress is kept; so is an abandoned one, which may have delivered. */
    prune: (olderThan, rows) => changes(
      `delete from ${table} where event_key in (
  select event_key from ${table} where created_at < ? and done_at is not null order by created_at limit ?
)`,
      olderThan.getTime(), rows),
  }
}

/**
 * Whether another connection has the database locked at the moment: SQLITE_BUSY (5) or SQLITE_LOCKED (6), as each
 * driver reports it.
 */
export function isLocked (error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const [code, errcode]: unknown[] = [Reflect.get(error, 'code'), Reflect.get(error, 'errcode')]
  if (typeof errcode === 'number') return (errcode & 0xff) === 5 || (errcode & 0xff) === 6
  return typeof code === 'string' && /^SQLITE_(BUSY|LOCKED)/.test(code)
}
