import { html } from './html.js'

/** @typedef {import('./orders.js').Order} Order */

/** @param {number} amount */
export const won = (amount) => `${amount.toLocaleString('ko-KR')}원`

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
<ul class="orders">${orders.map((order) => html`<li><a href="/orders/${order.id}">${order.product}</a><span>${won(order.amount)}</span><span class="state ${order.state}">${STATES[order.state]}</span></li>`)}</ul>`}
<p class="aside">결제 내역과 웹훅은 <a href="${consoleUrl}">샌드박스 콘솔</a>에서 볼 수 있습니다.</p>`)

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

/** Where the buyer pays. @param {Order} order @param {string} scriptUrl the provider's script; here the sandbox's */
export const checkout = (order, scriptUrl) => page('결제', html`<h1>결제하기</h1>
<dl>
<div><dt>상품</dt><dd>${order.product}</dd></div>
<div><dt>주문번호</dt><dd>${order.id}</dd></div>
<div class="total"><dt>결제금액</dt><dd>${won(order.amount)}</dd></div>
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
<label><input type="checkbox" name="tampered"> 구매자가 스크립트의 금액을 100원으로 바꾸기</label>
<p>이 주문의 금액은 결제 전에 등록되어 있어, 다른 금액으로는 결제창이 열리지 않습니다. <button type="button" id="unregister">등록하지 않은 주문으로 다시 해 보기</button></p>
</details>
</form>`, html`<script src="${scriptUrl}/v1/iamport.js" defer></script>
<script src="/pay.js" defer></script>`)

/** How it went. @param {Order} order @returns {string} */
export const result = (order) => page(HEADLINES[order.state], html`<section class="result ${order.state}" data-order="${order.id}" data-state="${order.state}" data-note="${order.note}">
<h1>${HEADLINES[order.state]}</h1>
<p>${order.note}</p>
<dl>
<div><dt>상품</dt><dd>${order.product}</dd></div>
<div><dt>결제금액</dt><dd>${won(order.amount)}</dd></div>
<div><dt>주문번호</dt><dd>${order.id}</dd></div>
${order.imp_uid !== null && html`<div><dt>결제번호</dt><dd>${order.imp_uid}</dd></div>`}
${order.state === 'paid' && html`<div><dt>배송 준비</dt><dd>${order.deliveries}회</dd></div>`}
</dl>
<p class="actions">
${order.deliveries === 0 && order.state !== 'waiting' && html`<a class="primary" href="/orders/${order.id}/pay">다시 결제하기</a>`}
${order.state === 'waiting' && html`<button type="button" class="primary" id="deposit">입금하기 (구매자의 은행 대신)</button>`}
<a href="/">가게로 돌아가기</a>
</p>
</section>`, html`<script src="/order.js" defer></script>`)

/** Not decided yet: the page changes by itself. @param {Order} order */
export const pending = (order) => page('결제 확인', html`<section class="result" data-order="${order.id}" data-state="${order.state}" data-note="${order.note}">
<h1>결제 결과를 확인하고 있습니다</h1>
<p role="status">다시 결제하지 마시고 잠시 기다려 주세요. 확인되는 대로 이 화면이 바뀝니다.</p>
<p class="actions"><a href="/">가게로 돌아가기</a></p>
</section>`, html`<script src="/order.js" defer></script>`)

/** Not our order, or no such page. @param {string} title @param {string} text */
export const notice = (title, text) => page(title, html`<section class="result"><h1>${title}</h1><p>${text}</p><p class="actions"><a href="/">가게로 돌아가기</a></p></section>`)
