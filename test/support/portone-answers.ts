import { cancellation, type WirePayment } from './portone-payments.js'

/** A request's body, as parsed. */
export type Body = Record<string, unknown>

interface Answer { status: number, value: unknown }

const refused = (status: number, type: string, more: object = {}): Answer =>
  ({ status, value: { type, message: '거절되었습니다.', ...more } })

/** `POST /payments/{id}/cancel`: changes the payment, and answers with the cancellation. */
export function cancelPayment (payment: WirePayment, body: Body, status: string): Answer {
  const { amount, currentCancellableAmount: expected, reason } = body
  if (typeof reason !== 'string') return refused(400, 'INVALID_REQUEST')
  if (payment.status === 'CANCELLED') return refused(409, 'PAYMENT_ALREADY_CANCELLED')
  if (payment.status !== 'PAID' && payment.status !== 'PARTIAL_CANCELLED') return refused(409, 'PAYMENT_NOT_PAID')
  const { total, cancelled } = payment.amount
  const left = total - cancelled
  if (expected !== undefined && expected !== left) return refused(409, 'CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN')
  const wanted = typeof amount === 'number' ? amount : left
  if (wanted > left) return refused(409, 'CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT')
  const made = cancellation({
    id: `cancellation_${(payment.cancellations?.length ?? 0) + 1}`,
    status,
    totalAmount: wanted,
    reason,
    requestedAt: new Date().toISOString(),
    cancelledAt: status === 'SUCCEEDED' ? new Date().toISOString() : undefined,
    trigger: 'API',
  })
  payment.cancellations = [...payment.cancellations ?? [], made]
  if (status === 'SUCCEEDED') {
    payment.amount.cancelled += wanted
    payment.status = payment.amount.cancelled >= total ? 'CANCELLED' : 'PARTIAL_CANCELLED'
    payment.statusChangedAt = payment.cancelledAt = new Date().toISOString()
  }
  return { status: 200, value: { cancellation: made } }
}

/** `POST /payments/{id}/virtual-account/close`. */
export function closeAccount (payment: WirePayment): Answer {
  if (payment.status !== 'VIRTUAL_ACCOUNT_ISSUED') return refused(409, 'PAYMENT_NOT_WAITING_FOR_DEPOSIT')
  const closedAt = new Date().toISOString()
  Object.assign(payment, { status: 'CANCELLED', cancellations: [], cancelledAt: closedAt, statusChangedAt: closedAt })
  return { status: 200, value: { closedAt } }
}

/** `POST /payments/{id}/confirm`: compares what is sent along with the attempt, and makes its payment. */
export function confirmPayment (
  { attempts, payments }: { attempts: Map<string, WirePayment>, payments: Map<string, WirePayment> },
  paymentId: string, body: Body
): Answer {
  const attempt = attempts.get(String(body.paymentToken))
  if (!attempt || attempt.id !== paymentId) return refused(400, 'INVALID_PAYMENT_TOKEN')
  if (payments.get(paymentId)?.status === 'PAID') return refused(409, 'ALREADY_PAID')
  const actual: Body = {
    storeId: attempt.storeId,
    txId: attempt.transactionId,
    totalAmount: attempt.amount.total,
    currency: attempt.currency,
    isTest: attempt.channel?.type === 'TEST',
  }
  for (const [name, value] of Object.entries(actual)) {
    if (body[name] !== undefined && body[name] !== value) return refused(409, 'INFORMATION_MISMATCH')
  }
  payments.set(paymentId, attempt)
  return { status: 200, value: { pgTxId: 'pg_1', paidAt: attempt.paidAt ?? new Date().toISOString() } }
}
