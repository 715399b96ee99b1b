import { isSameAmount, isSameCurrency } from '../money.js'
import { RefusedError } from './errors.js'
import type { PaymentRequest } from './payment.js'
import type { Store } from './store.js'

/** Characters of the longest order number. Documented: 40. */
export const MAX_MERCHANT_UID = 40
export const PAID_ALREADY = '이미 결제가 이루어진 merchant_uid(주문번호)입니다.'

export const isPaid = (store: Store, merchantUid: string): boolean =>
  store.ofOrder(merchantUid).some(({ payment }) => payment.paid_at > 0)

/** Refuses what the provider would open no window for. @throws SANDBOX_REFUSED */
export function checkRequest (store: Store, request: PaymentRequest): void {
  const { merchant_uid, amount, currency = 'KRW', customer_uid } = request
  if (typeof merchant_uid !== 'string' || merchant_uid === '' || merchant_uid.length > MAX_MERCHANT_UID) {
    throw new RefusedError(`merchant_uid는 1자 이상 ${MAX_MERCHANT_UID}자 이하여야 합니다.`)
  }
  const isBillingKey = amount === 0 && customer_uid !== undefined
  if (!isBillingKey && !(amount > 0 && isSameAmount(amount, amount, currency))) {
    throw new RefusedError('결제금액이 올바르지 않습니다.')
  }
  if (isPaid(store, merchant_uid)) throw new RefusedError(PAID_ALREADY)
  const prepared = store.prepared.get(merchant_uid)
  if (!prepared) return
  const isSame = isSameAmount(amount, prepared.amount, currency) &&
    (prepared.currency === null || isSameCurrency(currency, prepared.currency))
  if (!isSame) throw new RefusedError(`사전등록된 결제금액과 다릅니다. (사전등록 ${prepared.amount}, 요청 ${amount})`)
}
