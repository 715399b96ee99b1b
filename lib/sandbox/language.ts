import type { FastifyReply, FastifyRequest } from 'fastify'
import { fieldsOf, text } from './rest/fields.js'

/** The language of the console and the window. */
export type Language = 'ko' | 'en'

const COOKIE = 'sandbox_lang'
/** Seconds that a browser remembers the switch: a year. */
const REMEMBERED_SEC = 365 * 24 * 60 * 60

const known = (name: string | undefined): Language | undefined => name === 'ko' || name === 'en' ? name : undefined

function remembered ({ headers }: FastifyRequest): Language | undefined {
  const [, value] = new RegExp(`(?:^|;\\s*)${COOKIE}=(\\w+)`).exec(headers.cookie ?? '') ?? []
  return known(value)
}

/** The first that we know; browsers list theirs by preference. */
function preferred ({ headers }: FastifyRequest): Language | undefined {
  const names = (headers['accept-language'] ?? '').split(',').map((part) => part.trim().slice(0, 2).toLowerCase())
  return names.map(known).find((name) => name !== undefined)
}

/**
 * The language to answer in: that of the switch (`?lang=en`, which the browser then remembers), else the sandbox's
 * own option, else the browser's, else Korean.
 */
export function languageOf (request: FastifyRequest, reply: FastifyReply, option: Language | undefined): Language {
  const switched = known(text(fieldsOf(request.query), 'lang'))
  if (switched) reply.header('set-cookie', `${COOKIE}=${switched}; Path=/; Max-Age=${REMEMBERED_SEC}; SameSite=Lax`)
  return switched ?? remembered(request) ?? option ?? preferred(request) ?? 'ko'
}

/** Puts values into a sentence, one for each `{}`. */
export function fill (sentence: string, ...values: (string | number)[]): string {
  let next = 0
  return sentence.replaceAll('{}', () => String(values[next++] ?? ''))
}

const LOCALES = { ko: 'ko-KR', en: 'en-US' } as const

/** `14,000원`, `₩14,000`, `US$12.50`. */
export function formatMoney (amount: number, currency: string, language: Language): string {
  if (currency === 'KRW' && language === 'ko') return `${amount.toLocaleString('ko-KR')}원`
  if (!/^[A-Z]{3}$/.test(currency)) return `${amount} ${currency}`
  return new Intl.NumberFormat(LOCALES[language], { style: 'currency', currency }).format(amount)
}

/** Date and minute, in Korean time. @param seconds UNIX seconds */
export function formatTime (seconds: number, language: Language): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'Asia/Seoul',
  }).format(seconds * 1000)
}
