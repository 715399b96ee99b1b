import { randomInt } from 'node:crypto'
import type { Circumstances, PaymentRequest, SandboxPayment } from './payment.js'

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
    // A window with a customer_uid issues a billing key. Some PGs charge its amount as well, as here, others only show
    // it, and no field says which: https://developers.portone.io/opi/ko/integration/pg/v1/kakaopay, .../v1/kicc.
    customer_uid_usage:
      request.customer_uid_usage ??
      (request.customer_uid === undefined ? null : channel === 'api' && request.amount > 0 ? 'payment' : 'issue'),
  }
}
