import { MAX_TIMER_MS } from '../concurrency/deadline.js'
import { InvalidOptionsError } from '../errors.js'

/** How long a ledger waits. */
export interface LedgerTimes {
  /**
   * How long `once` waits for a connection and for another run of the same event, in milliseconds; then IAMPORT_BUSY.
   * @default 10000
   */
  waitMs?: number | undefined
  /**
   * How long a hook may take, in milliseconds; then nothing is recorded and others may run it: IAMPORT_HOOK_FAILED.
   * @default 60000
   */
  workMs?: number | undefined
}

/** The options of every ledger with a table. */
export interface LedgerSettings extends LedgerTimes {
  /**
   * An identifier of at most 52 characters, with its schema or database if you want: `billing.payment_events`.
   * @default 'fastify_iamport_ledger'
   */
  table?: string | undefined
}

/** The options of a ledger whose transactions take connections from a pool. */
export interface PooledLedgerSettings extends LedgerSettings {
  /**
   * Connections in the pool. All ledgers on it together use all but one of them, so that a hook that queries the pool
   * instead of `tx` finds one; a pool of one serves the ledgers alone. @default what the pool says, where it is one of
   * `pg` or `mysql2`; no limit otherwise
   */
  poolSize?: number | undefined
}

/** Milliseconds: shorter than a notification's budget of 12 s, so that the answer says what it waited for. */
const WAIT_MS = 10_000

/** Milliseconds: no buyer waits for a minute, and no outage of a mail server may hold a payment for longer. */
const WORK_MS = 60_000

/** 52 characters leave room for the name of the index in the 63 of PostgreSQL. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,51}$/

/** @throws IAMPORT_INVALID_OPTIONS also for an unknown option */
export function readSettings (
  { table = 'fastify_iamport_ledger', ...times }: LedgerSettings
): Required<LedgerSettings> {
  const parts = typeof table === 'string' ? table.split('.') : []
  if (parts.length < 1 || parts.length > 2 || !parts.every((part) => IDENTIFIER.test(part))) {
    throw new InvalidOptionsError('table: expected an identifier, at most with its schema')
  }
  return { table, ...readTimes(times) }
}

/** @throws IAMPORT_INVALID_OPTIONS also for an unknown option */
export function readTimes ({ waitMs = WAIT_MS, workMs = WORK_MS, ...unknown }: LedgerTimes): Required<LedgerTimes> {
  assertNoOthers(unknown)
  return { waitMs: readMs('waitMs', waitMs), workMs: readMs('workMs', workMs) }
}

/** @param unknown the options that are left over @throws IAMPORT_INVALID_OPTIONS there are some */
export function assertNoOthers (unknown: object): void {
  const [name] = Object.keys(unknown)
  if (name !== undefined) throw new InvalidOptionsError(`${name}: the ledger has no such option`)
}

/** @throws IAMPORT_INVALID_OPTIONS */
export function readMs (name: string, value: unknown): number {
  if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > MAX_TIMER_MS) {
    throw new InvalidOptionsError(`${name}: expected a whole number of milliseconds, at least 1`)
  }
  return Number(value)
}

/** @throws IAMPORT_INVALID_OPTIONS */
export function assertMethods (what: string, object: unknown, ...methods: string[]): void {
  for (const method of methods) {
    const isThere = typeof object === 'object' && object !== null && method in object
    if (!isThere || typeof Reflect.get(object, method) !== 'function') {
      throw new InvalidOptionsError(`${what}: expected an object with ${method}()`)
    }
  }
}

/** @throws IAMPORT_INVALID_OPTIONS */
export function assertDate (olderThan: unknown): void {
  if (!(olderThan instanceof Date) || Number.isNaN(olderThan.getTime())) {
    throw new InvalidOptionsError('olderThan: expected a valid Date')
  }
}
