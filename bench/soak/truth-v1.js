/**
 * What must have run of a payment, and what may have, by what the provider knows of it.
 *
 * @typedef {object} Truth
 * @property {string} id as events name it
 * @property {string} merchantUid
 * @property {string} what for a person who reads of it
 * @property {string[]} must
 * @property {string[]} may
 * @property {string[]} [one] of these, exactly one
 * @property {boolean} [isOwed] it does not match its order, and the money has not gone back
 * @property {string} [problem] what must never be, whatever has run
 * @property {number} kept what the shop has of an order that is its own, in the major unit
 * @property {number} cancelled in the major unit
 */

/**
 * @param {import('fastify-iamport/sandbox').SandboxPayment} payment
 * @param {import('./orders.js').Order | undefined} order
 * @returns {Truth}
 */
export function truthOfV1 (payment, order) {
  const { imp_uid: id, merchant_uid: merchantUid, status, amount, cancel_amount: cancelled } = payment
  const isPaid = payment.paid_at > 0
  const truth = { id, merchantUid, what: `V1 ${status}, ${amount} of ${order?.amount}`, kept: 0, cancelled }
  const early = ['failed:not_paid', 'failed:payment_failed']
  // Without include_sandbox, a list does not have it: only its notifications tell.
  if (payment.sandbox) return { ...truth, must: [], may: ['failed:test_payment'] }
  if (!isPaid) {
    const isWaiting = status === 'ready' && payment.vbank_num !== null
    return { ...truth, must: isWaiting ? ['issued'] : [], may: early }
  }
  if (!order) return { ...truth, must: ['failed:order_not_found'], may: early }
  if (amount !== order.amount) {
    return { ...truth, must: ['refunded:amount_mismatch'], may: early, isOwed: cancelled !== amount }
  }
  const isAll = cancelled === amount
  return {
    ...truth,
    must: [...isAll ? [] : ['paid'], ...payment.cancel_history.map((one) => `cancelled:${one.cancellation_id}`)],
    // Cancelled in full before any news of it arrived: there was nothing to deliver.
    may: [...isAll ? ['paid'] : [], 'issued', ...early],
    kept: amount - cancelled,
  }
}
