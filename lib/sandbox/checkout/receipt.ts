import { html, type Html } from '../html.js'
import { formatMoney, formatTime, type Language } from '../language.js'
import { describeMethod } from '../methods.js'
import type { SandboxPayment } from '../payment.js'
import { WORDS } from './words.js'

/** What a receipt shows, of either generation. Amounts in the currency's major unit. */
export interface Receipt {
  name: string
  order: string
  /** UNIX seconds. */
  paidAt: number
  amount: number
  cancelled: number
  currency: string
  /** How it was paid, in that language. */
  method (language: Language): string
  approvalNumber: string | null
}

/** `undefined`: it is not paid. */
export function receiptOf (payment: SandboxPayment): Receipt | undefined {
  if (payment.paid_at === 0) return undefined
  const institution = payment.card_name ?? payment.bank_name ?? payment.vbank_name ?? ''
  return {
    name: payment.name,
    order: payment.merchant_uid,
    paidAt: payment.paid_at,
    amount: payment.amount,
    cancelled: payment.cancel_amount,
    currency: payment.currency,
    method: (language) => `${describeMethod(payment, language)} ${institution}`.trim(),
    approvalNumber: payment.apply_num,
  }
}

/** Where `receipt_url` leads. */
export function receiptPage (receipt: Receipt, language: Language): Html {
  const words = WORDS[language]
  const money = (amount: number) => formatMoney(amount, receipt.currency, language)
  const lines = [
    [words.name, receipt.name],
    [words.order, receipt.order],
    [words.paidAt, formatTime(receipt.paidAt, language)],
    [words.method, receipt.method(language)],
    ...(receipt.approvalNumber === null ? [] : [[words.approvalNumber, receipt.approvalNumber]]),
    ...(receipt.cancelled === 0 ? [] : [[words.cancelled, money(receipt.cancelled)]]),
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
<div class="total"><dt>${words.amount}</dt><dd>${money(receipt.amount)}</dd></div>
</dl></section></main>
</body>
</html>
`
}
