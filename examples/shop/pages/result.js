import { time, won } from '../format.js'
import { isPayable } from '../orders.js'
import { productNamed } from '../products.js'
import { html } from './html.js'
import { line, page } from './page.js'

/** @typedef {import('../orders.js').Order} Order */

/** @type {Record<Order['state'], string>} */
const HEADLINES = {
  open: '아직 결제되지 않았습니다',
  waiting: '입금을 기다리고 있습니다',
  pending: '결제 승인을 기다리고 있습니다',
  paid: '결제가 완료되었습니다',
  failed: '결제되지 않았습니다',
  cancelled: '결제가 취소되었습니다',
}

/** Changes whenever there is something new to show of the order. @param {Order} order */
export const versionOf = ({ state, imp_uid: impUid, note }) => `${state} ${impUid ?? ''} ${note ?? ''}`

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
