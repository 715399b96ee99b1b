import { cancellationNote, failureNote, isApprovalPending } from './notes.js'
import { isPayable } from './orders.js'

/**
 * What becomes of an order when something happens to its payment, the same for V1 and V2.
 *
 * @param {import('./orders.js').Orders} orders
 * @param {import('./refund-second.js').RefundSecond} refundSecond
 * @returns {import('fastify-iamport').Hooks<unknown, import('fastify-iamport').Payment, { merchant_uid: string }>}
 */
export function createHooks (orders, refundSecond) {
  return {
    getExpectedAmount: ({ merchant_uid: id }) => orders.get(id)?.amount ?? null,
    // Before a manual approval of V2: whoever has paid in another window is not charged again.
    onConfirm: ({ merchant_uid: id }) => {
      const order = orders.get(id)
      if (order && !isPayable(order)) throw new Error('이미 결제했거나 입금이나 승인을 기다리는 주문입니다.')
    },
    onPaid: async (payment, { log }) => {
      const { merchant_uid: id, imp_uid: impUid } = payment
      if (orders.markPaid(id, impUid, '곧 배송을 준비하겠습니다. 감사합니다.')) return
      // The hook runs once for each payment, and an order can have two; it goes out once.
      await refundSecond(payment, log)
    },
    onVbank: ({ merchant_uid: id, imp_uid: impUid, ...payment }) => {
      const { vbank_name: name, vbank_num: num, vbank_holder: holder, vbank_date: due } = payment
      orders.markWaiting(id, impUid, { name, num, holder, due })
    },
    onFail: (failure) => {
      const { payment } = failure
      const note = failureNote(failure)
      if (isApprovalPending(failure)) return orders.markPending(payment.merchant_uid, payment.imp_uid, note)
      // V1 takes no other payment for a number that has taken money; V2 has a new paymentId for every attempt.
      const isClosed = Boolean(payment.paid_at) && !('portone' in payment)
      orders.markFailed(payment.merchant_uid, payment.imp_uid, note, isClosed)
    },
    onCancel: (payment, { cancellation }) => {
      const { merchant_uid: id, imp_uid: impUid, paid_at: paidAt, cancel_amount: cancelled, amount } = payment
      orders.markCancelled(id, impUid, !paidAt || cancelled >= amount, cancellationNote(payment, cancellation))
    },
  }
}
