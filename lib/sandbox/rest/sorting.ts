import type { SandboxPayment } from '../payment.js'
import type { Entry } from '../store.js'

/** When each status was reached, in UNIX seconds: what `from`, `to` and `sorting` go by. */
export const TIMES: ReadonlyMap<string, (payment: SandboxPayment) => number> = new Map([
  ['all', (payment) => payment.started_at],
  ['ready', (payment) => payment.started_at],
  ['paid', (payment) => payment.paid_at],
  ['cancelled', (payment) => payment.cancelled_at],
  ['failed', (payment) => payment.failed_at],
])

export const isStatus = (status: string): boolean => TIMES.has(status)

const KEYS: ReadonlyMap<string, (entry: Entry) => number> = new Map([
  ['started', ({ payment }) => payment.started_at],
  ['paid', ({ payment }) => payment.paid_at],
  ['updated', ({ updatedAt }) => updatedAt],
])

/**
 * Orders a list that comes oldest first. `undefined`: there is no such `sorting`.
 * @param sorting default `-started`, newest first
 */
export function sorterOf (sorting = '-started'): ((entries: Entry[]) => Entry[]) | undefined {
  const isDown = sorting.startsWith('-')
  const name = isDown ? sorting.slice(1) : sorting
  const key = KEYS.get(name)
  if (!key) return undefined
  // Sorting is stable: reversed first, those of the same second stay newest first.
  return (entries) =>
    isDown ? entries.reverse().sort((a, b) => key(b) - key(a)) : entries.sort((a, b) => key(a) - key(b))
}
