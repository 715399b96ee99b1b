import { dueAt, secondsOf, type Clock } from '../clock.js'
import { RefusedError } from '../errors.js'
import type { Faults } from '../faults/faults.js'
import type { Lifecycle } from '../lifecycle.js'
import { isWallet, METHODS, walletOf } from '../methods.js'
import { text } from '../rest/fields.js'
import type { Entry } from '../store.js'
import { outcomeOf, redirectOf, refusedCallback } from './outcome.js'
import { paymentRequestOf, webUrl, type WindowRequest } from './request.js'
import type { Bill, Callback, Checkout, Outcome, Window } from './window.js'

interface OpenerParts {
  lifecycle: Lifecycle
  faults: Faults
  clock: Clock
  userCode: string | undefined
  webhooksSent: () => Promise<void>
}

const CLOSED_BY_BUYER = '사용자가 결제를 취소하셨습니다.'

/** What the page asked for, where the window has it. */
function firstMethod ({ payment }: Entry): string {
  const wanted = walletOf(payment) ?? payment.pay_method
  return isWallet(wanted) || METHODS.some((method) => method === wanted) ? wanted : 'card'
}

/** Opens windows for `IMP.request_pay`. */
export function createOpener ({ lifecycle, faults, clock, userCode, webhooksSent }: OpenerParts) {
  const billOf = (entry: Entry): Bill => ({
    name: entry.payment.name,
    order: entry.payment.merchant_uid,
    amount: entry.payment.amount,
    currency: entry.payment.currency,
    tel: entry.payment.buyer_tel,
    method: firstMethod(entry),
    due: dueAt(entry.request.vbank_due, secondsOf(clock())),
  })

  function outcome (callback: Callback, returnUrl: string | undefined): Outcome {
    const failure = typeof callback.error_msg === 'string' ? callback.error_msg : undefined
    return { callback, redirect: returnUrl === undefined ? undefined : redirectOf(returnUrl, callback), failure }
  }

  function checkoutOf (entry: Entry, returnUrl: string | undefined): Checkout {
    let known: Outcome | undefined
    return {
      bill: () => billOf(entry),
      async decide (decision) {
        if (decision.action === 'approve') await lifecycle.approve(entry, decision.choice)
        else lifecycle.fail(entry, decision.action === 'decline' ? decision.reason : CLOSED_BY_BUYER)
        if (faults.strike('webhook_first')) await webhooksSent()
        // A second click, or a click while the first is under way, finds the same end.
        known ??= outcome(outcomeOf(entry, decision.action === 'approve', faults), returnUrl)
        return known
      },
    }
  }

  return function open (request: WindowRequest & { origin: string }, userAgent: string | undefined): Window {
    const { mode, origin, params } = request
    const backTo = webUrl(params.m_redirect_url)
    const returnUrl = mode === 'redirect' ? backTo : undefined
    try {
      if (userCode !== undefined && request.userCode !== userCode) throw new RefusedError('등록되지 않은 가맹점 식별코드입니다.')
      if (mode === 'redirect' && returnUrl === undefined) throw new RefusedError('모바일 결제에는 m_redirect_url이 필요합니다.')
      const payment = paymentRequestOf(params)
      const amount = faults.strike('tampered_amount')?.amount ?? payment.amount
      const channel = mode === 'redirect' ? 'mobile' : 'pc'
      const entry = lifecycle.open({ ...payment, amount }, { channel, userAgent })
      return { mode, origin, checkout: checkoutOf(entry, returnUrl) }
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      const refused = refusedCallback(text(params, 'merchant_uid') ?? '', error.message)
      return { mode, origin, outcome: outcome(refused, returnUrl) }
    }
  }
}
