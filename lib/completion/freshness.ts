import { isDeepStrictEqual } from 'node:util'
import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { BadGatewayError, PaymentNotFoundError } from '../errors.js'
import type { Payment } from './payment.js'
import type { AfterFailure } from '../ledger/ledger.js'

/** A payment as one lookup showed it; times on the clock of `monotonic()`. */
export interface Lookup {
  readonly payment: Payment
  /** When the request was sent. */
  readonly askedAt: number
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

/** What decides; other fields may differ in every answer, as a signed address does. */
function decisiveOf (payment: Payment) {
  const { merchant_uid, status, amount, cancel_amount, currency, sandbox, pay_method, paid_at, customer_uid_usage, vbank_num } = payment
  const history = payment.cancel_history?.map(({ amount, cancellation_id }) => ({ amount, cancellation_id }))
  return [merchant_uid, status, amount, cancel_amount, currency, sandbox, pay_method, paid_at, customer_uid_usage, vbank_num, history]
}

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
    const askedAt = monotonic()
    try {
      const payment = await lookUp(impUid, deadline)
      return { payment, askedAt, answeredAt: monotonic() }
    } catch (error) {
      // It was there a moment ago; and a webhook that is answered with 404 is never sent again.
      if (error instanceof PaymentNotFoundError) throw new BadGatewayError('a payment that was there is not found', { cause: error })
      throw error
    }
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
      isYoung(lookup) && lookup.askedAt > (invalidated.get(lookup.payment.imp_uid) ?? -Infinity),
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
      if (!isDeepStrictEqual(decisiveOf(lookup.payment), decisiveOf(payment))) throw new PaymentChanged(lookup)
    },
  }
}

export type Freshness = ReturnType<typeof createFreshness>
