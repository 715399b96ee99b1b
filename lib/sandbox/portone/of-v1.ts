import { BANKS, institution } from '../banks.js'
import type { Entry } from '../entry.js'
import type { SandboxPayment } from '../payment.js'
import { chooseChannel } from './channels.js'
import { toMinor } from '../../money.js'
import { MERCHANT_ID, timeOf } from './wire.js'

const timeOfSec = (seconds: number) => seconds > 0 ? timeOf(seconds * 1000) : undefined

/** V2's word for its status. */
export function v1StatusOf ({ status, vbank_num, amount, cancel_amount }: SandboxPayment) {
  switch (status) {
    case 'ready': return vbank_num === null ? 'READY' : 'VIRTUAL_ACCOUNT_ISSUED'
    case 'cancelled': return cancel_amount > 0 && cancel_amount < amount ? 'PARTIAL_CANCELLED' : 'CANCELLED'
    default: return status === 'paid' ? 'PAID' : 'FAILED'
  }
}

function methodOf (payment: SandboxPayment) {
  switch (payment.pay_method) {
    case 'card': return { type: 'PaymentMethodCard', card: {}, approvalNumber: payment.apply_num ?? undefined }
    case 'trans': return { type: 'PaymentMethodTransfer' }
    case 'phone': return { type: 'PaymentMethodMobile' }
    case 'vbank':
      return payment.vbank_num === null
        ? undefined
        : {
            type: 'PaymentMethodVirtualAccount',
            bank: institution(BANKS, payment.vbank_code ?? undefined).v2,
            accountNumber: payment.vbank_num,
            expiredAt: timeOfSec(payment.vbank_date),
          }
    default: return undefined
  }
}

/** When it got its status, in UNIX seconds. */
export function v1ChangedAt ({ status, started_at, paid_at, cancelled_at, failed_at }: SandboxPayment): number {
  return { ready: started_at, paid: paid_at, cancelled: cancelled_at, failed: failed_at }[status]
}

function cancellationsOf ({ cancel_history, currency }: SandboxPayment) {
  return cancel_history.map((one) => ({
    status: 'SUCCEEDED',
    id: one.cancellation_id,
    pgCancellationId: one.pg_tid,
    totalAmount: toMinor(one.amount, currency),
    taxFreeAmount: 0,
    vatAmount: 0,
    reason: one.reason,
    requestedAt: timeOfSec(one.cancelled_at),
    cancelledAt: timeOfSec(one.cancelled_at),
  }))
}

/** A payment of V1 as V2's API shows it: `version` is `V1`, `id` the order, `transactionId` the `imp_uid`. */
export function v1PaymentOf ({ payment, updatedAt }: Entry, storeId: string) {
  const { currency, sandbox, paid_at, failed_at, cancelled_at } = payment
  const total = toMinor(payment.amount, currency)
  const status = v1StatusOf(payment)
  const { channel } = chooseChannel(sandbox ? 'channel-key-test' : undefined, undefined) ?? {}
  return {
    status,
    id: payment.merchant_uid,
    transactionId: payment.imp_uid,
    merchantId: MERCHANT_ID,
    storeId,
    version: 'V1' as const,
    method: methodOf(payment),
    channel: channel && { type: channel.type, pgProvider: 'HTML5_INICIS', pgMerchantId: payment.pg_id },
    requestedAt: timeOfSec(payment.started_at),
    updatedAt: timeOf(updatedAt),
    statusChangedAt: timeOfSec(v1ChangedAt(payment)),
    orderName: payment.name,
    amount: {
      total,
      taxFree: 0,
      discount: 0,
      paid: total,
      cancelled: toMinor(payment.cancel_amount, currency),
      cancelledTaxFree: 0,
    },
    currency,
    customer: { name: payment.buyer_name ?? undefined },
    customData: payment.custom_data ?? undefined,
    origin: { platformType: payment.channel === 'pc' ? 'PC' : payment.channel.toUpperCase(), ipAddress: '127.0.0.1' },
    ...(paid_at > 0 && { paidAt: timeOfSec(paid_at) }),
    ...(status === 'PAID' && { disputes: [] }),
    ...(status === 'FAILED' && {
      failedAt: timeOfSec(failed_at), failure: { reason: payment.fail_reason ?? undefined },
    }),
    ...(/CANCELLED/.test(status) && {
      cancelledAt: timeOfSec(cancelled_at), cancellations: cancellationsOf(payment),
    }),
  }
}
