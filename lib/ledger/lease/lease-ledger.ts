import { randomUUID } from 'node:crypto'
import { monotonic, pause, within, type Deadline } from '../../concurrency/deadline.js'
import { BusyError, HookFailedError, InvalidOptionsError, UnavailableError } from '../../errors.js'
import type { Claim } from '../claim.js'
import { ledgerUnavailable } from '../database-error.js'
import type { Ledger, Work } from '../ledger.js'
import { assertKey, readResult, writeResult } from '../result.js'
import { assertMethods, readMs, readTimes, type LedgerTimes } from '../settings.js'
import { createOnce, type Ran } from '../once.js'
import type { LeaseTable } from './lease-table.js'

/** How long a ledger that leases waits. */
export interface LeaseTimes extends LedgerTimes {
  /**
   * How long the holder of an event may be silent before another process takes it over, in milliseconds; shorter than
   * `waitMs`. A hook that blocks the event loop for longer may run twice. @default 5000, or half of a shorter `waitMs`
   */
  leaseMs?: number | undefined
}

/** The argument of {@link leaseLedger}. */
export interface LeaseLedgerOptions extends LeaseTimes {
  table: LeaseTable
}

/** Milliseconds: a pause of the garbage collector or of a loaded machine is shorter, a buyer's patience is not. */
const LEASE_MS = 5000

/** Renewals in a lease: one or two may come late. */
const BEATS_PER_LEASE = 4

/**
 * Milliseconds between two looks at an event that another process holds, or at a locked database; half of it random.
 */
const POLL_MS = 50

/**
 * Milliseconds that reading the row of an event may take, at least, once it is known that another run holds the event:
 * a wait that ends meanwhile has ended because of that run, and not because the database is silent.
 */
const READ_MS = 1000

type LeaseClaim = Claim & { isTakenOver?: boolean }

