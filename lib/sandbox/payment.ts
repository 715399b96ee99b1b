import { randomInt } from 'node:crypto'

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
  /** @default 'issue' for an amount of 0 with a customer_uid, 'payment' with a customer_uid, else null */
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

/** The longest texts that the provider keeps, in characters. Source: maxLength of its PaymentAnnotation. */
const LONGEST = {
  name: 40,
  buyer_name: 16,
  buyer_email: 64,
  buyer_tel: 16,
  buyer_addr: 128,
  buyer_postcode: 8,
  pg_provider: 16,
  pay_method: 20,
}

const cut = (text: string | undefined, length: number) =>
  text === undefined || text === '' ? null : text.slice(0, length)

/** Digits as a PG would give them: an approval number, an account. */
export const digits = (length: number): string => Array.from({ length }, () => randomInt(10)).join('')

/** A payment whose window has just opened: `ready`, nothing decided. */
export function openPayment (
  impUid: string,
  request: PaymentRequest,
  { channel, sandbox, userAgent, now }: Circumstances
): SandboxPayment {
  const [provider = 'sandbox', mid = 'sandbox'] = (request.pg ?? 'html5_inicis.INIpayTest').split('.')
  const data = request.custom_data
  return {
    imp_uid: impUid,
    merchant_uid: request.merchant_uid,
    pay_method: (request.pay_method ?? 'card').slice(0, LONGEST.pay_method),
    channel,
    pg_provider: provider.slice(0, LONGEST.pg_provider),
    emb_pg_provider: null,
    pg_tid: null,
    pg_id: mid,
    sandbox,
    escrow: false,
    apply_num: null,
    bank_code: null,
    bank_name: null,
    card_code: null,
    card_name: null,
    card_issuer_code: null,
    card_issuer_name: null,
    card_publisher_code: null,
    card_publisher_name: null,
    card_quota: 0,
    card_number: null,
    card_type: null,
    vbank_code: null,
    vbank_name: null,
    vbank_num: null,
    vbank_holder: null,
    vbank_date: 0,
    vbank_issued_at: 0,
    name: cut(request.name, LONGEST.name) ?? '주문',
    amount: request.amount,
    cancel_amount: 0,
    currency: request.currency ?? 'KRW',
    buyer_name: cut(request.buyer_name, LONGEST.buyer_name),
    buyer_email: cut(request.buyer_email, LONGEST.buyer_email),
    buyer_tel: cut(request.buyer_tel, LONGEST.buyer_tel),
    buyer_addr: cut(request.buyer_addr, LONGEST.buyer_addr),
    buyer_postcode: cut(request.buyer_postcode, LONGEST.buyer_postcode),
    custom_data: data === undefined || data === null ? null : typeof data === 'string' ? data : JSON.stringify(data),
    user_agent: userAgent ?? null,
    status: 'ready',
    started_at: now,
    paid_at: 0,
    failed_at: 0,
    cancelled_at: 0,
    fail_reason: null,
    cancel_reason: null,
    receipt_url: null,
    cancel_history: [],
    cancel_receipt_urls: [],
    cash_receipt_issued: false,
    customer_uid: request.customer_uid ?? null,
    // An amount of 0 with a customer_uid issues a billing key; no money moves.
    customer_uid_usage:
      request.customer_uid_usage ??
      (request.customer_uid === undefined ? null : request.amount === 0 ? 'issue' : 'payment'),
  }
}
