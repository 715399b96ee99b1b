import { BANKS, CARDS, institution } from './banks.js'
import { dueAt } from './clock.js'
import { isWallet, walletOf, type Wallet } from './methods.js'
import { digits } from './open-payment.js'
import type { SandboxPayment } from './payment.js'
import type { Entry } from './store.js'

/** What the buyer chose in the window. */
export interface Choice {
  /** `card`, `trans`, `vbank`, `phone`, or a wallet: `kakaopay`, `naverpay`, `tosspay`. @default the payment's own */
  payMethod?: string
  /** Of a wallet: a card that is registered there, or its money. @default 'card' */
  source?: 'card' | 'money'
  /** Standard code of the card company or the bank. */
  institution?: string
  /** Months of instalment, 0 for none. @default 0 */
  quota?: number
}

/** An approval's id at the PG. */
const tid = (payment: SandboxPayment) => `${payment.pg_id}${payment.imp_uid.slice(4)}${digits(6)}`

/** Issues a virtual account: `ready` until somebody pays into it. */
export function issueAccount ({ payment, request }: Entry, choice: Choice, now: number): void {
  const bank = institution(BANKS, choice.institution)
  Object.assign(payment, {
    pay_method: 'vbank',
    vbank_code: bank.code,
    vbank_name: bank.name,
    vbank_num: `${bank.code}${digits(11)}`,
    vbank_holder: '(주)샌드박스',
    vbank_date: dueAt(request.vbank_due, now),
    vbank_issued_at: now,
    pg_tid: tid(payment),
  } satisfies Partial<SandboxPayment>)
}

/** Makes a payment paid. @param receiptUrl the address of its receipt */
export function takeMoney ({ payment }: Entry, now: number, receiptUrl: string): void {
  Object.assign(payment, {
    status: 'paid',
    paid_at: now,
    failed_at: 0,
    fail_reason: null,
    pg_tid: payment.pg_tid ?? tid(payment),
    receipt_url: receiptUrl,
  } satisfies Partial<SandboxPayment>)
}

/** What a payment carries of the card. */
function noteCard (payment: SandboxPayment, code: string | undefined, quota: number) {
  const card = institution(CARDS, code)
  Object.assign(payment, {
    apply_num: digits(8),
    card_code: card.code,
    card_name: card.name,
    card_issuer_code: card.code,
    card_issuer_name: card.name,
    card_publisher_code: card.code,
    card_publisher_name: card.name,
    card_quota: quota,
    card_number: `${digits(6)}******${digits(4)}`,
    card_type: 0,
  } satisfies Partial<SandboxPayment>)
}

/**
 * What the provider records of a wallet's payment: `card` where a card was used, `point` where it was the wallet's
 * money (documented for 토스페이먼츠, and seen with 카카오페이; a channel of 토스페이 records `trans`). `emb_pg_provider`
 * names the wallet of a hub payment; a channel of the wallet's own is the `pg_provider` itself.
 */
function noteWallet (payment: SandboxPayment, wallet: Wallet, { source = 'card' }: Choice) {
  const isOwnChannel = walletOf({ ...payment, emb_pg_provider: null }) === wallet
  const money = isOwnChannel && wallet === 'tosspay' ? 'trans' : 'point'
  payment.pay_method = source === 'card' ? 'card' : money
  payment.emb_pg_provider = isOwnChannel ? null : wallet
}

/** Writes down how the buyer pays. */
export function noteMethod ({ payment }: Entry, choice: Choice): void {
  const method = choice.payMethod ?? walletOf(payment) ?? payment.pay_method
  if (isWallet(method)) {
    noteWallet(payment, method, choice)
  } else {
    payment.pay_method = method
    if (method === 'trans') {
      const bank = institution(BANKS, choice.institution)
      Object.assign(payment, { bank_code: bank.code, bank_name: bank.name })
    }
  }
  if (payment.pay_method === 'card') noteCard(payment, choice.institution, choice.quota ?? 0)
}
