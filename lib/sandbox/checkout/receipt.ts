import { html, type Html } from '../html.js'
import { formatMoney, formatTime, type Language } from '../language.js'
import { describeMethod } from '../methods.js'
import type { Entry } from '../store.js'
import { WORDS } from './words.js'

/** Where `receipt_url` leads. */
export function receiptPage ({ payment }: Entry, language: Language): Html {
  const words = WORDS[language]
  const institution = payment.card_name ?? payment.bank_name ?? payment.vbank_name ?? ''
  const money = (amount: number) => formatMoney(amount, payment.currency, language)
  const lines = [
    [words.name, payment.name],
    [words.order, payment.merchant_uid],
    [words.paidAt, formatTime(payment.paid_at, language)],
    [words.method, `${describeMethod(payment, language)} ${institution}`.trim()],
    ...(payment.apply_num === null ? [] : [[words.approvalNumber, payment.apply_num]]),
    ...(payment.cancel_amount === 0 ? [] : [[words.cancelled, money(payment.cancel_amount)]]),
  ]
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.receipt}</title>
<link rel="stylesheet" href="/assets/checkout.css">
</head>
<body>
<header><div><h1>${words.receipt}</h1><p class="badge">${words.receiptBadge}</p></div></header>
<main><section class="order"><dl>
${lines.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
<div class="total"><dt>${words.amount}</dt><dd>${money(payment.amount)}</dd></div>
</dl></section></main>
</body>
</html>
`
}
