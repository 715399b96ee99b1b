import type { Faults } from '../faults/faults.js'
import type { Entry } from '../store.js'
import type { Callback } from './window.js'

/** The code of every refusal and failure: PGs have their own, which mean nothing to a shop. */
const ERROR_CODE = 'F400'

/** The window never opened, or had nothing to decide. */
export const refusedCallback = (merchantUid: string, message: string): Callback => ({
  success: false,
  imp_success: false,
  imp_uid: null,
  merchant_uid: merchantUid,
  error_code: ERROR_CODE,
  error_msg: message,
})

/** The fields that the provider documents for the callback. */
function callbackOf ({ payment, request }: Entry, isApproved: boolean): Callback {
  const { imp_uid, merchant_uid, pay_method, status, name, pg_provider, emb_pg_provider, pg_tid, currency } = payment
  const isSuccess = payment.status === 'paid' || (payment.status === 'ready' && isApproved)
  return {
    success: isSuccess,
    imp_success: isSuccess,
    imp_uid,
    merchant_uid,
    pay_method,
    paid_amount: payment.amount,
    currency,
    status,
    name,
    pg_provider,
    emb_pg_provider,
    pg_tid,
    buyer_name: payment.buyer_name,
    buyer_email: payment.buyer_email,
    buyer_tel: payment.buyer_tel,
    buyer_addr: payment.buyer_addr,
    buyer_postcode: payment.buyer_postcode,
    custom_data: request.custom_data ?? null,
    paid_at: payment.paid_at,
    receipt_url: payment.receipt_url,
    apply_num: payment.apply_num,
    card_name: payment.card_name,
    card_quota: payment.card_quota,
    bank_name: payment.bank_name,
    vbank_num: payment.vbank_num,
    vbank_name: payment.vbank_name,
    vbank_holder: payment.vbank_holder,
    vbank_date: payment.vbank_date,
    error_code: isSuccess ? null : ERROR_CODE,
    error_msg: isSuccess ? null : payment.fail_reason,
  }
}

/** What older modules, in-app browsers and mistakes of the provider make of a callback; see the fault `callback`. */
function vary (callback: Callback, faults: Faults): Callback {
  const { success, imp_success, imp_uid, ...rest } = callback
  switch (faults.strike('callback')?.variant) {
    case 'legacy':
      return { imp_success, imp_uid, ...rest }
    case 'in_app':
      return { success, imp_uid, ...rest }
    case 'flagless':
      return { imp_uid, ...rest }
    case 'without_imp_uid':
      return { success, imp_success, imp_uid: null, ...rest }
    case 'contradicting':
      return {
        success: !success,
        imp_success: !imp_success,
        imp_uid,
        ...rest,
        error_code: success ? ERROR_CODE : null,
        error_msg: success ? '결과를 확인할 수 없습니다.' : null,
      }
    default:
      return callback
  }
}

export const outcomeOf = (entry: Entry, isApproved: boolean, faults: Faults): Callback =>
  vary(callbackOf(entry, isApproved), faults)

/**
 * What a redirect carries of the callback. `imp_success` is what older methods add; with the variant `in_app` it is
 * `success`.
 */
const REDIRECT_FIELDS = ['imp_uid', 'merchant_uid', 'imp_success', 'error_code', 'error_msg'] as const

/** `m_redirect_url` with the outcome added to its query. */
export function redirectOf (returnUrl: string, callback: Callback): string {
  const url = new URL(returnUrl)
  const names = 'imp_success' in callback ? REDIRECT_FIELDS : [...REDIRECT_FIELDS, 'success'] as const
  for (const name of names) {
    const value = callback[name]
    if (value !== undefined && value !== null) url.searchParams.set(name, String(value))
  }
  return url.href
}
