import type { SentWebhook, V2Entry } from './entry.js'
import { sumOf, type V2Cancellation, type V2Payment } from './payment.js'

/** The merchant whose store this is. */
export const MERCHANT_ID = 'merchant-00000000-0000-4000-8000-000000000000'

/** RFC 3339, in UTC. */
export const timeOf = (ms: number): string => new Date(ms).toISOString()
const maybe = (ms: number | undefined) => ms === undefined ? undefined : timeOf(ms)

export const cancellationOf = ({ requestedAt, cancelledAt, ...rest }: V2Cancellation) =>
  ({ ...rest, requestedAt: timeOf(requestedAt), cancelledAt: maybe(cancelledAt) })

/**
 * `paid` of a failed payment is seen to be its amount, so it is no evidence here either. `cancelled` counts what has
 * succeeded; whether the provider counts requested cancellations too is not documented.
 */
function amountOf (payment: V2Payment) {
  const { total, taxFree, vat, status, cancellations } = payment
  const succeeded = cancellations.filter((one) => one.status === 'SUCCEEDED')
  return {
    total,
    taxFree,
    vat,
    supply: total - taxFree - vat,
    discount: 0,
    paid: status === 'READY' ? 0 : total,
    cancelled: sumOf(payment, 'SUCCEEDED'),
    cancelledTaxFree: succeeded.reduce((sum, one) => sum + one.taxFreeAmount, 0),
  }
}

/** A webhook in the list of a payment. */
export function webhookOf (sent: SentWebhook) {
  const { id, paymentStatus, url, isAsync, trigger, triggeredAt, executions, request, response } = sent
  const isOk = response !== undefined && response.code >= 200 && response.code < 300
  return {
    id,
    paymentStatus,
    status: isOk ? 'SUCCEEDED' : response ? 'FAILED_NOT_OK_RESPONSE' : 'FAILED_UNEXPECTED_ERROR',
    url,
    isAsync,
    currentExecutionCount: executions,
    maxExecutionCount: 6,
    trigger,
    request: request && { ...request, requestedAt: timeOf(request.requestedAt) },
    response: response &&
      { code: String(response.code), header: '', body: response.body, respondedAt: timeOf(response.respondedAt) },
    triggeredAt: timeOf(triggeredAt),
  }
}

const channelOf = ({ type, key, name, pgProvider, pgMerchantId }: V2Payment['channel']) =>
  ({ type, id: key.replace('channel-key', 'channel-id'), key, name, pgProvider, pgMerchantId })

/** What every status has, of a payment and of an attempt alike. */
function commonOf ({ payment, webhooks, updatedAt }: V2Entry, storeId: string) {
  const { channelGroup, status } = payment
  return {
    status,
    merchantId: MERCHANT_ID,
    storeId,
    method: payment.method,
    channel: channelOf(payment.channel),
    channelGroup: channelGroup &&
      { id: channelGroup.id, name: channelGroup.name, isForTest: channelGroup.isForTest },
    version: 'V2' as const,
    scheduleId: payment.scheduleId,
    billingKey: payment.billingKey,
    webhooks: webhooks.map(webhookOf),
    requestedAt: timeOf(payment.requestedAt),
    updatedAt: timeOf(updatedAt),
    statusChangedAt: timeOf(payment.statusChangedAt),
    orderName: payment.orderName,
    amount: amountOf(payment),
    currency: payment.currency,
    customer: payment.customer,
    promotionId: payment.promotionId,
    customData: payment.customData,
  }
}

/** What the status brings. */
function endOf (payment: V2Payment) {
  const { status, paidAt, failedAt, cancelledAt, pgTxId, receiptUrl, failure } = payment
  const cancellations = payment.cancellations.map(cancellationOf)
  switch (status) {
    case 'READY': return {}
    case 'PAY_PENDING': case 'VIRTUAL_ACCOUNT_ISSUED': return { pgTxId }
    case 'FAILED': return { failedAt: maybe(failedAt), failure: failure ?? {} }
    case 'PAID':
      return { paidAt: maybe(paidAt), pgTxId, receiptUrl, disputes: [], ...(cancellations.length && { cancellations }) }
    default: return { paidAt: maybe(paidAt), pgTxId, receiptUrl, cancellations, cancelledAt: maybe(cancelledAt) }
  }
}

/** A payment as `GET /payments/{paymentId}` answers it. */
export function paymentOf (entry: V2Entry, storeId: string) {
  const { paymentId, transactionId, platform, userAgent } = entry.payment
  return {
    ...commonOf(entry, storeId),
    ...endOf(entry.payment),
    id: paymentId,
    transactionId,
    origin: { platformType: platform, userAgent, ipAddress: '127.0.0.1' },
  }
}
/** A payment of V2 in the provider's form. */
export type V2WirePayment = ReturnType<typeof paymentOf>

/** An attempt as `GET /payments/{paymentId}/transactions` lists it: one that is paid has no disputes there. */
export function transactionOf (entry: V2Entry, storeId: string): object {
  const { transactionId: id, paymentId, status, paidAt, pgTxId, receiptUrl } = entry.payment
  const end = status === 'PAID' ? { paidAt: maybe(paidAt), pgTxId, receiptUrl } : endOf(entry.payment)
  return { ...commonOf(entry, storeId), ...end, id, paymentId }
}
