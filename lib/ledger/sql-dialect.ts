import { BusyError } from '../errors.js'

/**
 * Runs one statement in a transaction and resolves to its rows. The placeholders, `$1` or `?`, stand in the order of `params`, each
 * once. `isLast`: nothing follows it, so it may be sent together with the commit.
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
  /** Gives the connection its own settings back, where ours outlive the transaction. */
  restore? (tx: Tx): Promise<void>
  migrate (tx: Tx): Promise<void>
  /** Deletes at most so many rows, and says how many it found. */
  prune (tx: Tx, olderThan: Date, rows: number): Promise<number>
}

/** An earlier run's result, as JSON, where one is recorded; or whether another transaction had the key at first. */
export type Claim = { recorded: false, hasWaited: boolean } | { recorded: true, text: string | null }

/** The transaction lost to another one before the work began: it may be tried again. */
export class Conflict extends Error {}

type Codes = readonly (string | number)[]

/** What an error of `claim` means to its caller. */
export function claimError (error: unknown, codes: { busy: Codes, conflict: Codes }): unknown {
  if (saysCode(error, codes.busy)) return new BusyError({ cause: error })
  return saysCode(error, codes.conflict) ? new Conflict('', { cause: error }) : error
}

/** Whether the database said one of these, SQLSTATE or number: in the error, or in what a driver or an ORM has wrapped around it. */
export function saysCode (error: unknown, codes: Codes): boolean {
  for (let one = error, depth = 0; typeof one === 'object' && one !== null && depth < 5; depth++) {
    const { code, errno, meta, cause }: { code?: unknown, errno?: unknown, meta?: unknown, cause?: unknown } = one
    const said = [code, errno, typeof meta === 'object' && meta !== null && 'code' in meta ? meta.code : undefined]
    if (codes.some((each) => said.includes(each) || said.includes(String(each)))) return true
    one = cause
  }
  return false
}

/** @throws TypeError */
export function rowsOf (result: unknown): Record<string, unknown>[] {
  if (!Array.isArray(result)) throw new TypeError('query must resolve to the rows of its statement')
  return result
}
