import type { FastifyReply } from 'fastify'
import type { Locale } from '../messages.js'

/** For HTML text and attributes. */
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const TITLES: Record<Locale, string> = { ko: '결제 결과', en: 'Payment' }
const ORDER: Record<Locale, string> = { ko: '주문번호', en: 'Order' }

/** A small page that shows the outcome, for a redirect without a target. */
export function sendPage (
  reply: FastifyReply, statusCode: number, locale: Locale, message: string, merchantUid?: string
): FastifyReply {
  const title = TITLES[locale]
  const order = merchantUid === undefined ? '' : `<p>${ORDER[locale]}: ${escape(merchantUid)}</p>\n`
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
<p>${escape(message)}</p>
${order}</main>
</body>
</html>
`)
}
