import type { Deadline } from '../concurrency/deadline.js'
import type { LookedUpPayment } from '../completion/looked-up-payment.js'
import type { Listed, PaymentProvider, RefundResult } from '../completion/provider.js'
import { PaymentNotFoundError, Refusal, refusalOf } from '../errors.js'
import { balance, toMinor } from '../money.js'
import type { PortoneCancel, PortoneClient, PortoneStatus } from './api.js'
import type { ApprovalRequest, ClientInternals, ListedPayment } from './internals.js'
import type { PortonePayment } from './payment.js'
import { at } from './read-fields.js'
import { badGateway, PROVIDER } from './read-answer.js'

/** The result of a manual approval. If the outcome is unknown, the method rejects instead. */
export type ApprovalResult =
  | { status: 'approved' }
  /**
   * `mismatch`: amount, currency, attempt or channel are not the order's; no money has moved. `refused`, e.g. as it is
   * paid already: a lookup has to tell what became of the payment. `error` has the provider's words.
   */
  | { status: 'mismatch' | 'refused', error: Error }

/** PortOne V2, as the completion needs it. Writes have `writeTimeoutMs` of their own, whatever the deadline is. */
export interface PortoneProvider extends PaymentProvider {
  lookUp (paymentId: string, deadline: Deadline): Promise<LookedUpPayment<PortonePayment>>
  /** With the balance of this lookup, not with the one of the decision. */
  refund (looked: LookedUpPayment<PortonePayment>, checksum: number, reason: string): Promise<RefundResult>
  /** Approves an attempt whose page gave a `paymentToken`. */
  approve (request: ApprovalRequest): Promise<ApprovalResult>
}

/**
 * The types of HTTP 409 after which nothing was done; of these, `PAYMENT_ALREADY_CANCELLED` and a balance that differs
 * mean that somebody was first. Any other 409 may be about a request that is still running: its outcome is open.
 */
const REFUSING: ReadonlySet<string> = new Set([
  'PAYMENT_NOT_PAID', 'PAYMENT_ALREADY_CANCELLED', 'CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN', 'MAX_CANCEL_COUNT_REACHED',
  'SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT', 'PAYMENT_NOT_WAITING_FOR_DEPOSIT',
])
/** `CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT`, and the same of its taxes. */
const EXCEEDS = /^CANCEL_\w*EXCEEDS_/

/** Whether a request for money was refused for certain. 502: the PG refused it; any other 5xx is not read as this. */
function isRefused (error: unknown): error is Error {
  const { status, type = '' } = refusalOf(error) ?? {}
  return status === 400 || status === 502 || (status === 409 && (REFUSING.has(type) || EXCEEDS.test(type)))
}

async function resultOf (request: Promise<RefundResult>): Promise<RefundResult> {
  try {
    return await request
  } catch (error) {
    if (isRefused(error)) return { status: 'refused', error }
    // It was found a moment ago: no answer that a buyer should read as "no such payment".
    if (error instanceof PaymentNotFoundError) {
      throw badGateway('a payment that was there is not found', { cause: error.cause })
    }
    const refusal = refusalOf(error)
    // Without the provider's words, which the log has: this becomes the reply to a buyer.
    throw refusal ? badGateway(`HTTP ${refusal.status}, ${refusal.type ?? 'no type'}`, { cause: refusal }) : error
  }
}

/** HTTP 200 does not mean that anything was cancelled. @throws IAMPORT_BAD_GATEWAY a status that we do not know */
function readCancellation ({ cancellation }: Awaited<ReturnType<PortoneClient['cancelPayment']>>): RefundResult {
  switch (cancellation.status) {
    case 'SUCCEEDED': return { status: 'done' }
    case 'REQUESTED': return { status: 'pending' }
    case 'FAILED': {
      const cause = new Refusal(200, undefined, 'the cancellation has failed', 'FAILED')
      return { status: 'refused', error: badGateway('the cancellation has failed', { cause }) }
    }
    default: throw badGateway('the status of the cancellation is unknown')
  }
}

/**
 * A full refund of what is left by this lookup: a part may have been cancelled since the refund was decided. Without an
 * `amount`: with one, all of it would count as taxable. Where a discount was given, the provider's balance may not be
 * the order's, so we do not claim to know it.
 */
export function refundOf ({ id, payment }: LookedUpPayment<PortonePayment>, reason: string): PortoneCancel {
  const { amount, cancel_amount: cancelled, currency, portone } = payment
  const discount = at(portone, 'amount', 'discount') ?? 0
  const currentCancellableAmount = discount === 0 ? toMinor(balance(amount, cancelled, currency), currency) : undefined
  return { paymentId: id, reason, currentCancellableAmount }
}

/** The statuses of payments that a notification may have been lost of: not those that are still open, or failed. */
const LISTED: PortoneStatus[] = ['VIRTUAL_ACCOUNT_ISSUED', 'PAID', 'PARTIAL_CANCELLED', 'CANCELLED']

/** A reconciliation names them by the order, too. */
async function * readList (list: AsyncIterable<ListedPayment>): AsyncGenerator<Listed, void> {
  for await (const listed of list) yield { ...listed, merchantUid: listed.id }
}

/** PortOne V2, as the completion needs it. */
export function createProvider (
  { cancelPayment, closeVirtualAccount }: Pick<PortoneClient, 'cancelPayment' | 'closeVirtualAccount'>,
  { lookUp, list, approve }: ClientInternals,
  { writeTimeoutMs }: { writeTimeoutMs: number }
): PortoneProvider {
  return {
    name: PROVIDER,
    writeTimeoutMs,
    lookUp,
    refund: (looked, _, reason) => resultOf(cancelPayment(refundOf(looked, reason)).then(readCancellation)),
    closeAccount: ({ id }) =>
      resultOf(closeVirtualAccount(id).then(() => ({ status: 'done' }))),
    lists: (period, signal) =>
      [{ status: LISTED.join(), payments: readList(list({ ...period, status: LISTED }, signal)) }],
    async approve (request) {
      try {
        await approve(request)
        return { status: 'approved' }
      } catch (error) {
        // Only an error in JSON is an answer about this attempt; "no such payment" is one too.
        const isNotFound = error instanceof PaymentNotFoundError && error.cause instanceof Refusal
        const refusal = isNotFound ? error.cause : refusalOf(error)
        if (!(error instanceof Error) || !(refusal instanceof Refusal)) throw error
        return { status: refusal.type === 'INFORMATION_MISMATCH' ? 'mismatch' : 'refused', error }
      }
    },
  }
}
