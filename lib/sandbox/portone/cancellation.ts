import { randomUUID } from 'node:crypto'
import { digits } from '../open-payment.js'
import { ApiRefusal } from './errors.js'
import { sumOf, type V2Cancellation, type V2Payment } from './payment.js'

export interface V2CancelRequest {
  reason: string
  /** Absent: all that is left. In the currency's minor unit, as all amounts here. */
  amount?: number
  /** Absent with an amount: wholly taxable. */
  taxFreeAmount?: number
  vatAmount?: number
  /** What the caller believes is left; another balance refuses the cancellation. */
  currentCancellableAmount?: number
  refundAccount?: object
}

const taxFreeOf = ({ cancellations }: V2Payment) =>
  cancellations.filter(({ status }) => status !== 'FAILED').reduce((sum, one) => sum + one.taxFreeAmount, 0)

/** What is left: a requested cancellation holds its amount until it has ended. */
export const cancellableOf = (payment: V2Payment): number => payment.total - sumOf(payment, 'SUCCEEDED', 'REQUESTED')

/**
 * What to cancel, and how much of it is tax-free.
 * @throws ApiRefusal what the provider refuses before it asks the PG
 */
function partsOf (payment: V2Payment, request: V2CancelRequest): { amount: number, free: number } {
  const { status, taxFree, method } = payment
  if (status === 'CANCELLED') throw new ApiRefusal('PAYMENT_ALREADY_CANCELLED', '결제가 이미 취소되었습니다.')
  if (status !== 'PAID' && status !== 'PARTIAL_CANCELLED') {
    throw new ApiRefusal('PAYMENT_NOT_PAID', '결제가 완료되지 않았습니다.')
  }
  const left = cancellableOf(payment)
  const { currentCancellableAmount: believed, amount = left } = request
  if (believed !== undefined && believed !== left) {
    throw new ApiRefusal('CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN', `취소 가능 잔액이 일치하지 않습니다. (${left})`)
  }
  if (amount > left || left === 0) {
    throw new ApiRefusal('CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT', `취소 가능 금액을 초과했습니다. (${left})`)
  }
  const freeLeft = taxFree - taxFreeOf(payment)
  const free = request.taxFreeAmount ?? (request.amount === undefined ? freeLeft : 0)
  if (free + (request.vatAmount ?? 0) > amount) {
    throw new ApiRefusal('SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT', '면세 금액과 부가세액의 합이 취소 금액을 초과했습니다.')
  }
  if (free > freeLeft) {
    throw new ApiRefusal('CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT', '취소 가능 면세 금액을 초과했습니다.')
  }
  if (amount - free > left - freeLeft) {
    throw new ApiRefusal('CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT', '취소 가능 과세 금액을 초과했습니다.')
  }
  if (method?.type === 'PaymentMethodVirtualAccount' && request.refundAccount === undefined) {
    throw new ApiRefusal('INVALID_REQUEST', '가상계좌 환불에는 refundAccount가 필요합니다.')
  }
  return { amount, free }
}

/**
 * Writes the cancellation down.
 * @param decide its status, once it is clear that the provider does not refuse it
 * @param now milliseconds since 1970 @throws ApiRefusal; nothing was changed then
 */
export function addCancellation (
  payment: V2Payment, request: V2CancelRequest, trigger: V2Cancellation['trigger'],
  decide: () => V2Cancellation['status'], now: number
): V2Cancellation {
  const { amount, free } = partsOf(payment, request)
  const status = decide()
  const cancellation: V2Cancellation = {
    status: status === 'SUCCEEDED' ? 'REQUESTED' : status,
    id: randomUUID(),
    pgCancellationId: `${payment.pgTxId ?? payment.transactionId}C${digits(4)}`,
    totalAmount: amount,
    taxFreeAmount: free,
    vatAmount: request.vatAmount ?? (payment.currency === 'KRW' ? Math.round((amount - free) / 11) : 0),
    reason: request.reason,
    requestedAt: now,
    trigger,
  }
  payment.cancellations.push(cancellation)
  if (status === 'SUCCEEDED') succeed(payment, cancellation, now)
  return cancellation
}

/** The money goes back. */
export function succeed (payment: V2Payment, cancellation: V2Cancellation, now: number): void {
  Object.assign(cancellation, { status: 'SUCCEEDED', cancelledAt: now } satisfies Partial<V2Cancellation>)
  const isAll = sumOf(payment, 'SUCCEEDED') === payment.total
  Object.assign(payment, {
    status: isAll ? 'CANCELLED' : 'PARTIAL_CANCELLED', cancelledAt: now, statusChangedAt: now,
  } satisfies Partial<V2Payment>)
  if (payment.method?.type === 'PaymentMethodVirtualAccount') payment.method.refundStatus = 'COMPLETED'
}
