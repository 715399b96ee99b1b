import type { Language } from './language.js'
import type { SandboxPayment } from './payment.js'

/** What the buyer can pay by in the window, by `pay_method`. */
export const METHODS = ['card', 'trans', 'vbank', 'phone'] as const
/** 간편결제: the buyer pays by card or by the wallet's own money. */
export const WALLETS = ['kakaopay', 'naverpay', 'tosspay'] as const
export type Wallet = (typeof WALLETS)[number]

export const isWallet = (name: string | undefined): name is Wallet => WALLETS.some((wallet) => wallet === name)

const NAMES: Record<Language, ReadonlyMap<string, string>> = {
  ko: new Map([
    ['card', '신용카드'], ['trans', '계좌이체'], ['vbank', '가상계좌'], ['phone', '휴대폰'], ['point', '머니·포인트'],
    ['kakaopay', '카카오페이'], ['naverpay', '네이버페이'], ['tosspay', '토스페이'],
  ]),
  en: new Map([
    ['card', 'Card'], ['trans', 'Bank transfer'], ['vbank', 'Virtual account'], ['phone', 'Phone'],
    ['point', 'Money, points'],
    ['kakaopay', 'KakaoPay'], ['naverpay', 'Naver Pay'], ['tosspay', 'Toss Pay'],
  ]),
}

/** A page may name a method that we do not know: that stays as it is. */
export const nameOfMethod = (method: string, language: Language): string => NAMES[language].get(method) ?? method

/** The wallet that it was paid by: as a hub payment of another PG, or by a channel of the wallet's own. */
export const walletOf = ({ pg_provider, emb_pg_provider }: Pick<SandboxPayment, 'pg_provider' | 'emb_pg_provider'>) =>
  [emb_pg_provider ?? undefined, pg_provider.replace(/_v2$/, '')].find(isWallet)

/** `카카오페이 (신용카드)`. */
export function describeMethod (
  payment: Pick<SandboxPayment, 'pay_method' | 'pg_provider' | 'emb_pg_provider'>, language: Language
): string {
  const method = nameOfMethod(payment.pay_method, language)
  const wallet = walletOf(payment)
  return wallet === undefined ? method : `${nameOfMethod(wallet, language)} (${method})`
}