/**
 * A ledger on a database whose transactions cannot wait for a hook, or that has none. It leases: it remembers who
 * holds an event, and records when the hook is done.
 *
 * **A crash in the hook, or between the hook and its record, means that the hook runs again.** Make it harmless to
 * repeat.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function leaseLedger ({ table, ...times }: LeaseLedgerOptions): Required<Ledger> {
  assertMethods('table', table, 'find', 'insert', 'takeOver', 'renew', 'record', 'release')
  const { waitMs, workMs, leaseMs } = readLeaseTimes(times)

  const ask = <T>(deadline: Deadline, step: () => T | Promise<T>) => untilUnlocked(table, deadline, step)

  async function run<T> (
    key: string, work: Work<undefined, T>, deadline: Deadline, afterFailure: boolean
  ): Promise<Ran<T>> {
    const holder = randomUUID()
    const claimed = await claim(key, holder, deadline)
    if (claimed.recorded) return { value: readResult(claimed.text), text: claimed.text, replayed: true }
    const beating = setInterval(() => renew(key, holder), leaseMs / BEATS_PER_LEASE)
    let hasThrown = false
    try {
      const tooLong = () => new HookFailedError({ cause: new Error(`the hook did not end within ${workMs} ms`) })
      // Async, so that a work which throws before it returns a promise counts as one that has thrown, too.
      const working = async () => work(undefined, claimed.isTakenOver ? 'abandoned' : afterFailure || claimed.hasWaited)
      const value = await within(working().catch((error) => {
        hasThrown = true
        throw error
      }), monotonic() + workMs, tooLong)
      const text = writeResult(value)
      const isRecorded = await ask(monotonic() + waitMs, () => table.record(key, holder, text))
      if (!isRecorded) throw new BusyError({ cause: new Error('another process has taken the event over') })
      return { value, text, replayed: false }
    } finally {
      clearInterval(beating)
      // A run that did not throw, and is not recorded, may have done its work: its lease ends by itself, and the run
      // that takes the event over gets 'abandoned'. If giving up fails, that happens too.
      if (hasThrown) await giveUp(key, holder, claimed).catch(() => {})
    }
  }

  /**
   * Gives the event up for others to claim at once. A row that was taken over is not deleted, as the next run has to
   * know as well that an earlier one was abandoned: a lease of 0 ms lets it take the row over.
   */
  async function giveUp (key: string, holder: string, { isTakenOver }: { isTakenOver?: boolean }): Promise<void> {
    await ask(monotonic() + waitMs, () => isTakenOver ? table.renew(key, holder, 0) : table.release(key, holder))
  }

  /**
   * Takes the key, or finds what is recorded. `hasWaited`: another process held the key at first. `isTakenOver`: that
   * process neither released it nor renewed its lease. Renewals are timed here, by a clock that never goes back.
   *
   * @throws IAMPORT_BUSY, IAMPORT_UNAVAILABLE
   */
  async function claim (key: string, holder: string, deadline: Deadline): Promise<LeaseClaim> {
    let hasWaited = false
    let heard: { holder: string, beat: number, at: number } | undefined
    for (;;) {
      const until = heard === undefined ? deadline : Math.max(deadline, monotonic() + READ_MS)
      const row = await ask(until, () => table.find(key))
      if (row?.recorded) return row
      if (hasWaited && monotonic() >= deadline) throw new BusyError()
      if (row === undefined) {
        if (await take(key, holder, {}, deadline, () => table.insert(key, holder, leaseMs))) {
          return { recorded: false, hasWaited }
        }
        hasWaited = true
        continue
      }
      hasWaited = true
      if (heard === undefined || heard.holder !== row.holder || heard.beat !== row.beat) {
        heard = { holder: row.holder, beat: row.beat, at: monotonic() }
      }
      const isOver = row.leaseMs === 0 || monotonic() - heard.at > row.leaseMs
      const takeOver = () => table.takeOver(key, holder, leaseMs, row)
      if (isOver && await take(key, holder, { isTakenOver: true }, deadline, takeOver)) {
        return { recorded: false, hasWaited, isTakenOver: true }
      }
      if (!await pause(pollMs(), deadline)) throw new BusyError()
    }
  }

  /** If the answer is lost, the row may be ours: others need not wait for a run that never begins. */
  async function take (
    key: string, holder: string, how: { isTakenOver?: boolean }, deadline: Deadline,
    step: () => boolean | Promise<boolean>
  ): Promise<boolean> {
    try {
      return await ask(deadline, step)
    } catch (error) {
      giveUp(key, holder, how).catch(() => {})
      throw error
    }
  }

  /** The next renewal may succeed if this one fails; and `record` finds out whether the key is still ours. */
  async function renew (key: string, holder: string): Promise<void> {
    try {
      await table.renew(key, holder, leaseMs)
    } catch {}
  }

  return {
    once: createOnce(waitMs, run),
    async find (key) {
      assertKey(key)
      const row = await ask(monotonic() + waitMs, () => table.find(key))
      return row?.recorded ? { value: readResult(row.text) } : undefined
    },
  }
}

/**
 * One step at the table, repeated while the database is locked.
 *
 * @throws IAMPORT_UNAVAILABLE it is locked or silent at the deadline, or the step failed
 */
export async function untilUnlocked<T> (
  table: Pick<LeaseTable, 'isLocked'>, deadline: Deadline, step: () => T | Promise<T>
): Promise<T> {
  for (;;) {
    try {
      return await within(Promise.resolve(step()), deadline, () => new UnavailableError('the ledger did not answer'))
    } catch (cause) {
      if (cause instanceof UnavailableError) throw cause
      if (!table.isLocked?.(cause) || !await pause(pollMs(), deadline)) throw ledgerUnavailable(cause)
    }
  }
}

const pollMs = () => POLL_MS * (0.5 + Math.random() / 2)

/** @throws IAMPORT_INVALID_OPTIONS */
function readLeaseTimes ({ leaseMs, ...times }: LeaseTimes): Required<LeaseTimes> {
  const { waitMs, workMs } = readTimes(times)
  const readLeaseMs = readMs('leaseMs', leaseMs ?? Math.max(1, Math.min(LEASE_MS, Math.floor(waitMs / 2))))
  if (readLeaseMs >= waitMs) {
    throw new InvalidOptionsError('leaseMs: expected less than waitMs, or no other process could take over')
  }
  return { waitMs, workMs, leaseMs: readLeaseMs }
}
