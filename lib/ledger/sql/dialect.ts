import { BusyError } from '../../errors.js'
import type { Claim } from '../claim.js'
import { hasCode, type Codes } from '../database-error.js'

/**
 * Runs one statement in a transaction and resolves to its rows, an array of objects. The placeholders, `$1` or `?`,
 * stand in the order of `params`, each once.
 */
export type Query<Tx> = (tx: Tx, sql: string, params: (string | null)[]) => Promise<unknown>

/**
 * How one kind of database does what the ledger needs. Errors of the database come out as they are, unless a method
 * says otherwise: its caller makes IAMPORT_UNAVAILABLE of them.
 */
export interface Dialect<Tx> {
  /** The statements that create the table. */
  readonly ddl: readonly string[]
  /**
   * Claims the key until the transaction ends: inserts its row, or finds a recorded one. Waits while another
   * transaction holds the key, at most `waitMs`. From then on the database has to end this transaction by itself when
   * it receives nothing for `workMs`, as a process may lose its power.
   *
   * @throws LedgerConflict nothing is claimed, and a new transaction may try again
   * @throws IAMPORT_BUSY another transaction held the key for `waitMs`
   */
  claim (tx: Tx, key: string, waitMs: number, workMs: number): Promise<Claim>
  /**
   * Records the result of a claimed key, as JSON, or `null`.
   *
   * @throws IAMPORT_HOOK_FAILED the claim is gone: the hook ended the transaction, or swallowed the error of a
   * statement
   */
  record (tx: Tx, key: string, text: string | null): Promise<void>
  /** Reads the recorded result of a key, without waiting for a claim. `undefined`: nothing is recorded. */
  find (tx: Tx, key: string): Promise<{ text: string | null } | undefined>
  /** Undoes what `claim` did to the connection, if that outlives the transaction. `hasFailed`: a rollback follows. */
  restore? (tx: Tx, hasFailed: boolean): Promise<void>
  /** Creates the table if there is none. */
  migrate (tx: Tx): Promise<void>
  /** A statement that returns its two parameters, text, as `first` and `second`. */
  readonly echo: string
  /** Deletes the row of a key. @returns whether there was one */
  forget (tx: Tx, key: string): Promise<boolean>
  /** Deletes at most so many rows. @returns how many it deleted */
  prune (tx: Tx, olderThan: Date, rows: number): Promise<number>
}

/** Makes a dialect for a table. The name is checked: one or two identifiers of ASCII letters, digits and `_`. */
export type CreateDialect<Tx> = (table: string, query: Query<Tx>) => Dialect<Tx>

/** The transaction lost to another one before the work began: the ledger tries again. */
export class LedgerConflict extends Error {}

/** What an error of `claim` means to its caller. */
export function claimError (error: unknown, codes: { busy: Codes, conflict: Codes }): unknown {
  if (hasCode(error, codes.busy)) return new BusyError({ cause: error })
  return hasCode(error, codes.conflict) ? new LedgerConflict('', { cause: error }) : error
}
