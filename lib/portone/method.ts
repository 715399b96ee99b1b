import type { Payment } from '../completion/payment.js'
import { bankName } from './banks.js'
import { at, secondsAt, textOf } from './read-fields.js'

/** `pay_method` as V1 has it, where it has one; other methods in snake case. */
const PAY_METHODS: ReadonlyMap<string, string> = new Map(Object.entries({
  PaymentMethodCard: 'card',
  PaymentMethodTransfer: 'trans',
  PaymentMethodVirtualAccount: 'vbank',
  PaymentMethodMobile: 'phone',
  PaymentMethodEasyPay: 'point',
  PaymentMethodEasyPayMethodCharge: 'point',
}))

const snakeCase = (type: string) =>
  type.replace(/^PaymentMethod(?=.)/, '').replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()

const payMethodOf = (type: string) => PAY_METHODS.get(type) ?? snakeCase(type)

/** The method behind easy pay if the answer names it, else the method itself. */
function methodBehind (method: unknown): unknown {
  const behind = at(method, 'type') === 'PaymentMethodEasyPay' ? at(method, 'easyPayMethod') : undefined
  const type = at(behind, 'type')
  return typeof type === 'string' && PAY_METHODS.has(type) ? behind : method
}

/** V1's `card_type`; gift cards have none there. */
const CARD_TYPES: ReadonlyMap<unknown, number> = new Map([['CREDIT', 0], ['DEBIT', 1]])

/** The account into which a buyer has to pay, if the method is a virtual account. */
export const accountNumberOf = (method: unknown): string | null =>
  at(method, 'type') === 'PaymentMethodVirtualAccount' ? textOf(at(method, 'accountNumber')) : null

type MethodFields = Pick<Payment,
  'pay_method' | 'emb_pg_provider' | 'apply_num' | 'bank_code' | 'bank_name' | 'card_name' | 'card_number' |
  'card_issuer_code' | 'card_publisher_code' | 'card_type' | 'card_quota' | 'vbank_num' | 'vbank_code' | 'vbank_name' |
  'vbank_holder' | 'vbank_date' | 'vbank_issued_at'>

/** How a payment was paid, with V1's names. */
export function translateMethod (method: unknown): MethodFields {
  const paidBy = methodBehind(method)
  const type = textOf(at(paidBy, 'type'))
  const card = at(paidBy, 'card')
  const months = at(paidBy, 'installment', 'month')
  const bank = type === 'PaymentMethodTransfer' ? textOf(at(paidBy, 'bank')) : null
  return {
    pay_method: type === null ? null : payMethodOf(type),
    emb_pg_provider: textOf(at(method, 'provider'))?.toLowerCase() ?? null,
    apply_num: textOf(at(paidBy, 'approvalNumber')),
    bank_code: bank,
    bank_name: bank === null ? null : bankName(bank),
    card_name: textOf(at(card, 'name')),
    card_number: textOf(at(card, 'number')),
    card_issuer_code: textOf(at(card, 'issuer')),
    card_publisher_code: textOf(at(card, 'publisher')),
    card_type: CARD_TYPES.get(at(card, 'type')) ?? null,
    card_quota: typeof months === 'number' ? months : null,
    ...translateAccount(method),
  }
}

function translateAccount (method: unknown) {
  const isAccount = at(method, 'type') === 'PaymentMethodVirtualAccount'
  const bank = isAccount ? textOf(at(method, 'bank')) : null
  const timeOf = (name: string) => (isAccount && secondsAt(at(method, name))) || null
  return {
    vbank_num: accountNumberOf(method),
    vbank_code: bank,
    vbank_name: bank === null ? null : bankName(bank),
    vbank_holder: isAccount ? textOf(at(method, 'remitteeName')) : null,
    vbank_date: timeOf('expiredAt'),
    vbank_issued_at: timeOf('issuedAt'),
  }
}
