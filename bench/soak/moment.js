/**
 * What a hook is told, against what the provider knows at that very moment. Afterwards it cannot be seen any more: a
 * refund that was told too early may have been carried out since.
 *
 * @typedef {import('fastify-iamport/sandbox').Sandbox} Sandbox
 * @typedef {import('fastify-iamport/sandbox').V2WirePayment} V2WirePayment
 * @typedef {import('fastify-iamport').Payment} Payment
 */

/**
 * Milliseconds for which a payment may have been cancelled in full when `onPaid` runs: a lookup is evidence for 500 ms,
 * V1 tells seconds only, and a busy machine is late.
 */
const LATE_MS = 2500

/** Since when the cancellations that have not failed leave nothing of it. @param {V2WirePayment | undefined} payment */
function cancelledAtMsOfV2 (payment) {
  const all = payment && 'cancellations' in payment ? payment.cancellations ?? [] : []
  const begun = all.filter(({ status }) => status !== 'FAILED')
  if (!payment || begun.reduce((sum, { totalAmount }) => sum + totalAmount, 0) < payment.amount.total) return Infinity
  return Math.max(...begun.map(({ requestedAt }) => Date.parse(requestedAt)))
}

/** @param {Sandbox} sandbox @param {Payment} payment */
function cancelledAtMs (sandbox, payment) {
  if ('portone' in payment) return cancelledAtMsOfV2(sandbox.v2.payments.get(payment.merchant_uid))
  const now = sandbox.payments.get(payment.imp_uid)
  return now?.status === 'cancelled' && now.cancel_amount === now.amount ? (now.cancelled_at + 1) * 1000 : Infinity
}

/**
 * Why an order must not be delivered for this payment, if it must not.
 *
 * @param {Sandbox} sandbox @param {Payment & { portone?: unknown }} payment
 */
export function problemOfDelivery (sandbox, payment) {
  const isCancelled = payment.portone === undefined
    ? payment.cancel_amount === payment.amount
    : cancelledAtMsOfV2(/** @type {V2WirePayment} */ (payment.portone)) < Infinity
  if (isCancelled) return 'delivered, though its lookup shows a cancellation of all'
  if (Date.now() - cancelledAtMs(sandbox, payment) > LATE_MS) return 'delivered long after it was cancelled'
}

/** Why it is not refunded, if it is not. @param {Sandbox} sandbox @param {Payment} payment */
export function problemOfRefund (sandbox, payment) {
  const { imp_uid: id, merchant_uid: paymentId } = payment
  const isGone = 'portone' in payment
    ? sandbox.v2.payments.inspect(paymentId, { transactionId: id }).payment.status === 'CANCELLED'
    : sandbox.payments.get(id)?.status === 'cancelled'
  if (!isGone) return 'told as refunded before it was'
}
