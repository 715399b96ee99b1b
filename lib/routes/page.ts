import type { FastifyReply } from 'fastify'
import type { Completion } from '../completion/reply.js'
import type { Locale } from '../messages.js'

/** For HTML text and attributes. */
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const TITLES: Record<Locale, string> = { ko: '결제 결과', en: 'Payment' }
const ORDER: Record<Locale, string> = { ko: '주문번호', en: 'Order' }
const VBANK: Record<Locale, Record<'name' | 'num' | 'holder' | 'amount' | 'due', string>> = {
  ko: { name: '은행', num: '계좌번호', holder: '예금주', amount: '입금액', due: '입금기한' },
  en: { name: 'Bank', num: 'Account number', holder: 'Account holder', amount: 'Amount', due: 'Pay before' },
}
/** Korean virtual accounts close by Korean time, wherever the server is. */
const TIME_ZONE = 'Asia/Seoul'

/** What the page shows of a completion; of an error, only the order. */
export type Shown = Partial<Pick<Completion, 'merchant_uid' | 'amount' | 'currency' | 'vbank' | 'detail'>>

/** A small page that shows the outcome, for a redirect without a target. */
export function sendPage (
  reply: FastifyReply, statusCode: number, locale: Locale, message: string, shown: Shown
): FastifyReply {
  const title = TITLES[locale]
  const order = shown.merchant_uid === undefined ? '' : line(ORDER[locale], shown.merchant_uid)
  return reply
    .code(statusCode)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .send(`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${escape([message, shown.detail].filter(Boolean).join(' '))}</p>
${accountLines(shown, locale)}${order}</main>
</body>
</html>
`)
}

const line = (label: string, value: string) => `<p>${label}: ${escape(value)}</p>\n`

/** Where and until when to pay; empty without a virtual account. The provider may leave any of it out. */
function accountLines ({ vbank, amount, currency }: Shown, locale: Locale): string {
  if (vbank === undefined) return ''
  const labels = VBANK[locale]
  const { name, num, holder, due } = vbank
  const values = { name, num, holder, amount: moneyOf(amount, currency, locale), due: timeOf(due, locale) }
  return PARTS.map((part) => values[part] ? line(labels[part], String(values[part])) : '').join('')
}

const PARTS = ['name', 'num', 'holder', 'amount', 'due'] as const

const moneyOf = (amount = 0, currency = '', locale: Locale) =>
  amount.toLocaleString(locale) + (locale === 'ko' && currency === 'KRW' ? '원' : ` ${currency}`)

/** @param seconds UNIX seconds; 0 or null while unknown, and not checked by us */
function timeOf (seconds: number | null, locale: Locale): string | null {
  const date = new Date(Number(seconds) * 1000)
  if (!seconds || Number.isNaN(date.getTime())) return null
  const style = { timeZone: TIME_ZONE, dateStyle: 'long', timeStyle: 'short', hourCycle: 'h23' } as const
  return `${date.toLocaleString(locale, style)} (KST)`
}
