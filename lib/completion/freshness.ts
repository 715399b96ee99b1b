import { isDeepStrictEqual } from 'node:util'
import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { BadGatewayError, PaymentNotFoundError } from '../errors.js'
import type { AfterFailure } from '../ledger/ledger.js'
import type { LookedUpPayment } from './looked-up-payment.js'
import type { PaymentProvider } from './provider.js'

/** The result of one lookup. Times are on the clock of `monotonic()`. */
export interface Lookup extends Readonly<LookedUpPayment> {
  /** When the request was sent. */
  readonly sentAt: number
  /** When the answer had arrived. */
  readonly answeredAt: number
}

/** Thrown when work was about to begin on a lookup that no longer holds; nothing is recorded. */
export class PaymentChanged extends Error {
  constructor (readonly lookup: Lookup) {
    super('the payment has changed since it was looked up')
  }
}

/** Milliseconds for which a lookup is evidence: longer than claiming a free ledger key, shorter than people act. */
const MAX_AGE_MS = 500

/** The fields that decide about a payment; others may differ in every answer, such as a signed receipt address. */
function decisiveOf ({ key, state, unsettled, payment }: LookedUpPayment) {
  const { merchant_uid, status, amount, cancel_amount, currency, sandbox, pay_method, paid_at } = payment
  const { customer_uid_usage, vbank_num, cancel_history: history } = payment
  return [
    key, state, unsettled,
    merchant_uid, status, amount, cancel_amount, currency, sandbox, pay_method, paid_at, customer_uid_usage, vbank_num,
    history?.map(({ amount, cancellation_id }) => [amount, cancellation_id]),
  ]
}

/**
 * A lookup is evidence for a moment only. It no longer counts when it is old, nor after anything that may have changed
 * the payment: a hook that threw, or a cancel request of ours.
 *
 * @param rememberMs how long an invalidation is remembered, in milliseconds: longer than any lookup stays in use
 */
export function createFreshness ({ lookUp, name }: Pick<PaymentProvider, 'lookUp' | 'name'>, rememberMs: number) {
  const invalidated = new Map<string, number>()

  const isYoung = ({ answeredAt }: Pick<Lookup, 'answeredAt'>) => monotonic() - answeredAt <= MAX_AGE_MS

  /** With a request of its own, which is not shared. */
  async function lookUpAlone (id: string, deadline: Deadline): Promise<Lookup> {
    const sentAt = monotonic()
    try {
      const looked = await lookUp(id, deadline)
      return { sentAt, answeredAt: monotonic(), ...looked }
    } catch (error) {
      // It was there a moment ago; and a webhook that is answered with 404 is never redelivered.
      if (!(error instanceof PaymentNotFoundError)) throw error
      throw new BadGatewayError('a payment that was there is not found', { provider: name, cause: error })
    }
  }

  return {
    lookUpAlone,
    /** Invalidates every lookup of this payment sent until now. */
    invalidate (id: string): void {
      const at = monotonic()
      invalidated.set(id, at)
      setTimeout(() => { if (invalidated.get(id) === at) invalidated.delete(id) }, rememberMs).unref()
    },
    isFresh: (lookup: Lookup): boolean =>
      isYoung(lookup) && lookup.sentAt > (invalidated.get(lookup.id) ?? -Infinity),
    /** When work begins: whether the lookup no longer counts, as it is old, or an earlier run has failed meanwhile. */
    isDoubtful: (looked: Pick<Lookup, 'answeredAt'>, afterFailure: AfterFailure): boolean =>
      Boolean(afterFailure) || !isYoung(looked),
    /** Looks up again. @throws PaymentChanged the answer differs; or what the lookup throws */
    async assertUnchanged (looked: LookedUpPayment & { deadline: Deadline }): Promise<void> {
      const lookup = await lookUpAlone(looked.id, looked.deadline)
      if (!isDeepStrictEqual(decisiveOf(lookup), decisiveOf(looked))) throw new PaymentChanged(lookup)
    },
  }
}

export type Freshness = ReturnType<typeof createFreshness>
