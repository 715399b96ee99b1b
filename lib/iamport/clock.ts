import type { FastifyBaseLogger } from 'fastify'

/**
 * Seconds that this machine's clock may be off. Verifiers of signed webhooks allow 5 minutes, ours logs what is older:
 * a fifth of that is far beyond what NTP leaves, and what a time in whole seconds and a slow answer can pretend.
 */
export const MAX_OFF_SEC = 60
/** Seconds: a time zone taken for another is off by less. What is off by more is an emulator's own time. */
const MAX_PLAUSIBLE_SEC = 2 * 24 * 3600

/** Warns of a wrong clock, as nothing fails by it. @param now the provider's time, UNIX seconds */
export function warnOfClock (log: Pick<FastifyBaseLogger, 'warn'>, now: unknown): void {
  if (typeof now !== 'number') return
  const offSec = Math.round(Date.now() / 1000 - now)
  const seconds = Math.abs(offSec)
  if (seconds <= MAX_OFF_SEC || seconds > MAX_PLAUSIBLE_SEC) return
  log.warn({ offSec }, `this machine's clock is ${seconds} s ${offSec < 0 ? 'behind' : 'ahead of'} Iamport's: ` +
    'reconcile looks at another period, and a payment seems younger or older than it is; switch NTP on')
}
