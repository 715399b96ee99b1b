import type { Opening } from '../checkout/routes.js'
import { webUrl } from '../checkout/request.js'
import type { Receipt } from '../checkout/receipt.js'
import type { Bill, Checkout, Outcome } from '../checkout/window.js'
import { secondsOf } from '../clock.js'
import type { Faults } from '../faults/faults.js'
import { fieldsOf, text } from '../rest/fields.js'
import { describeV2Method, windowMethodOf } from './approval.js'
import { hasBeenPaid, type V2Entry } from './entry.js'
import { PageRefusal } from './errors.js'
import type { V2Lifecycle } from './lifecycle.js'
import { answerOf, refusedAnswer, v2RedirectOf, vary, type PageAnswer } from './outcome.js'
import { v2RequestOf } from './page-request.js'
import { sumOf, type Failure } from './payment.js'
import type { V2Circumstances, V2PaymentRequest } from './request.js'
import { toMajor } from '../../money.js'

const CLOSED_BY_BUYER: Failure = { reason: '사용자가 결제를 취소하셨습니다.', pgCode: 'PAY_PROCESS_CANCELED' }
/** The PG's code of every decline: each PG has its own, which mean nothing to a shop. */
export const declined = (reason: string): Failure => ({ reason, pgCode: 'F400', pgMessage: reason })

export interface PageParts { lifecycle: V2Lifecycle, faults: Faults, webhooksSent: () => Promise<void> }

/** Payments that a page asks for. */
export interface Page {
  /** Opens an attempt; with the fault `earlier_attempt`, after one that was declined. @throws PageRefusal */
  begin (
    request: V2PaymentRequest, circumstances: Pick<V2Circumstances, 'platform' | 'userAgent'> & { isTest?: boolean }
  ): V2Entry
  opening: Opening
}

export function createPage ({ lifecycle, webhooksSent, ...parts }: PageParts): Page {
  const faults = parts.faults.of('v2')

  /** What a buyer has made of the page. */
  function tamper (request: V2PaymentRequest): V2PaymentRequest {
    const amount = faults.strike('tampered_amount')?.amount
    const channelKey = faults.strike('tampered_channel')?.channelKey
    const url = faults.strike('tampered_notice_urls')?.url
    return {
      ...request,
      ...(amount !== undefined && { totalAmount: amount }),
      ...(channelKey !== undefined && { channelKey, channelGroupId: undefined }),
      ...(url !== undefined && { noticeUrls: [url] }),
    }
  }

  const begin: Page['begin'] = (request, circumstances) => {
    if (faults.strike('earlier_attempt')) {
      lifecycle.fail(lifecycle.open(request, circumstances), declined('한도초과'))
    }
    return lifecycle.open(request, circumstances)
  }

  const billOf = ({ payment, dueAt }: V2Entry, easyPayProvider: string | undefined): Bill => ({
    name: payment.orderName,
    order: payment.paymentId,
    amount: toMajor(payment.total, payment.currency),
    currency: payment.currency,
    tel: payment.customer.phoneNumber ?? null,
    method: windowMethodOf(payment, easyPayProvider),
    due: secondsOf(dueAt),
  })

  const outcome = (answer: PageAnswer | undefined, redirectUrl: string | undefined, paymentId: string): Outcome => ({
    callback: answer && { ...answer },
    redirect: redirectUrl === undefined
      ? undefined
      : v2RedirectOf(redirectUrl, answer ?? { transactionType: 'PAYMENT', paymentId }),
    failure: answer?.message,
  })

  function checkoutOf (entry: V2Entry, redirectUrl: string | undefined, easyPayProvider: string | undefined): Checkout {
    let known: Outcome | undefined
    return {
      bill: () => billOf(entry, easyPayProvider),
      async decide (decision) {
        if (decision.action === 'approve') await lifecycle.approve(entry, decision.choice)
        else lifecycle.fail(entry, decision.action === 'decline' ? declined(decision.reason) : CLOSED_BY_BUYER)
        if (faults.strike('webhook_first')) await webhooksSent()
        known ??= outcome(vary(answerOf(entry, lifecycle), faults), redirectUrl, entry.payment.paymentId)
        return known
      },
    }
  }

  return {
    begin,
    opening: {
      path: '/portone/checkout',
      tellsRefusals: true,
      open ({ mode, origin, params }, userAgent) {
        const redirectUrl = mode === 'redirect' ? webUrl(params.redirectUrl) : undefined
        const platform = text(fieldsOf(params), 'platform') === 'MOBILE' ? 'MOBILE' : 'PC'
        try {
          const request = tamper(v2RequestOf(params))
          const entry = begin(request, { platform, userAgent })
          return { mode, origin, checkout: checkoutOf(entry, redirectUrl, request.easyPay?.easyPayProvider) }
        } catch (error) {
          if (!(error instanceof PageRefusal)) throw error
          const paymentId = text(params, 'paymentId') ?? ''
          // An error before the payment begins is not redirected, as documented.
          return { mode, origin, outcome: outcome(refusedAnswer(paymentId, error), undefined, paymentId) }
        }
      },
    },
  }
}

/** `undefined`: it is not paid. */
export function v2ReceiptOf (entry: V2Entry | undefined): Receipt | undefined {
  if (!entry || !hasBeenPaid(entry)) return undefined
  const { payment } = entry
  const { currency, method } = payment
  const approval = method?.type === 'PaymentMethodCard' ? method.approvalNumber : null
  return {
    name: payment.orderName,
    order: payment.paymentId,
    paidAt: secondsOf(payment.paidAt ?? 0),
    amount: toMajor(payment.total, currency),
    cancelled: toMajor(sumOf(payment, 'SUCCEEDED'), currency),
    currency,
    method: (language) => describeV2Method(payment, language),
    approvalNumber: approval,
  }
}
