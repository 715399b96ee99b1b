import { time, won } from './format.js'
import { html } from './html.js'
import { isPayable } from './orders.js'
import { productNamed } from './products.js'

/** @typedef {import('./orders.js').Order} Order */

/** @param {string} title @param {unknown} content @param {unknown} [scripts] */
function page (title, content, scripts) {
  return html`<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · 느린 가게</title>
<link rel="stylesheet" href="/shop.css">
${scripts}
</head>
<body>
<header><a href="/">느린 가게</a><span>fastify-iamport 예제 · 실제로 결제되지 않습니다</span></header>
<main>
${content}
</main>
</body>
</html>
`.text
}

/** A line of a `dl`; none without a value. @param {string} name @param {unknown} value @param {string} [kind] */
const line = (name, value, kind) =>
  value !== null && html`<div class="${kind}"><dt>${name}</dt><dd>${value}</dd></div>`

/** @param {typeof import('./products.js').PRODUCTS} products @param {Order[]} orders @param {string} consoleUrl */
export const storefront = (products, orders, consoleUrl) => page('상품', html`<h1>오늘의 물건</h1>
<ul class="products">
${products.map(({ id, name, price, detail }) => html`<li>
<div class="picture" data-product="${id}" aria-hidden="true"></div>
<h2>${name}</h2>
<p>${detail}</p>
<form method="post" action="/orders">
<input type="hidden" name="product" value="${id}">
<strong>${won(price)}</strong>
<button>주문하기</button>
</form>
</li>`)}
</ul>
${orders.length > 0 && html`<h2>최근 주문</h2>
<ul class="orders">${orders.map(orderLine)}</ul>`}
<p class="aside">결제 내역과 웹훅은 <a href="${consoleUrl}">샌드박스 콘솔</a>에서 볼 수 있습니다.</p>`)

/** @param {Order} order */
function orderLine ({ id, product, amount, state, created_at: createdAt }) {
  const created = new Date(`${createdAt.replace(' ', 'T')}Z`)
  return html`<li>
<a href="/orders/${id}">${product}</a><span>${won(amount)}</span><span class="state ${state}">${STATES[state]}</span>
<p><time datetime="${created.toISOString()}">${time(created)}</time> · ${id}</p>
</li>`
}

/** @type {Record<Order['state'], string>} */
const STATES = { open: '결제 전', waiting: '입금 대기', paid: '결제 완료', failed: '결제 실패', cancelled: '결제 취소' }

/** @type {Record<Order['state'], string>} */
const HEADLINES = {
  open: '아직 결제되지 않았습니다',
  waiting: '입금을 기다리고 있습니다',
  paid: '결제가 완료되었습니다',
  failed: '결제되지 않았습니다',
  cancelled: '결제가 취소되었습니다',
}

/** Changes whenever there is something new to show of the order. @param {Order} order */
export const versionOf = ({ state, imp_uid: impUid, note }) => `${state} ${impUid ?? ''} ${note ?? ''}`

/** Where the buyer pays. @param {Order} order @param {string} scriptUrl the provider's script; here the sandbox's */
export const checkout = (order, scriptUrl) => page('결제', html`<section class="narrow"><h1>결제하기</h1>
<dl>
${line('상품', order.product)}
${line('주문번호', order.id)}
${line('결제금액', won(order.amount), 'total')}
</dl>
<form id="pay" data-order="${order.id}" data-amount="${order.amount}" data-name="${order.product}">
<fieldset>
<legend>결제수단</legend>
<div class="choices">
<label><input type="radio" name="method" value="card" checked> 신용카드</label>
<label><input type="radio" name="method" value="trans"> 계좌이체</label>
<label><input type="radio" name="method" value="vbank"> 가상계좌</label>
<label><input type="radio" name="method" value="phone"> 휴대폰</label>
</div>
</fieldset>
<p id="message" role="alert"></p>
<button class="primary">${won(order.amount)} 결제하기</button>
<details>
<summary>실험실: 이런 일이 생기면?</summary>
<label><input type="checkbox" name="phone"> 휴대폰에서 결제하기 (창 대신 리디렉션)</label>
${experiments(order)}
</details>
</form>
</section>`, html`<script src="${scriptUrl}/v1/iamport.js" defer></script>
<script src="/pay.js" type="module"></script>`)

