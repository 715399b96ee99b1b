import { time, won } from '../format.js'
import { html } from './html.js'
import { page } from './page.js'

/** @typedef {import('../orders.js').Order} Order */

/** @param {typeof import('../products.js').PRODUCTS} products @param {Order[]} orders @param {string} consoleUrl */
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
const STATES = {
  open: '결제 전', waiting: '입금 대기', pending: '승인 대기', paid: '결제 완료', failed: '결제 실패', cancelled: '결제 취소',
}
