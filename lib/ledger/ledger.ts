/** What `once` resolves to: `replayed` is true if an earlier run had succeeded and this is its recorded value. */
export interface Recorded<T> { value: T, replayed: boolean }

/**
 * Whether another run for the same key was in progress when the call came, and recorded nothing. `true`: it failed.
 * `'abandoned'`: what it did is unknown, as its process is gone, it took too long, or its record failed.
 */
export type AfterFailure = boolean | 'abandoned'

/** What `once` runs. */
export type Work<Tx, T> = (tx: Tx, afterFailure?: AfterFailure) => Promise<T>

/**
 * Remembers which events of a payment have been handled, so that a hook runs once.
 *
 * A value is kept as JSON: what JSON cannot hold makes `once` reject, and nothing is recorded.
 */
export interface Ledger<Tx = undefined> {
  /**
   * Runs `work` unless an earlier run for `key` has succeeded; then gives back what that one returned. Callers with
   * the same key, in any process, wait for the running one. When `work` throws, or its process dies, nothing is
   * recorded, and the error of `work` comes out as it is.
   *
   * @param key one event of one payment, at most 255 characters of ASCII
   * @param work receives the ledger's transaction, where it has one: what is written through it commits with the
   * record. With `afterFailure`, whatever the caller knew before may be outdated. A ledger may leave this argument
   * out (after a wait of more than 20 ms that counts as `true`), or give `true` without need
   * @throws IAMPORT_HOOK_FAILED the value is not JSON, or `work` took longer than the ledger allows
   * @throws IAMPORT_BUSY another process holds the key for longer than the ledger may wait
   * @throws IAMPORT_UNAVAILABLE the ledger's database is not there
   */
  once<T> (key: string, work: Work<Tx, T>): Promise<Recorded<T>>
  /**
   * Reads what is recorded for `key`: a copy, as JSON keeps it. Claims nothing, and does not wait for a run in
   * progress. `undefined`: nothing is recorded. A ledger may leave this method out.
   *
   * @throws IAMPORT_UNAVAILABLE the ledger's database is not there
   */
  find? (key: string): Promise<{ value: unknown } | undefined>
}
