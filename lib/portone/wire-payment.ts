/*
 * A payment as PortOne V2 writes it: https://developers.portone.io/api/rest-v2/payment. What a decision depends on is
 * checked (schemas.ts); all else carries the documented type and is not. The provider may add fields, statuses and
 * cases at any time.
 */

/** Any value that the provider adds later. */
type Added = string & {}

/** In the currency's minor unit: won, cents. */
export interface PortoneAmount {
  total: number
  taxFree: number
  vat?: number
  supply?: number
  /** By promotions, card companies and easy pay; lies between `total` and `paid`. */
  discount: number
  /** What was charged; it may be set on a failed payment too. */
  paid: number
  cancelled: number
  cancelledTaxFree: number
}

/** The channel of a payment, by which it reaches the PG. */
export interface PortoneChannel {
  type: 'LIVE' | 'TEST' | Added
  id?: string
  key?: string
  name?: string
  pgProvider: string
  pgMerchantId: string
}

export interface PortoneCard {
  publisher?: string
  issuer?: string
  brand?: string
  type?: 'CREDIT' | 'DEBIT' | 'GIFT' | Added
  ownerType?: string
  bin?: string
  name?: string
  /** Masked. */
  number?: string
}

/** `type` is the name of the provider's schema, which may add others; filters name methods otherwise (`CARD`). */
export type PortoneMethod =
  | {
    type: 'PaymentMethodCard',
    card?: PortoneCard,
    approvalNumber?: string,
    pointUsed?: boolean
    installment?: { month: number, isInterestFree: boolean }
  }
  | { type: 'PaymentMethodTransfer', bank?: string, accountNumber?: string }
  | {
    type: 'PaymentMethodVirtualAccount',
    bank?: string,
    accountNumber: string,
    accountType?: string
    remitteeName?: string,
    remitterName?: string,
    expiredAt?: string,
    issuedAt?: string,
    refundStatus?: string
  }
  | { type: 'PaymentMethodMobile', phoneNumber?: string }
  | {
    type: 'PaymentMethodEasyPay',
    provider?: string
    easyPayMethod?: PortoneMethod | { type: 'PaymentMethodEasyPayMethodCharge', bank?: string }
  }
  | { type: 'PaymentMethodGiftCertificate', giftCertificateType?: string, approvalNumber: string }
  | {
    type: 'PaymentMethodConvenienceStore',
    convenienceStoreBrand?: string,
    confirmationNumber?: string
    receiptNumber?: string,
    paymentDeadline?: string
  }
  | { type: 'PaymentMethodCrypto' }

/** What has been cancelled only if it is `SUCCEEDED`; amounts in the minor unit. */
export interface PortoneCancellation {
  /** `REQUESTED` ends later, by itself. */
  status: 'SUCCEEDED' | 'REQUESTED' | 'FAILED' | Added
  id: string
  pgCancellationId?: string
  totalAmount: number
  taxFreeAmount: number
  vatAmount: number
  easyPayDiscountAmount?: number
  reason: string
  requestedAt: string
  cancelledAt?: string
  receiptUrl?: string
  trigger?: 'CONSOLE' | 'API' | 'PORTONE_ADMIN' | 'CHARGEBACK' | Added
}

/** Times are RFC 3339. */
interface Common {
  /** The `paymentId` that the page gave. */
  id: string
  /** The provider's own id, one per attempt. */
  transactionId: string
  merchantId: string
  storeId: string
  version: string
  channel?: PortoneChannel
  channelGroup?: { id: string, name: string, isForTest: boolean }
  method?: PortoneMethod
  /** Paid by a billing key. */
  billingKey?: string
  scheduleId?: string
  promotionId?: string
  orderName: string
  amount: PortoneAmount
  /** ISO 4217. */
  currency: string
  customer: {
    id?: string,
    name?: string,
    email?: string,
    phoneNumber?: string,
    zipcode?: string
    address?: { type: string, oneLine: string }
  }
  origin: { platformType: 'PC' | 'MOBILE' | 'API' | Added, userAgent?: string, url?: string, ipAddress: string }
  requestedAt: string
  updatedAt: string
  /** When the payment came into its latest status. */
  statusChangedAt: string
  /** JSON text. */
  customData?: string
  escrow?: { status: string }
  products?: unknown[]
  country?: string
}

interface Settled extends Common {
  pgTxId?: string
  /** The PG's own answer, as text. */
  pgResponse?: string
  receiptUrl?: string
  cashReceipt?: { status: string }
  cashReceiptIssuanceStatus?: 'ISSUED' | 'NOT_ISSUED' | Added
}

/**
 * A payment as PortOne V2 answers it, by `status`. One that the provider has added since can come too; a payment with
 * such a status reaches no hook. (A case for it would keep TypeScript from telling the others apart.)
 */
export type PortoneWirePayment =
  | Common & { status: 'READY' }
  | Common & { status: 'PAY_PENDING', pgTxId?: string }
  | Common & { status: 'VIRTUAL_ACCOUNT_ISSUED', pgTxId?: string }
  /** `cancellations`: those that are still open, or failed. */
  | Settled & { status: 'PAID', paidAt: string, disputes: unknown[], cancellations?: PortoneCancellation[] }
  | Settled & {
    status: 'PARTIAL_CANCELLED' | 'CANCELLED',
    paidAt?: string,
    cancelledAt: string
    cancellations: PortoneCancellation[]
  }
  | Common & { status: 'FAILED', failedAt: string, failure: { reason?: string, pgCode?: string, pgMessage?: string } }
