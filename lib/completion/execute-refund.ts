import type { FastifyBaseLogger } from 'fastify'
import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { BusyError, quote, Refusal } from '../errors.js'
import { PaymentChanged, type Freshness, type Lookup } from './freshness.js'
import { lookUpAgainWhile } from './look-up-again.js'
import type { LookedUpPayment } from './looked-up-payment.js'
import type { PaymentProvider } from './provider.js'
import { cancelReasonOf, isBeingCancelled, type Refund } from './refund-rules.js'
import { awaitsDeposit } from './rules.js'

/** How far a refund has come. `refused`: the money is still there, and a manual refund is needed. */
type RefundProgress = 'done' | 'pending' | 'refused'

interface ExecuteRefundOptions {
  /** Looks the payment up after a refusal. "Not found" is no answer then: it was there a moment ago. */
  lookUp: Freshness['lookUpAlone']
  /** The request may take until then. */
  deadline: Deadline
  /** One lookup after it, in milliseconds. */
  timeoutMs: number
  log: FastifyBaseLogger
  /** An earlier request was refused, so there is no other server's request to wait for. */
  isRetry: boolean
}

/**
 * Cancels a payment in full, or revokes its virtual account. The request is sent once, with the balance as of the
 * decision: the provider refuses it if anything was cancelled since, so several servers may send it.
 *
 * @throws PaymentChanged the account could not be closed, as its deposit was made
 * @throws any error that leaves the outcome unknown; the next notification tries again
 */
export async function executeRefund (
  provider: Pick<PaymentProvider, 'refund' | 'closeAccount'>, looked: LookedUpPayment, { reason, checksum }: Refund,
  { lookUp: lookUpAlone, deadline, timeoutMs, log, isRetry }: ExecuteRefundOptions
): Promise<RefundProgress> {
  const isAccount = awaitsDeposit(looked)
  const result = isAccount
    ? await provider.closeAccount(looked, deadline)
    : await provider.refund(looked, checksum, cancelReasonOf(reason), deadline)
  if (result.status !== 'refused') return result.status
  const request = isAccount ? 'closing the virtual account' : 'the refund'
  const { imp_uid, merchant_uid } = looked.payment
  log.warn({ imp_uid, merchant_uid, err: result.error },
    `the provider refused ${request}: ${wordsOf(result.error)}`)
  // It may have refused because another server's request for the same refund is still in progress.
  const lookUpUntil = Math.max(deadline, monotonic() + timeoutMs)
  const lookUp = async () => progressOf(looked, await lookUpAlone(looked.id, lookUpUntil))
  return lookUpAgainWhile(await lookUp(), (now) => !isRetry && now === 'refused', lookUp, lookUpUntil)
}

/** How far a refund that was refused has come all the same, by another request. */
function progressOf (looked: LookedUpPayment, now: Lookup): RefundProgress {
  // Another attempt to pay is shown: this one is out of sight.
  if (now.key !== looked.key) throw new BusyError({ cause: new Error('another attempt was looked up') })
  if (awaitsDeposit(looked) && now.state === 'paid') throw new PaymentChanged(now)
  // A provider may call an account that was closed before its deposit failed.
  const isGone = now.state === 'cancelled' || (awaitsDeposit(looked) && now.state === 'failed')
  return isGone ? 'done' : isBeingCancelled(now) ? 'pending' : 'refused'
}

/** The provider's own words, if it gave a reason. */
function wordsOf ({ message, cause }: Error): string {
  const words = cause instanceof Refusal ? cause.message : ''
  return quote(words || message)
}
