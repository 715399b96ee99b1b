import { InvalidOptionsError } from '../../errors.js'
import { hasProperties, readPath } from '../read-path.js'
import type { PooledLedgerSettings } from '../settings.js'
import type { Query } from '../sql/dialect.js'
import { sqlLedger } from '../sql/sql-ledger.js'
import type { StoredLedger } from '../stored-ledger.js'

/** The databases of the ledgers on ORMs. `mysql`: MariaDB too. */
export type OrmDialect = 'postgres' | 'mysql' | 'sqlite'

/** The second argument of every ledger on an ORM. */
export interface OrmLedgerSettings extends PooledLedgerSettings {
  /** `mysql`: MariaDB too. @default what the ORM says */
  dialect?: OrmDialect | undefined
}

/** What an adapter knows of its ORM. */
interface OrmParts<Tx> {
  /** What its argument is called. */
  name: string
  /** What the ORM calls its database. */
  database: unknown
  /** The ledger's dialects, by what the ORM calls them. */
  dialects: Record<string, OrmDialect>
  /** Why the ORM cannot be used on a database, by what the ORM calls it. */
  refused?: Record<string, string>
  /** The object that stands for the pool under it, if there is one to be found. */
  pool?: unknown
  /** How many connections the pool has, if it does not say so as a pool of `pg` or `mysql2` does. */
  poolSize?: unknown
  transaction (run: (tx: Tx) => Promise<void>): Promise<unknown>
  createQuery (dialect: OrmDialect): Query<Tx>
}

/** A `sqlLedger` on an ORM's transactions. @throws IAMPORT_INVALID_OPTIONS */
export function createOrmLedger<Tx> (
  { name, database, dialects, refused = {}, pool, poolSize, transaction, createQuery }: OrmParts<Tx>,
  { dialect: given, poolSize: givenSize, ...settings }: OrmLedgerSettings
): StoredLedger<Tx> {
  const said = String(database)
  if (refused[said] !== undefined) throw new InvalidOptionsError(`${name}: ${refused[said]}`)
  const dialect = given ?? dialects[said]
  const known = [...new Set(Object.values(dialects))]
  if (dialect === undefined) {
    throw new InvalidOptionsError(database === undefined
      ? `${name}: it does not say which database it is for; pass \`dialect\``
      : `${name}: there is no ledger for '${said}'; expected one of ${known.join(', ')}`)
  }
  if (!known.includes(dialect)) throw new InvalidOptionsError(`dialect: expected one of ${known.join(', ')}`)
  if (pool !== undefined && !hasProperties(pool)) throw new InvalidOptionsError('pool: expected an object')
  return sqlLedger<Tx>({
    ...settings,
    dialect,
    ...pool && { pool },
    poolSize: givenSize ?? (dialect === 'sqlite' ? SQLITE_WRITERS : isCount(poolSize) ? poolSize : undefined),
    transaction,
    query: createQuery(dialect),
  })
}

/** A second one would wait in a synchronous driver, which blocks the event loop, and with it the first. */
const SQLITE_WRITERS = 1

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 1

/**
 * @param make how its users get one, for the message
 * @throws IAMPORT_INVALID_OPTIONS the argument is something else
 */
export function assertOrm (name: string, object: unknown, make: string, ...methods: string[][]): void {
  if (methods.every((path) => typeof readPath(object, ...path) === 'function')) return
  throw new InvalidOptionsError(`${name}: expected ${make}`)
}
