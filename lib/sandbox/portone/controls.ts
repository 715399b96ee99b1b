import { RefusedError } from '../errors.js'
import type { HistoryEntry } from '../history.js'
import type { V2CancelRequest } from './cancellation.js'
import type { Ends, Outcome } from './ends.js'
import type { V2Entry } from './entry.js'
import { ApiRefusal, PageRefusal } from './errors.js'
import type { V2Lifecycle } from './lifecycle.js'
import { answerOf, type PageAnswer } from './outcome.js'
import { declined, type Page } from './page.js'
import type { V2Payment } from './payment.js'
import type { V2PaymentRequest } from './request.js'
import type { V2Store } from './store.js'
import type { V2Webhooks } from './webhooks.js'
import { paymentOf, type V2WirePayment } from './wire.js'

/** A payment of V2 to make, and what the buyer does. */
export interface PayV2 extends V2PaymentRequest {
  /** Made in a test channel, whichever is named. @default as the sandbox's `testChannel` */
  isTest?: boolean
  /** @default 'PC' */
  platform?: Exclude<V2Payment['platform'], 'API'>
  /** Declined by the PG for this reason, e.g. `한도초과`. */
  decline?: string
  /** The window opens and the buyer decides nothing: the payment stays `READY`. @default false */
  leave?: boolean
}

/** What the page gets, and the payment as the API answers it. */
export interface PaidV2 extends PageAnswer { txId: string, payment: V2WirePayment }

/** An attempt with what only the sandbox knows. */
export interface V2Inspection {
  payment: V2WirePayment
  history: readonly HistoryEntry[]
  lookups: number
  updatedAt: number
}

/** Names an attempt; without one, that which the API shows under its `paymentId`. */
export interface AttemptOf { transactionId?: string }

/**
 * What can be done to payments of V2 from outside; every method gives the payment as it is afterwards.
 * They throw SANDBOX_UNKNOWN_PAYMENT, and SANDBOX_REFUSED for what the provider would refuse.
 */
export interface V2Controls {
  /** Somebody pays into the virtual account. */
  deposit (paymentId: string, attempt?: AttemptOf): V2WirePayment
  /** Ends a virtual account that waits for its deposit, as its date does: nothing paid, no webhook. */
  expire (paymentId: string, attempt?: AttemptOf): V2WirePayment
  /** Approves a payment whose approval is pending. */
  approve (paymentId: string, attempt?: AttemptOf): V2WirePayment
  /** Cancels as in the provider's console, or, with `chargeback`, as the card company does. Minor unit. */
  cancel (
    paymentId: string, options?: { amount?: number, reason?: string, chargeback?: boolean } & AttemptOf
  ): V2WirePayment
  /** Ends a requested cancellation, the oldest unless one is named. @param outcome default 'succeeded' */
  endCancellation (
    paymentId: string, options?: { outcome?: Outcome, cancellationId?: string } & AttemptOf
  ): V2WirePayment
  /** The last webhook again, `copies` at once. */
  resendWebhook (paymentId: string, options?: { copies?: number } & AttemptOf): V2WirePayment
  payments: {
    /** That which the API shows. */
    get (paymentId: string): V2WirePayment | undefined
    /** Every attempt under that id, oldest first. */
    attempts (paymentId: string): V2WirePayment[]
    /** One for each id. */
    all (): V2WirePayment[]
    inspect (paymentId: string, attempt?: AttemptOf): V2Inspection
  }
}

/** The refund account of a virtual account's cancellation: the provider's console asks the operator for it. */
const REFUND_ACCOUNT = { bank: 'KOOKMIN', number: '0000000000', holderName: '샌드박스' }

export interface V2ControlParts {
  store: V2Store
  storeId: string
  lifecycle: V2Lifecycle
  ends: Ends
  webhooks: V2Webhooks
  page: Page
}

/** @throws SANDBOX_REFUSED in the place of the provider's own refusals */
function translate<Result> (work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof PageRefusal) throw new RefusedError(`${error.message} (${error.code})`)
    throw error instanceof ApiRefusal ? new RefusedError(`${error.message} (${error.type})`) : error
  }
}

export function createV2Controls ({ store, storeId, lifecycle, ends, webhooks, page }: V2ControlParts) {
  const copy = (entry: V2Entry): V2WirePayment => structuredClone(paymentOf(entry, storeId))
  const change = (paymentId: string, { transactionId }: AttemptOf, work: (entry: V2Entry) => void) => {
    const entry = store.need(paymentId, transactionId)
    translate(() => work(entry))
    return copy(entry)
  }

  const controls: V2Controls = {
    deposit: (paymentId, attempt = {}) => change(paymentId, attempt, lifecycle.deposit),
    expire: (paymentId, attempt = {}) => change(paymentId, attempt, (entry) => ends.close(entry, 'expired')),
    approve: (paymentId, attempt = {}) => change(paymentId, attempt, lifecycle.approvePending),
    cancel: (paymentId, { amount, reason = '관리자 취소', chargeback = false, ...attempt } = {}) =>
      change(paymentId, attempt, (entry) => {
        const request: V2CancelRequest = { amount, reason, refundAccount: REFUND_ACCOUNT }
        ends.cancel(entry, request, { trigger: chargeback ? 'CHARGEBACK' : 'CONSOLE', skipWebhook: false })
      }),
    endCancellation: (paymentId, { outcome = 'succeeded', cancellationId, ...attempt } = {}) =>
      change(paymentId, attempt, (entry) => ends.endCancellation(entry, outcome, cancellationId)),
    resendWebhook: (paymentId, { copies, ...attempt } = {}) =>
      change(paymentId, attempt, (entry) => webhooks.repeat(entry, copies)),
    payments: {
      get: (paymentId) => {
        const entry = store.get(paymentId)
        return entry && copy(entry)
      },
      attempts: (paymentId) => store.attempts(paymentId).map(copy),
      all: () => Array.from(store.shown(), copy),
      inspect: (paymentId, { transactionId } = {}) => {
        const entry = store.need(paymentId, transactionId)
        const { history, lookups, updatedAt } = entry
        return structuredClone({ payment: paymentOf(entry, storeId), history, lookups, updatedAt })
      },
    },
  }

  /** A payment as a buyer makes it in the window. @throws SANDBOX_REFUSED where the window would not open */
  async function payV2 ({ isTest, platform = 'PC', decline, leave, ...request }: PayV2): Promise<PaidV2> {
    const entry = translate(() => page.begin(request, { platform, isTest }))
    const { payMethod, easyPay } = request
    const wallet = payMethod === 'EASY_PAY' ? easyPay?.easyPayProvider?.toLowerCase() : undefined
    if (decline !== undefined) lifecycle.fail(entry, declined(decline))
    else if (leave !== true) await lifecycle.approve(entry, { payMethod: wallet })
    return { ...answerOf(entry, lifecycle), txId: entry.payment.transactionId, payment: copy(entry) }
  }

  return { controls, payV2 }
}
