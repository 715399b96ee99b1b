import { BANKS, CARDS, DECLINES, METHODS, type Institution } from '../banks.js'
import { html, type Html } from '../html.js'
import type { Entry } from '../store.js'
import type { Callback } from './outcome.js'

/** Won: from here a card may be charged in instalments. */
const INSTALMENT_FROM_KRW = 50_000
const INSTALMENTS = [2, 3, 4, 5, 6, 10, 12]
const TERMS = ['전자금융거래 이용약관', '개인정보 수집 및 이용', '개인정보 제3자 제공']
const CARRIERS = ['SKT', 'KT', 'LG U+', '알뜰폰']

/** `14,000원`, `US$12.50`. */
export function won (amount: number, currency: string): string {
  if (currency === 'KRW') return `${amount.toLocaleString('ko-KR')}원`
  return /^[A-Z]{3}$/.test(currency) ? new Intl.NumberFormat('ko-KR', { style: 'currency', currency }).format(amount) : `${amount} ${currency}`
}

export const koreanTime = new Intl.DateTimeFormat('ko-KR', {
  year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Seoul',
})

const choices = (list: readonly Institution[]) => list.map(({ code, name }) => html`<option value="${code}">${name}</option>`)

function frame (title: string, attributes: Html, content: Html): Html {
  return html`<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/assets/checkout.css">
<script src="/assets/checkout.js" defer></script>
</head>
<body ${attributes}>
<header>
<div><h1>안전결제</h1><p class="badge">테스트 결제창 · 실제로 결제되지 않습니다</p></div>
<button type="button" id="close" aria-label="결제창 닫기">✕</button>
</header>
${content}
</body>
</html>
`
}

function panels ({ payment }: Entry, dueText: string): Html {
  const quotas = payment.currency === 'KRW' && payment.amount >= INSTALMENT_FROM_KRW ? INSTALMENTS : []
  return html`<div class="panel" data-method="card">
<label>카드사<select name="card">${choices(CARDS)}</select></label>
<label>할부 기간<select name="quota"><option value="0">일시불</option>${quotas.map((months) => html`<option value="${months}">${months}개월</option>`)}</select></label>
${quotas.length === 0 && html`<p class="hint">할부는 50,000원 이상부터 선택할 수 있습니다.</p>`}
</div>
<div class="panel" data-method="trans" hidden>
<label>출금 은행<select name="trans">${choices(BANKS)}</select></label>
</div>
<div class="panel" data-method="vbank" hidden>
<label>입금 은행<select name="vbank">${choices(BANKS)}</select></label>
<p class="hint">입금 기한 <strong>${dueText}</strong>까지. 계좌는 다음 화면에서 안내합니다.</p>
</div>
<div class="panel" data-method="phone" hidden>
<label>통신사<select name="carrier">${CARRIERS.map((name) => html`<option>${name}</option>`)}</select></label>
<label>휴대폰 번호<input name="tel" inputmode="tel" autocomplete="off" value="${payment.buyer_tel ?? '010-0000-0000'}"></label>
</div>`
}

const REASONS = Array.from(DECLINES, ([code, name]) => ({ code, name }))

function methodChoice (code: string, name: string, isChosen: boolean): Html {
  const radio = html`<input type="radio" name="method" value="${code}"${isChosen && html` checked`}>`
  return html`<label>${radio}<span>${name}</span></label>`
}

/** The window in which the buyer decides. @param due UNIX seconds until when an account would take the deposit */
export function checkoutPage (id: string, entry: Entry, mode: string, origin: string, due: number): Html {
  const { payment } = entry
  const method = METHODS.has(payment.pay_method) ? payment.pay_method : 'card'
  return frame(`${payment.name} 결제`, html`data-id="${id}" data-mode="${mode}" data-origin="${origin}"`, html`<main>
<section class="order" aria-label="주문 정보">
<dl>
<div><dt>주문명</dt><dd>${payment.name}</dd></div>
<div><dt>주문번호</dt><dd>${payment.merchant_uid}</dd></div>
<div class="total"><dt>결제금액</dt><dd>${won(payment.amount, payment.currency)}</dd></div>
</dl>
</section>
<form id="form" novalidate>
<fieldset>
<legend>결제수단</legend>
<div class="methods">${Array.from(METHODS, ([code, name]) => methodChoice(code, name, code === method))}</div>
${panels(entry, koreanTime.format(due * 1000))}
</fieldset>
<fieldset class="terms">
<legend>약관 동의</legend>
<label class="all"><input type="checkbox" id="agree-all"> 전체 동의</label>
${TERMS.map((name) => html`<label><input type="checkbox" name="terms" required> <span>[필수] ${name}</span></label>`)}
</fieldset>
<p id="message" role="alert"></p>
<button type="submit" class="primary" id="approve">${won(payment.amount, payment.currency)} 결제하기</button>
<section class="tools" aria-labelledby="tools">
<h2 id="tools">테스트 도구</h2>
<div class="row"><label for="reason">거절 사유</label><select id="reason" name="reason">${choices(REASONS)}</select>
<button type="button" id="decline">거절하기</button></div>
<label><input type="checkbox" id="vanish"> 승인 후 상점으로 돌아가지 않기 (웹훅만 전송)</label>
<button type="button" id="leave">결정하지 않고 나가기</button>
</section>
</form>
</main>`)
}

/** Where there is nothing (more) to decide. @param isFresh the shop has not been told yet: tell it at once */
export function closedPage (mode: string, origin: string, callback: Callback, redirect: string | undefined, isFresh: boolean): Html {
  const failure = typeof callback.error_msg === 'string' ? callback.error_msg : undefined
  const attributes = html`data-mode="${mode}" data-origin="${origin}" data-outcome="${JSON.stringify({ callback, redirect })}" data-fresh="${String(isFresh)}"`
  return frame('결제 결과', attributes, html`<main class="result">
<h2>${failure === undefined ? '결제 요청이 처리되었습니다' : '결제가 진행되지 않았습니다'}</h2>
<p>${failure ?? '상점에서 결과를 확인해 주세요.'}</p>
${redirect !== undefined && html`<p><a class="primary" href="${redirect}">상점으로 돌아가기</a></p>`}
</main>`)
}
