import { won } from './format.js'

/** What a buyer reads when it did not work out, after the plugin's `message`. */
const ADVICE = '다시 시도하시거나 다른 결제수단을 선택해 주세요.'

/**
 * Whether the provider approves the payment later (V2's `PAY_PENDING`): the buyer must not pay again meanwhile.
 * @param {import('fastify-iamport').Failure} failure
 */
export const isApprovalPending = ({ reason, payment }) =>
  reason === 'not_paid' && 'portone' in payment && Object(payment.portone).status !== 'READY'

/**
 * Why an order was not paid, and what has become of the money.
 * @param {import('fastify-iamport').Failure} failure
 */
export function failureNote (failure) {
  const { reason, payment, refunded, refund_pending: isPending, message } = failure
  if (isApprovalPending(failure)) return '다시 결제하지 마세요. 승인되는 대로 이 화면이 바뀝니다.'
  if (reason === 'payment_failed') return payment.fail_reason ?? ADVICE
  // V1 shows an approval that is still to come as it shows a window that was left.
  if (reason === 'not_paid') return `${message} 결제를 마치셨다면 다시 결제하지 마시고 승인을 기다려 주세요.`
  if (isPending) return `${message} 취소를 요청했습니다. 취소되는 대로 이 화면이 바뀝니다.`
  const isCharged = payment.status === 'paid' || payment.status === 'cancelled'
  if (!refunded) {
    const isMismatch = reason === 'amount_mismatch' || reason === 'currency_mismatch'
    return `${message} ${isMismatch && isCharged ? '결제하신 금액은 가게에서 확인한 뒤 환불해 드립니다.' : ADVICE}`
  }
  if (payment.vbank_num && !payment.paid_at) return `${message} 발급된 가상계좌는 말소되었으니 입금하지 마세요.`
  if (isCharged) return `${message} 결제하신 금액은 자동으로 취소되었습니다.`
  // V2's manual approval: the shop has compared before any money moved.
  const refusal = reason === 'amount_mismatch' ? '금액이 변경되어 결제를 승인하지 않았습니다.' : message
  return `${refusal} 청구된 금액은 없습니다.`
}

/**
 * What was cancelled: money, or an account into which nothing had been paid.
 * @param {import('fastify-iamport').Payment} payment
 * @param {import('fastify-iamport').Cancellation} cancellation
 */
export function cancellationNote ({ paid_at: paidAt, vbank_date: due }, { amount }) {
  if (paidAt) return `${won(amount)}이 취소되었습니다.`
  const isExpired = (due ?? 0) * 1000 <= Date.now()
  return isExpired ? '입금 기한이 지나 가상계좌를 더 이상 사용할 수 없습니다.' : '가상계좌가 말소되었습니다.'
}
