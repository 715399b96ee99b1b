const REASON = '중복 결제'

/**
 * Gives back a payment for an order that another one has paid, V1 or V2 alike. What it rejects with fails the hook,
 * which then runs again at the payment's next notification.
 *
 * @param {import('fastify').FastifyInstance} app
 */
export const createRefundSecond = (app) =>
  /** @param {import('fastify-iamport').Payment} payment @param {import('fastify').FastifyBaseLogger} log */
  async (payment, log) => {
    const { imp_uid, merchant_uid, pay_method: method, amount, cancel_amount: cancelled } = payment
    const balance = amount - cancelled
    if (method === 'vbank') {
      const fields = { imp_uid, merchant_uid }
      return log.error(fields, 'this order is paid twice: ask the buyer for an account, and refund this deposit')
    }
    if (!('portone' in payment)) {
      await app.iamport.cancelPayment({ imp_uid, checksum: balance, reason: REASON })
      return
    }
    const { cancellation } = await app.portone.cancelPayment({
      paymentId: merchant_uid,
      currentCancellableAmount: balance, // in won, whose minor unit is the won
      reason: REASON,
    })
    if (cancellation.status === 'FAILED') throw new Error(`the second payment ${imp_uid} could not be refunded`)
  }

/** @typedef {ReturnType<typeof createRefundSecond>} RefundSecond */
