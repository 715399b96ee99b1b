import type { Ledger } from './ledger.js'

/**
 * A ledger that keeps its records in a table. A row holds an event's key, the hook's result and two times; no card, no
 * buyer.
 */
export interface StoredLedger<Tx = undefined> extends Ledger<Tx> {
  find (key: string): Promise<{ value: unknown } | undefined>
  /** The statements that create the table, for your migrations. */
  schema (): string
  /**
   * Creates the table if there is none. Two processes may do so at once. A SQL ledger then tries its `transaction` and
   * `query` with an event of its own, and rolls that back.
   *
   * @throws IAMPORT_UNAVAILABLE
   * @throws IAMPORT_INVALID_OPTIONS `transaction` or `query` do not do what the ledger needs: the message says what
   */
  migrate (): Promise<void>
  /**
   * Reads the table, and of a SQL ledger tries `transaction` and `query` as `migrate` does. Creates nothing.
   *
   * @throws IAMPORT_UNAVAILABLE there is no table, or no database
   * @throws IAMPORT_INVALID_OPTIONS as `migrate`
   */
  check (): Promise<void>
  /**
   * Deletes records begun before `olderThan`, some at a time, and resolves to how many. A deleted event can run again:
   * keep what a webhook or a reconciliation can still bring, months rather than days.
   *
   * @throws IAMPORT_INVALID_OPTIONS no valid date
   * @throws IAMPORT_UNAVAILABLE what was deleted until then stays deleted
   */
  prune (options: { olderThan: Date }): Promise<number>
}
