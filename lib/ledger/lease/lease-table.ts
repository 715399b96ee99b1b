import type { Claim } from '../claim.js'

/** An event that a run holds, and how long the holder may be silent, in milliseconds; 0: anybody may take it over. */
export interface Lease { recorded: false, holder: string, beat: number, leaseMs: number }

/** The row of an event: its result, or who holds it. */
export type LeaseRow = Extract<Claim, { recorded: true }> | Lease

type MaybePromise<T> = T | Promise<T>

/**
 * What a database has to do for {@link leaseLedger}. Each method is one atomic step, on one row. A `holder` is unique
 * to one run. No method needs a clock: the ledger sees from `beat`, which every renewal changes, whether a holder
 * lives.
 */
export interface LeaseTable {
  /** Reads the row of an event. It must be the current one: no replica that lags behind. */
  find (key: string): MaybePromise<LeaseRow | undefined>
  /** Creates the row with `beat` 0, if there is none. @returns whether it did */
  insert (key: string, holder: string, leaseMs: number): MaybePromise<boolean>
  /**
   * Replaces the holder, and sets `beat` to 0, if the row is not recorded and still has this holder and this beat.
   * @returns whether it did
   */
  takeOver (
    key: string, holder: string, leaseMs: number, from: Pick<Lease, 'holder' | 'beat'>
  ): MaybePromise<boolean>
  /** Adds 1 to `beat` and sets `leaseMs`, if the row is not recorded and has this holder. @returns whether it did */
  renew (key: string, holder: string, leaseMs: number): MaybePromise<boolean>
  /** Records the result, JSON or `null`, if the row is not recorded and has this holder. @returns whether it did */
  record (key: string, holder: string, text: string | null): MaybePromise<boolean>
  /** Deletes the row, if it is not recorded and has this holder. */
  release (key: string, holder: string): MaybePromise<unknown>
  /** Whether an error says that the database is locked for the moment: then the ledger repeats the step. */
  isLocked? (error: unknown): boolean
}
