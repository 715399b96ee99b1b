import type { Channel, ChannelGroup } from './channels.js'

export type V2Status = 'READY' | 'PAY_PENDING' | 'VIRTUAL_ACCOUNT_ISSUED' | 'PAID' | 'PARTIAL_CANCELLED' |
  'CANCELLED' | 'FAILED'

export const PAY_METHODS = ['CARD', 'TRANSFER', 'VIRTUAL_ACCOUNT', 'MOBILE', 'EASY_PAY'] as const
export type PayMethod = (typeof PAY_METHODS)[number]

export interface CardMethod {
  type: 'PaymentMethodCard'
  card: Record<string, string>
  approvalNumber: string
  installment: { month: number, isInterestFree: boolean }
  pointUsed: boolean
}
export interface AccountMethod {
  type: 'PaymentMethodVirtualAccount'
  bank: string
  accountNumber: string
  accountType: 'NORMAL'
  remitteeName: string
  /** RFC 3339. */
  issuedAt: string
  expiredAt: string
  refundStatus?: 'COMPLETED'
}
/** How it was paid, in the provider's words. */
export type Method = CardMethod | AccountMethod | { type: 'PaymentMethodTransfer', bank: string } |
  { type: 'PaymentMethodMobile', phoneNumber?: string } |
  {
    type: 'PaymentMethodEasyPay'
    provider: string
    easyPayMethod: CardMethod | { type: 'PaymentMethodEasyPayMethodCharge' }
  }

/** Amounts are in the currency's minor unit, times in milliseconds since 1970. */
export interface V2Cancellation {
  status: 'SUCCEEDED' | 'REQUESTED' | 'FAILED'
  id: string
  pgCancellationId: string
  totalAmount: number
  taxFreeAmount: number
  vatAmount: number
  reason: string
  requestedAt: number
  cancelledAt?: number
  trigger: 'API' | 'CONSOLE' | 'CHARGEBACK'
}

export interface Customer { id?: string, name?: string, email?: string, phoneNumber?: string }

/** Why a payment failed, as the provider keeps it. */
export interface Failure { reason?: string, pgCode?: string, pgMessage?: string }

/**
 * One attempt to pay a `paymentId`. Amounts are in the currency's minor unit, times in milliseconds since 1970; the
 * provider's form of it is made in wire.ts.
 */
export interface V2Payment {
  paymentId: string
  /** The provider's id of the attempt, `txId` to the page. */
  transactionId: string
  status: V2Status
  channel: Channel
  channelGroup?: ChannelGroup | undefined
  orderName: string
  currency: string
  total: number
  taxFree: number
  vat: number
  /** What the page asked for. */
  payMethod: PayMethod
  method?: Method
  customer: Customer
  customData?: string | undefined
  promotionId?: string | undefined
  billingKey?: string | undefined
  scheduleId?: string | undefined
  platform: 'PC' | 'MOBILE' | 'API'
  userAgent?: string | undefined
  requestedAt: number
  statusChangedAt: number
  paidAt?: number
  failedAt?: number
  cancelledAt?: number
  pgTxId?: string
  receiptUrl?: string
  failure?: Failure
  cancellations: V2Cancellation[]
}

/** The sum of the cancellations with one of those statuses. */
export const sumOf = ({ cancellations }: V2Payment, ...statuses: V2Cancellation['status'][]): number =>
  cancellations.filter(({ status }) => statuses.includes(status)).reduce((sum, one) => sum + one.totalAmount, 0)
