import { METHODS } from '../banks.js'
import { html, type Html } from '../html.js'
import type { Entry } from '../store.js'
import { koreanTime, won } from './page.js'

/** Where `receipt_url` leads. */
export function receiptPage ({ payment }: Entry): Html {
  const institution = payment.card_name ?? payment.bank_name ?? payment.vbank_name ?? ''
  const lines = [
    ['주문명', payment.name],
    ['주문번호', payment.merchant_uid],
    ['결제일시', koreanTime.format(payment.paid_at * 1000)],
    ['결제수단', `${METHODS.get(payment.pay_method) ?? payment.pay_method} ${institution}`.trim()],
    ...(payment.apply_num === null ? [] : [['승인번호', payment.apply_num]]),
    ...(payment.cancel_amount === 0 ? [] : [['취소금액', won(payment.cancel_amount, payment.currency)]]),
  ]
  return html`<!doctype html>
<html lang="ko">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>매출전표</title><link rel="stylesheet" href="/assets/checkout.css"></head>
<body>
<header><div><h1>매출전표</h1><p class="badge">테스트 전표 · 실제로 결제되지 않았습니다</p></div></header>
<main><section class="order"><dl>
${lines.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
<div class="total"><dt>결제금액</dt><dd>${won(payment.amount, payment.currency)}</dd></div>
</dl></section></main>
</body>
</html>
`
}
