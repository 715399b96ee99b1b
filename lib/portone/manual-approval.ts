import { checkAttempt, type Objection } from '../completion/confirmation.js'
import type { Deciding } from '../completion/completion.js'
import { PaymentChanged, type Lookup } from '../completion/freshness.js'
import { lookUpAgainWhile } from '../completion/look-up-again.js'
import type { LookedUpPayment, PaymentState } from '../completion/looked-up-payment.js'
import type { Approval, Decided, Notification } from '../completion/notification.js'
import type { PaymentProvider } from '../completion/provider.js'
import { describeRefused } from '../completion/reply.js'
import { compareWithOrder } from '../completion/rules.js'
import { monotonic } from '../concurrency/deadline.js'
import { PaymentNotFoundError } from '../errors.js'
import { messageFor, type FailureReason } from '../messages.js'
import { toMinor, type Money } from '../money.js'
import type { Settings } from './options.js'
import type { ApprovalResult, PortoneProvider } from './provider.js'
import { badGateway } from './read-answer.js'

interface ManualApprovalParts<Tx> {
  settings: Settings<Tx>
  provider: Pick<PaymentProvider, 'lookUp'> & Pick<PortoneProvider, 'approve'>
}

/** States of an earlier attempt that say nothing about the one that is to be approved. */
const WITHOUT_MONEY: ReadonlySet<PaymentState> = new Set<PaymentState>(['failed', 'cancelled'])
/** States in which the money is decided about: to approve, or to refuse, comes too late. */
const DECIDED: ReadonlySet<PaymentState> = new Set<PaymentState>(['paid', 'cancelled', 'account_issued', 'unknown'])
/** States that a request to approve can have led to, if its answer was lost. */
const AFTER_APPROVAL: ReadonlySet<PaymentState> = new Set<PaymentState>([...DECIDED, 'failed'])

/**
 * Manual approval: the checkout has given the page a token, and no money moves until this server approves with the
 * amount that the order costs. The provider refuses any other, which V1 has nothing like. Afterwards the payment is
 * looked up and completed like every other: the answer to the approval is no evidence.
 *
 * Source: https://developers.portone.io/opi/ko/extra/manual-confirm/readme-v2
 */
