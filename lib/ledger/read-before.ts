import type { Deadline } from '../concurrency/deadline.js'
import { canFind, findBefore } from './find-before.js'
import type { Ledger } from './ledger.js'
import { onceBefore } from './once-before.js'

/** What is recorded for a key or, if nothing is, the result of inspecting while the key was held. */
type Read<T> = { recorded: { value: unknown }, inspected?: undefined } | { recorded?: undefined, inspected: T }

const nothing = async () => undefined

/** What is recorded for a key; without waiting for a run in progress, if the ledger can read. */
export async function readBefore<Tx> (
  ledger: Ledger<Tx>, key: string, deadline: Deadline
): Promise<{ value: unknown } | undefined> {
  if (canFind(ledger)) return findBefore(ledger, key, deadline)
  return (await claimToRead(ledger, key, deadline, nothing)).recorded
}

/** Like `readBefore`; waits for a run in progress, and then inspects while it holds the key. Records nothing. */
export async function readOrClaim<Tx, T> (
  ledger: Ledger<Tx>, key: string, deadline: Deadline, inspect: (tx: Tx) => Promise<T>
): Promise<Read<T>> {
  const recorded = canFind(ledger) ? await findBefore(ledger, key, deadline) : undefined
  return recorded ? { recorded } : claimToRead(ledger, key, deadline, inspect)
}

/** Claims a key, and releases it without recording anything. */
async function claimToRead<Tx, T> (
  ledger: Ledger<Tx>, key: string, deadline: Deadline, inspect: (tx: Tx) => Promise<T>
): Promise<Read<T>> {
  const unrecorded = new Error('not recorded')
  let inspected: { inspected: T } | undefined
  try {
    const { value } = await onceBefore<Tx, unknown>(ledger, key, deadline, async (tx) => {
      inspected = { inspected: await inspect(tx) }
      throw unrecorded
    })
    return { recorded: { value } }
  } catch (error) {
    if (error !== unrecorded || inspected === undefined) throw error
    return inspected
  }
}
