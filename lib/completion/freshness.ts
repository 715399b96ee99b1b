import { isDeepStrictEqual } from 'node:util'
import { monotonic, type Deadline } from '../concurrency/deadline.js'
import type { Payment } from './payment.js'
import type { AfterFailure } from '../ledger/ledger.js'

/** A payment as one lookup showed it; times on the clock of `monotonic()`. */
export interface Lookup {
  readonly payment: Payment
  /** When the request was sent. */
  readonly sentAt: number
  /** When its answer had arrived. */
  readonly answeredAt: number
}

/** Thrown out of work that was about to begin on an answer that no longer holds; nothing is recorded. */
export class PaymentChanged extends Error {
  constructor (readonly lookup: Lookup) {
    super('the payment has changed since it was looked up')
  }
}

/** Milliseconds for which an answer is evidence: longer than a lookup and a free ledger take, shorter than people act. */
const MAX_AGE_MS = 500

/**
 * An answer of the provider's is evidence for a moment: it is worthless when it is old, and after what may have changed the
 * payment, a hook that threw or a cancellation of ours.
 *
 * @param rememberMs longer than any lookup stays in use, in milliseconds
 */
export function createFreshness (lookUp: (impUid: string, deadline: Deadline) => Promise<Payment>, rememberMs: number) {
  const invalidated = new Map<string, number>()

  const isYoung = ({ answeredAt }: Pick<Lookup, 'answeredAt'>) => monotonic() - answeredAt <= MAX_AGE_MS

  /** By a request of its own, which nobody shares. */
  async function lookUpAlone (impUid: string, deadline: Deadline): Promise<Lookup> {
    const sentAt = monotonic()
    const payment = await lookUp(impUid, deadline)
    return { payment, sentAt, answeredAt: monotonic() }
  }

  return {
    lookUpAlone,
    /** Makes every lookup of this payment worthless that was sent until now. */
    invalidate (impUid: string): void {
      const at = monotonic()
      invalidated.set(impUid, at)
      setTimeout(() => { if (invalidated.get(impUid) === at) invalidated.delete(impUid) }, rememberMs).unref()
    },
    isFresh: (lookup: Lookup): boolean =>
      isYoung(lookup) && lookup.sentAt > (invalidated.get(lookup.payment.imp_uid) ?? -Infinity),
    /**
     * For work that begins: looks up again where the answer has grown old, or where an earlier run has failed meanwhile.
     *
     * @throws PaymentChanged the answer is another one now; or what the lookup throws
     */
    async assertUnchanged (
      { payment, answeredAt, deadline }: Pick<Lookup, 'payment' | 'answeredAt'> & { deadline: Deadline }, afterFailure: AfterFailure
    ): Promise<void> {
      if (!afterFailure && isYoung({ answeredAt })) return
      const lookup = await lookUpAlone(payment.imp_uid, deadline)
      if (!isDeepStrictEqual(lookup.payment, payment)) throw new PaymentChanged(lookup)
    },
  }
}

export type Freshness = ReturnType<typeof createFreshness>
