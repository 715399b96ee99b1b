/** A cancellation as PortOne V2 writes it. */
export interface WireCancellation {
  id: string
  status: string
  totalAmount: number
  reason: string
  [more: string]: unknown
}

/** A payment as PortOne V2 writes it, as loosely typed as tests need. */
export interface WirePayment {
  id: string
  transactionId: string
  storeId: string
  version: string
  status: string
  /** In the currency's minor unit. */
  amount: { total: number, discount: number, paid: number, cancelled: number, [more: string]: unknown }
  currency: string
  channel?: { type: string, [more: string]: unknown }
  cancellations?: WireCancellation[]
  statusChangedAt: string
  [more: string]: unknown
}

/** Of every payment made here. */
export const STORE_ID = 'store-1'

/** RFC 3339, as the provider writes times. */
export const timeAgo = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString()

const amountOf = (total: number, cancelled = 0) =>
  ({ total, taxFree: 0, vat: 0, supply: total, discount: 0, paid: total, cancelled, cancelledTaxFree: 0 })

/** Changes to a payment; `total` is its `amount.total`, in the minor unit. */
export type Changes = Partial<WirePayment> & { total?: number }

const base = ({ total = 14000, ...changes }: Changes): WirePayment => ({
  status: 'PAID',
  id: 'order_1',
  transactionId: 'tx_1',
  merchantId: 'merchant-1',
  storeId: STORE_ID,
  version: 'V2',
  channel: { type: 'LIVE', key: 'channel-key', pgProvider: 'TOSSPAYMENTS', pgMerchantId: 'm' },
  method: { type: 'PaymentMethodCard' },
  requestedAt: timeAgo(90),
  updatedAt: timeAgo(60),
  statusChangedAt: timeAgo(60),
  orderName: '사과',
  amount: amountOf(total),
  currency: 'KRW',
  customer: {},
  origin: { platformType: 'PC', ipAddress: '127.0.0.1' },
  ...changes,
})

/** A card payment of 14000 won for `order_1`, paid a minute ago. */
export const paid = (changes: Changes = {}): WirePayment => base({ paidAt: timeAgo(60), disputes: [], ...changes })

/** A virtual account, issued, without its deposit. */
export const issued = (changes: Changes = {}): WirePayment => base({
  status: 'VIRTUAL_ACCOUNT_ISSUED',
  method: {
    type: 'PaymentMethodVirtualAccount',
    bank: 'KOOKMIN',
    accountNumber: '100-200-300',
    remitteeName: '가게',
    expiredAt: '2026-09-27T14:59:59Z',
    issuedAt: timeAgo(60),
  },
  ...changes,
})

/** The checkout was opened; neither channel nor method is known. */
export const ready = (changes: Changes = {}): WirePayment =>
  base({ status: 'READY', channel: undefined, method: undefined, ...changes })

/** The provider approves later. */
export const pending = (changes: Changes = {}): WirePayment =>
  base({ status: 'PAY_PENDING', method: { type: 'PaymentMethodEasyPay', provider: 'PAYPAL' }, ...changes })

export const failed = (changes: Changes = {}): WirePayment => base({
  status: 'FAILED',
  failedAt: timeAgo(60),
  failure: { reason: '한도초과', pgCode: 'LIMIT', pgMessage: '한도초과' },
  ...changes,
})

/** A test channel approved it: no money moved. */
export const inTestChannel = { type: 'TEST', key: 'channel-key', pgProvider: 'TOSSPAYMENTS', pgMerchantId: 'm' }

/** One cancellation; `SUCCEEDED`, and of 1000, unless changed. */
export const cancellation = (changes: Partial<WireCancellation> = {}): WireCancellation => ({
  status: 'SUCCEEDED',
  id: 'cancellation_1',
  totalAmount: 1000,
  taxFreeAmount: 0,
  vatAmount: 0,
  reason: '변심',
  requestedAt: timeAgo(30),
  cancelledAt: timeAgo(30),
  trigger: 'CONSOLE',
  ...changes,
})

/** A payment with these cancellations, and the status that the succeeded ones give it. */
export function withCancellations (payment: WirePayment, ...cancellations: WireCancellation[]): WirePayment {
  const succeeded = cancellations.filter(({ status }) => status === 'SUCCEEDED')
  const cancelled = succeeded.reduce((sum, { totalAmount }) => sum + totalAmount, 0)
  const isAll = cancelled >= payment.amount.total
  return {
    ...payment,
    amount: { ...payment.amount, cancelled },
    cancellations,
    ...(succeeded.length > 0 && { status: isAll ? 'CANCELLED' : 'PARTIAL_CANCELLED', cancelledAt: timeAgo(30) }),
  }
}
