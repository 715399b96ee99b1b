import { won } from '../format.js'
import { experiments } from './experiments.js'
import { html } from './html.js'
import { line, page } from './page.js'

/** @typedef {{ storeId: string, scripts: string[] }} Provider V2's store, and the scripts of V1 and V2 */

/** Where the buyer pays. @param {import('../orders.js').Order} order @param {Provider} provider */
export const checkout = (order, { storeId, scripts }) => page('결제', html`<section class="narrow"><h1>결제하기</h1>
<dl>
${line('상품', order.product)}
${line('주문번호', order.id)}
${line('결제금액', won(order.amount), 'total')}
</dl>
<form id="pay" data-order="${order.id}" data-amount="${order.amount}" data-name="${order.product}"
data-store="${storeId}">
<fieldset>
<legend>결제수단</legend>
<div class="choices">
<label><input type="radio" name="method" value="card" checked> 신용카드</label>
<label><input type="radio" name="method" value="trans"> 계좌이체</label>
<label><input type="radio" name="method" value="vbank"> 가상계좌</label>
<label><input type="radio" name="method" value="phone"> 휴대폰</label>
</div>
</fieldset>
<fieldset aria-describedby="api-hint">
<legend>포트원 버전</legend>
<div class="choices">
<label><input type="radio" name="api" value="v1" checked> V1</label>
<label><input type="radio" name="api" value="v2"> V2</label>
</div>
<p class="aside" id="api-hint">데모에만 있는 선택입니다. V1(아임포트)이든 V2든 같은 주문, 같은 훅으로 처리됩니다.</p>
</fieldset>
<p id="message" role="alert"></p>
<button class="primary" disabled>${won(order.amount)} 결제하기</button>
${experiments(order)}
</form>
</section>`, html`${scripts.map((url) => html`<script src="${url}" defer></script>
`)}<script src="/pay.js" type="module"></script>`)
