/** One entry of `cancel_history`. */
export interface Cancellation {
  pg_tid: string
  /** In the payment's currency. */
  amount: number
  /** UNIX seconds. */
  cancelled_at: number
  reason: string
  cancellation_id: string
  receipt_url: string | null
}

export type Status = 'ready' | 'paid' | 'cancelled' | 'failed'

/**
 * A payment as the provider sends it: every documented field, null where it does not apply. Times are UNIX seconds, 0
 * when unset.
 */
export interface SandboxPayment {
  imp_uid: string
  merchant_uid: string
  pay_method: string
  channel: 'pc' | 'mobile' | 'api'
  pg_provider: string
  emb_pg_provider: string | null
  pg_tid: string | null
  pg_id: string
  sandbox: boolean
  escrow: boolean
  apply_num: string | null
  bank_code: string | null
  bank_name: string | null
  card_code: string | null
  card_name: string | null
  card_issuer_code: string | null
  card_issuer_name: string | null
  card_publisher_code: string | null
  card_publisher_name: string | null
  card_quota: number
  card_number: string | null
  card_type: number | null
  vbank_code: string | null
  vbank_name: string | null
  vbank_num: string | null
  vbank_holder: string | null
  vbank_date: number
  vbank_issued_at: number
  name: string
  amount: number
  cancel_amount: number
  currency: string
  buyer_name: string | null
  buyer_email: string | null
  buyer_tel: string | null
  buyer_addr: string | null
  buyer_postcode: string | null
  custom_data: string | null
  user_agent: string | null
  status: Status
  started_at: number
  paid_at: number
  failed_at: number
  cancelled_at: number
  fail_reason: string | null
  cancel_reason: string | null
  receipt_url: string | null
  cancel_history: Cancellation[]
  cancel_receipt_urls: string[]
  cash_receipt_issued: boolean
  customer_uid: string | null
  customer_uid_usage: string | null
}

/** What a page or an API call says of a payment that it starts. */
export interface PaymentRequest {
  /** The order, up to 40 characters. */
  merchant_uid: string
  /** In `currency`, in its major unit: won, dollars. */
  amount: number
  /** ISO 4217. @default 'KRW' */
  currency?: string
  /** `card`, `trans`, `vbank`, `phone`, ... @default 'card' */
  pay_method?: string
  /** The name of the order, as the buyer reads it. */
  name?: string
  /** The PG's code, e.g. `html5_inicis.INIpayTest`. */
  pg?: string
  buyer_name?: string
  buyer_email?: string
  buyer_tel?: string
  buyer_addr?: string
  buyer_postcode?: string
  /** Kept as JSON text. */
  custom_data?: unknown
  customer_uid?: string
  /** @default null without a customer_uid; else 'issue', as by a window; by API, with an amount, 'payment' */
  customer_uid_usage?: 'issue' | 'payment' | 'payment.scheduled'
  /** Where this payment's webhooks go, instead of `webhookUrl`. */
  notice_url?: string | string[]
  /** Asked before this payment is approved, instead of `confirmUrl`. */
  confirm_url?: string
  /**
   * Until when a virtual account takes the deposit: `YYYY-MM-DD`, `YYYYMMDDHHmm` and the like, in Korean time.
   * @default in 7 days
   */
  vbank_due?: string
}

export interface Circumstances {
  channel: SandboxPayment['channel']
  /** Paid in a test channel. */
  sandbox: boolean
  userAgent?: string
  /** UNIX seconds. */
  now: number
}