export function createManualApproval<Tx> ({ settings, provider }: ManualApprovalParts<Tx>) {
  const { acceptTestPayments, timeoutMs, budgetMs } = settings

  async function approveAndDecide (
    notification: Notification, approval: Approval, { begun, decide, assertNotPaid, refuse }: Deciding
  ): Promise<Decided> {
    const { id, request, log } = notification
    const names = { imp_uid: approval.txId ?? '', merchant_uid: id }
    const expected = await checkAttempt(
      settings, names, undefined, { source: 'confirm', request, log, tx: undefined })
    if ('reason' in expected) return refuseAttempt(expected)

    const sentAt = monotonic()
    const result = await resultOf(provider.approve({
      paymentId: id,
      ...approval,
      totalAmount: toMinor(expected.amount, expected.currency),
      currency: expected.currency.toUpperCase(),
      isTest: acceptTestPayments ? undefined : false,
    }))
    // A write has a time of its own beside the budget, and the lookup after it at least that of one request.
    const now = monotonic()
    const from = Math.max(begun + now - sentAt, now + timeoutMs - budgetMs)
    if (result.status === 'refused' || result.status === 'mismatch') {
      log.warn({ ...names, err: result.error }, 'the provider refused the approval')
    }
    switch (result.status) {
      case 'approved':
        return asPending(await decideShown(() => badGateway('the attempt that was approved does not show yet')))
      case 'refused': return decide(from)
      case 'mismatch': return completeMismatch(expected)
      case 'unknown': return completeUnknown(result.error)
    }

    /** The shop refuses; but a buyer who reloads the page of a paid order must not read that it failed. */
    async function refuseAttempt ({ key, reason: message, err }: Objection): Promise<Decided> {
      const looked = await lookUp(id, begun + budgetMs)
      if (looked !== undefined) {
        if (DECIDED.has(looked.state)) return decide(begun)
        await assertNotPaid(begun, looked)
      }
      log.warn({ ...names, reason: key, err }, 'payment refused before approval')
      return { completion: describeRefused({ ...names, currency: looked?.payment.currency }, key, message), looked }
    }

    /** The provider refuses, as the page has changed the amount, the currency or the channel: nothing was charged. */
    async function completeMismatch (expected: Money): Promise<Decided> {
      const looked = await lookUp(id, from + budgetMs)
      if (looked === undefined || DECIDED.has(looked.state)) return decide(from)
      try {
        return await refuse(from, looked, differenceOf(looked, expected))
      } catch (error) {
        if (error instanceof PaymentChanged) return decide(from)
        throw error
      }
    }

    /** No usable answer: only what a lookup shows counts. An outage is never a failure. */
    async function completeUnknown (error: unknown): Promise<Decided> {
      log.warn({ ...names, err: error }, 'the outcome of the approval is unknown: the payment is looked up')
      const deadline = from + budgetMs
      const isDone = (looked: Lookup | undefined) =>
        looked !== undefined && AFTER_APPROVAL.has(looked.state) && !isEarlier(looked)
      const look = () => lookUp(id, deadline)
      if (!isDone(await lookUpAgainWhile(await look(), (looked) => !isDone(looked), look, deadline))) throw error
      return decideShown(() => error)
    }

    /** An older answer may show an earlier attempt, whose failure the buyer of this one must not read as its own. */
    async function decideShown (notShown: () => unknown): Promise<Decided> {
      const isOld = ({ looked }: Decided) => looked !== undefined && isEarlier(looked)
      const look = () => foundAfterApproval(decide(from))
      const decided = await lookUpAgainWhile(await look(), isOld, look, from + budgetMs)
      if (isOld(decided)) throw notShown()
      return decided
    }

    /** Approved, and still shown as opened: the buyer must not read that it is not paid, and pay again. */
    function asPending ({ completion, looked }: Decided): Decided {
      if (looked?.state !== 'ready' || completion.reason !== 'not_paid') return { completion, looked }
      const message = messageFor('pending', settings.locale)
      return { completion: { ...completion, message }, looked: { ...looked, state: 'approval_pending' } }
    }

    function isEarlier ({ state, payment }: LookedUpPayment): boolean {
      return approval.txId !== undefined && approval.txId !== payment.imp_uid && WITHOUT_MONEY.has(state)
    }
  }

  /** @throws what the lookup throws, except that it found nothing */
  async function lookUp (id: string, deadline: number): Promise<Lookup | undefined> {
    const sentAt = monotonic()
    try {
      return { ...await provider.lookUp(id, deadline), sentAt, answeredAt: monotonic() }
    } catch (error) {
      if (error instanceof PaymentNotFoundError) return undefined
      throw error
    }
  }

  function differenceOf ({ payment }: LookedUpPayment, expected: Money): FailureReason {
    if (payment.sandbox === true && !acceptTestPayments) return 'test_payment'
    const difference = compareWithOrder(payment, expected)
    if (difference !== undefined) return difference
    // Only the channel is left, where the lookup does not name it (yet). If nothing differs, the lookup is not of the
    // moment of the refusal: the amount is what pages change.
    return payment.sandbox === null && !acceptTestPayments ? 'test_payment' : 'amount_mismatch'
  }

  return approveAndDecide
}

/** What was approved a moment ago is there: no answer that a buyer should read as "no such payment", and pay again. */
async function foundAfterApproval (decision: Promise<Decided>): Promise<Decided> {
  try {
    return await decision
  } catch (cause) {
    if (!(cause instanceof PaymentNotFoundError)) throw cause
    throw badGateway('a payment that was approved is not found', { cause })
  }
}

type Result = ApprovalResult | { status: 'unknown', error: unknown }

async function resultOf (approval: Promise<ApprovalResult>): Promise<Result> {
  try {
    return await approval
  } catch (error) {
    return { status: 'unknown', error }
  }
}
