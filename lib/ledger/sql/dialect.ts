import { BusyError } from '../../errors.js'

/**
 * Runs one statement in a transaction and resolves to its rows, and to nothing else. The placeholders, `$1` or `?`, stand in the
 * order of `params`, each once. `isLast` may be ignored: nothing follows this statement, so that it may be sent together with the
 * commit (PostgreSQL), or on the same connection after the end, whichever end that is (MySQL).
 */
export type Query<Tx> = (tx: Tx, sql: string, params: (string | null)[], isLast?: boolean) => Promise<unknown>

/** How one kind of database does what the ledger needs. An error of the database's comes out as it is. */
export interface Dialect<Tx> {
  /** The statements that create the table. */
  readonly ddl: readonly string[]
  /**
   * Takes the key: waits while another transaction holds it, at most `waitMs`. From then on the database ends this transaction by
   * itself when nothing is heard from us for `workMs`: a process may lose its power.
   * @throws Conflict
   * @throws IAMPORT_BUSY
   */
  claim (tx: Tx, key: string, waitMs: number, workMs: number): Promise<Claim>
  /** @throws IAMPORT_HOOK_FAILED the transaction is no more: the hook ended it, or swallowed the error of a statement */
  record (tx: Tx, key: string, text: string | null): Promise<void>
  /** Takes back what `claim` did to the connection, where that outlives the transaction. `hasFailed`: it is to be rolled back. */
  restore? (tx: Tx, hasFailed: boolean): Promise<void>
  migrate (tx: Tx): Promise<void>
  /** A statement that gives back its two parameters, text, as `first` and `second`. */
  readonly echo: string
  /** Deletes the row of a key, and says whether there was one. */
  forget (tx: Tx, key: string): Promise<boolean>
  /** Deletes at most so many rows, and says how many it found. */
  prune (tx: Tx, olderThan: Date, rows: number): Promise<number>
}

/** Whether an earlier run is recorded, and what it returned, as JSON. `hasWaited`: another run had the key, and did not record. */
export type Claim = { recorded: false, hasWaited: boolean } | { recorded: true, text: string | null }

/** The transaction lost to another one before the work began: it may be tried again. */
export class Conflict extends Error {}

type Codes = readonly (string | number)[]

/** What an error of `claim` means to its caller. */
export function claimError (error: unknown, codes: { busy: Codes, conflict: Codes }): unknown {
  if (saysCode(error, codes.busy)) return new BusyError({ cause: error })
  return saysCode(error, codes.conflict) ? new Conflict('', { cause: error }) : error
}

/** Where drivers and ORMs put the error that they wrap: Drizzle and Prisma 7, Sequelize, TypeORM, Prisma 6 and 7, `AggregateError`. */
const INSIDE = ['cause', 'parent', 'original', 'originalError', 'driverError', 'meta', 'driverAdapterError', 'errors'] as const

/** Where they put its SQLSTATE or number. */
const CODES = ['code', 'errno', 'originalCode', 'sqlState'] as const

/** Whether the database said one of these, SQLSTATE or number: in the error, or in what a driver or an ORM has wrapped around it. */
export function saysCode (error: unknown, codes: Codes): boolean {
  const wanted = new Set(codes.map(String))
  const seen = new Set<unknown>() // what is added while it is walked is walked as well
  seen.add(error)
  for (const one of seen) {
    if (typeof one !== 'object' || one === null) continue
    if (CODES.some((name) => wanted.has(String(Reflect.get(one, name))))) return true
    for (const name of INSIDE) {
      const inside: unknown = Reflect.get(one, name)
      for (const each of Array.isArray(inside) ? inside : [inside]) seen.add(each)
    }
  }
  return false
}
