import type { Choice } from '../approval.js'
import { BANKS, CARDS, institution } from '../banks.js'
import type { Language } from '../language.js'
import { isWallet, nameOfMethod } from '../methods.js'
import { digits } from '../open-payment.js'
import type { V2Entry } from './entry.js'
import type { CardMethod, Method, PayMethod, V2Payment } from './payment.js'
import { timeOf } from './wire.js'

/** The window's methods and V2's names for them. */
const NAMES: ReadonlyMap<string, PayMethod> = new Map([
  ['card', 'CARD'], ['trans', 'TRANSFER'], ['vbank', 'VIRTUAL_ACCOUNT'], ['phone', 'MOBILE'],
])

/** The window's name for what the page asked for; a wallet by its provider. */
export function windowMethodOf ({ payMethod, channel }: V2Payment, easyPayProvider?: string): string {
  if (payMethod !== 'EASY_PAY') return [...NAMES].find(([, name]) => name === payMethod)?.[0] ?? 'card'
  const wallet = (easyPayProvider ?? channel.pgProvider).toLowerCase()
  return isWallet(wallet) ? wallet : 'kakaopay'
}

/** The window's name of how it was paid, else of what was asked for; `point` is a wallet's money. */
export function usedMethodOf ({ method, ...payment }: V2Payment): { name: string, wallet?: string } {
  switch (method?.type) {
    case 'PaymentMethodCard': return { name: 'card' }
    case 'PaymentMethodTransfer': return { name: 'trans' }
    case 'PaymentMethodMobile': return { name: 'phone' }
    case 'PaymentMethodVirtualAccount': return { name: 'vbank' }
    case 'PaymentMethodEasyPay': {
      const isCard = method.easyPayMethod.type === 'PaymentMethodCard'
      return { name: isCard ? 'card' : 'point', wallet: method.provider.toLowerCase() }
    }
    default: return { name: windowMethodOf(payment) }
  }
}

/** `카카오페이 (신용카드)`. */
export function describeV2Method (payment: V2Payment, language: Language): string {
  const { name, wallet } = usedMethodOf(payment)
  const method = nameOfMethod(name, language)
  return wallet === undefined ? method : `${nameOfMethod(wallet, language)} (${method})`
}

function cardMethod (code: string | undefined, quota: number): CardMethod {
  const company = institution(CARDS, code).v2
  const bin = digits(6)
  return {
    type: 'PaymentMethodCard',
    card: {
      publisher: company,
      issuer: company,
      brand: 'LOCAL',
      type: 'CREDIT',
      ownerType: 'PERSONAL',
      bin,
      number: `${bin}******${digits(4)}`,
    },
    approvalNumber: digits(8),
    installment: { month: quota, isInterestFree: false },
    pointUsed: false,
  }
}

const accountMethod = (code: string | undefined, now: number, dueAt: number): Method => ({
  type: 'PaymentMethodVirtualAccount',
  bank: institution(BANKS, code).v2,
  accountNumber: `${institution(BANKS, code).code}${digits(11)}`,
  accountType: 'NORMAL',
  remitteeName: '(주)샌드박스',
  issuedAt: timeOf(now),
  expiredAt: timeOf(dueAt),
})

/** How the buyer pays. @param wanted the window's name for it @param now milliseconds since 1970 */
function methodOf ({ payment, dueAt }: V2Entry, wanted: string, choice: Choice, now: number): Method {
  if (isWallet(wanted)) {
    return {
      type: 'PaymentMethodEasyPay',
      provider: wanted.toUpperCase(),
      easyPayMethod: choice.source === 'money'
        ? { type: 'PaymentMethodEasyPayMethodCharge' }
        : cardMethod(choice.institution, choice.quota ?? 0),
    }
  }
  switch (wanted) {
    case 'trans': return { type: 'PaymentMethodTransfer', bank: institution(BANKS, choice.institution).v2 }
    case 'phone': return { type: 'PaymentMethodMobile', phoneNumber: payment.customer.phoneNumber }
    case 'vbank': return accountMethod(choice.institution, now, dueAt)
    default: return cardMethod(choice.institution, choice.quota ?? 0)
  }
}

/** Writes down how the buyer pays, and the PG's id for it. */
export function noteMethod (entry: V2Entry, choice: Choice, now: number): void {
  const { payment } = entry
  payment.method = methodOf(entry, choice.payMethod ?? windowMethodOf(payment), choice, now)
  payment.pgTxId = `${payment.channel.pgMerchantId}${digits(12)}`
}
