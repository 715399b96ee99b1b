import { UnavailableError } from '../errors.js'

export type Codes = readonly (string | number)[]

/**
 * Where drivers and ORMs keep the error that they wrap: Drizzle and Prisma 7, Sequelize, TypeORM, Prisma 6 and 7,
 * `AggregateError`.
 */
const WRAPPED = [
  'cause', 'parent', 'original', 'originalError', 'driverError', 'meta', 'driverAdapterError', 'errors',
] as const

/** Where they keep its SQLSTATE or number. */
const CODES = ['code', 'errno', 'originalCode', 'sqlState'] as const

/** Whether an error, or one that it wraps, has one of these codes of the database: SQLSTATE or number. */
export function hasCode (error: unknown, codes: Codes): boolean {
  const wanted = new Set(codes.map(String))
  const seen = new Set<unknown>() // the loop also visits what is added meanwhile
  seen.add(error)
  for (const one of seen) {
    if (typeof one !== 'object' || one === null) continue
    if (CODES.some((name) => wanted.has(String(Reflect.get(one, name))))) return true
    for (const name of WRAPPED) {
      const wrapped: unknown = Reflect.get(one, name)
      for (const each of Array.isArray(wrapped) ? wrapped : [wrapped]) seen.add(each)
    }
  }
  return false
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html,
// https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
const UNDEFINED_TABLE = ['42P01', 1146]

/** Whether an error, or one that it wraps, says that there is no table. */
export function isTableMissing (error: unknown): boolean {
  return isOfSqlite(error) || hasCode(error, UNDEFINED_TABLE)
}

/** SQLite has no code of its own for this. */
const isOfSqlite = (error: unknown): boolean =>
  error instanceof Error && (/no such table/.test(error.message) || isOfSqlite(error.cause))

/** An error of the ledger's database or its driver, for a notification that can be redelivered. */
export function ledgerUnavailable (cause: unknown): UnavailableError {
  return new UnavailableError(
    isTableMissing(cause) ? 'the ledger has no table: run ledger.migrate()' : 'the ledger failed', { cause })
}
