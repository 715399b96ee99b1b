import { randomUUID } from 'node:crypto'
import { balance, isSameAmount } from '../money.js'
import { RefusedError } from './errors.js'
import { digits } from './open-payment.js'
import type { Cancellation, SandboxPayment } from './payment.js'

export interface CancelRequest {
  /** Absent or 0 cancels all that is left. */
  amount?: number
  /** What the caller believes is left; another balance refuses the cancellation. */
  checksum?: number
  reason?: string
  refund_holder?: string
  refund_bank?: string
  refund_account?: string
}

/** Cancels wholly or in part. @throws SANDBOX_REFUSED; nothing was changed then */
export function cancelPayment (payment: SandboxPayment, request: CancelRequest, now: number): Cancellation {
  const { status, amount, cancel_amount, currency } = payment
  const left = balance(amount, cancel_amount, currency)
  if (status === 'cancelled' && left === 0) throw new RefusedError('이미 전액취소된 주문입니다.')
  if (payment.paid_at === 0) throw new RefusedError('취소할 수 없는 결제상태입니다. 결제완료된 건만 취소할 수 있습니다.')
  if (request.checksum !== undefined && !isSameAmount(request.checksum, left, currency)) {
    throw new RefusedError(`취소 가능 잔액이 일치하지 않습니다. (요청 ${request.checksum}, 실제 ${left})`)
  }
  const wanted = request.amount === undefined || request.amount === 0 ? left : request.amount
  if (!(wanted > 0) || wanted > left || !isSameAmount(wanted, wanted, currency)) {
    throw new RefusedError(`취소 요청금액이 올바르지 않습니다. (취소 가능 잔액 ${left})`)
  }
  if (payment.pay_method === 'vbank' && !(request.refund_holder && request.refund_bank && request.refund_account)) {
    throw new RefusedError('가상계좌 환불에는 환불계좌 정보(refund_holder, refund_bank, refund_account)가 필요합니다.')
  }
  const cancellation: Cancellation = {
    pg_tid: `${payment.pg_tid ?? payment.pg_id}C${digits(4)}`,
    amount: wanted,
    cancelled_at: now,
    reason: request.reason ?? '취소요청',
    cancellation_id: randomUUID(),
    receipt_url: payment.receipt_url,
  }
  Object.assign(payment, {
    status: 'cancelled',
    cancel_amount: balance(amount, balance(left, wanted, currency), currency),
    cancelled_at: now,
    cancel_reason: cancellation.reason,
    cancel_history: [...payment.cancel_history, cancellation],
    cancel_receipt_urls: [
      ...payment.cancel_receipt_urls,
      ...(cancellation.receipt_url === null ? [] : [cancellation.receipt_url]),
    ],
  } satisfies Partial<SandboxPayment>)
  return cancellation
}

/** Closes a virtual account without a deposit: no money moves, `cancel_history` stays empty. @throws SANDBOX_REFUSED */
export function endAccount (payment: SandboxPayment, reason: string, now: number): void {
  if (payment.vbank_num === null) throw new RefusedError('가상계좌 결제 건이 아닙니다.')
  if (payment.status !== 'ready') throw new RefusedError('입금대기 상태의 가상계좌가 아닙니다.')
  Object.assign(payment, {
    status: 'cancelled',
    cancelled_at: now,
    cancel_reason: reason,
  } satisfies Partial<SandboxPayment>)
}