/** The amount that a buyer alters in the page, with and without being registered beforehand. @param {Order} order */
const experiments = ({ is_registered: isRegistered }) => html`<fieldset>
<legend>구매자가 페이지의 금액을 100원으로 바꾸면?</legend>
<p>이 주문의 금액은 결제 전에 등록되어 ${isRegistered ? '있습니다' : '있지 않습니다'}.</p>
<label><input type="radio" name="altered" value="no" checked> 바꾸지 않기</label>
${isRegistered
? html`<label><input type="radio" name="altered" value="here"> 이 주문에서 바꾸기: 결제창이 열리지 않습니다</label>
<label><input type="radio" name="altered" value="unregistered">
금액을 등록하지 않은 새 주문에서 바꾸기: 결제 후 자동으로 취소됩니다</label>`
: html`<label><input type="radio" name="altered" value="here"> 이 주문에서 바꾸기: 결제 후 자동으로 취소됩니다</label>`}
</fieldset>`

/** Where a buyer with a virtual account pays. @param {Order} order */
const account = (order) => html`<p>입금 기한까지 아래 계좌로 입금해 주세요. 입금이 확인되면 이 화면이 바뀝니다.</p>
<dl class="account">
${line('은행', order.vbank_name)}
${order.vbank_num !== null && line('계좌번호', html`<span id="account">${order.vbank_num}</span>
<button type="button" id="copy" aria-describedby="account">복사</button>`)}
${line('예금주', order.vbank_holder)}
${order.vbank_due !== null && line('입금 기한', `${time(new Date(order.vbank_due * 1000))}까지`)}
${line('입금금액', won(order.amount), 'total')}
</dl>`

/** How it went. @param {Order} order */
export const result = (order) => outcome(order, order.state, HEADLINES[order.state], html`
${order.note !== null && html`<p>${order.note}</p>`}
${order.state === 'waiting' && account(order)}
<dl>
${line('상품', order.product)}
${order.state !== 'waiting' && line('결제금액', won(order.amount))}
${line('주문번호', order.id)}
${line('결제번호', order.imp_uid)}
</dl>
<p id="message" role="status"></p>`, html`
${isPayable(order) && html`<a class="primary" href="/orders/${order.id}/pay">
${order.state === 'open' ? '결제하기' : '다시 결제하기'}</a>`}
${order.state === 'waiting' && html`<button type="button" class="primary" id="deposit">
입금하기 (구매자의 은행 대신)</button>`}
${(order.state === 'failed' || order.state === 'cancelled') && !isPayable(order) && html`<button class="primary"
form="again">다시 주문하기</button>`}`)

/** Not decided yet: the page changes by itself. @param {Order} order */
export const pending = (order) => outcome(order, '', '결제 결과를 확인하고 있습니다',
  html`<p role="status">다시 결제하지 마시고 잠시 기다려 주세요. 확인되는 대로 이 화면이 바뀝니다.</p>`)

/** @param {Order} order @param {string} kind @param {string} title @param {unknown} main @param {unknown} [actions] */
function outcome (order, kind, title, main, actions) {
  return page(title, html`<section class="narrow result ${kind}"
data-order="${order.id}" data-version="${versionOf(order)}">
<h1>${title}</h1>
${main}
<p class="actions">
${actions}
<a href="/">가게로 돌아가기</a>
</p>
<form method="post" action="/orders" id="again">
<input type="hidden" name="product" value="${productNamed(order.product)?.id}">
</form>
</section>`, html`<script src="/order.js" type="module"></script>`)
}

/** Not our order, or no such page. @param {string} title @param {string} text */
export const notice = (title, text) => page(title, html`<section class="narrow"><h1>${title}</h1>
<p>${text}</p>
<p class="actions"><a href="/">가게로 돌아가기</a></p>
</section>`)
