import { html } from './html.js'

/** What can go wrong, for whoever tries the shop out. @param {import('../orders.js').Order} order */
export const experiments = (order) => html`<details>
<summary>실험실: 이런 일이 생기면?</summary>
<label><input type="checkbox" name="phone"> 휴대폰에서 결제하기 (창 대신 리디렉션)</label>
<div data-api="v1">${alteredOnV1(order)}</div>
<div data-api="v2">${CHANNELS}${ALTERED_ON_V2}</div>
</details>`

/** The amount that a buyer alters in the page, with and without being registered beforehand: V1 by order number. */
const alteredOnV1 = (/** @type {import('../orders.js').Order} */ { is_registered: isRegistered }) => html`<fieldset>
<legend>구매자가 페이지의 금액을 100원으로 바꾸면?</legend>
<p>이 주문은 금액을 사전 등록${isRegistered ? '했습니다' : '하지 않았습니다'}.</p>
<label><input type="radio" name="altered" value="no" checked> 바꾸지 않기</label>
${isRegistered
? html`<label><input type="radio" name="altered" value="here"> 이 주문에서 바꾸기: 결제창이 열리지 않습니다</label>
<label><input type="radio" name="altered" value="unregistered">
금액을 등록하지 않은 새 주문에서 바꾸기: 결제 후 자동으로 취소됩니다</label>`
: html`<label><input type="radio" name="altered" value="here"> 이 주문에서 바꾸기: 결제 후 자동으로 취소됩니다</label>`}
</fieldset>`

/** Named by the page, so that a buyer can change it too. The keys are those of the sandbox. */
const CHANNELS = html`<fieldset>
<legend>결제 채널</legend>
<label><input type="radio" name="channel" value="channel-key-live" checked> 실연동: 결제창에서 바로 승인됩니다</label>
<label><input type="radio" name="channel" value="channel-key-manual">
수동 승인: 가게 서버가 주문 금액으로 승인해야 결제됩니다</label>
<label><input type="radio" name="channel" value="channel-key-test">
테스트 채널: 구매자가 페이지에서 바꿔도 결제로 인정하지 않습니다</label>
</fieldset>`

/** Likewise on V2, by attempt. */
const ALTERED_ON_V2 = html`<fieldset>
<legend>구매자가 페이지의 금액을 100원으로 바꾸면?</legend>
<label><input type="radio" name="altered-v2" value="no" checked> 바꾸지 않기</label>
<label><input type="radio" name="altered-v2" value="registered">
금액을 사전 등록한 결제에서 바꾸기: 결제창이 열리지 않습니다</label>
<label><input type="radio" name="altered-v2" value="unregistered">
사전 등록하지 않은 결제에서 바꾸기: 결제 후 자동으로 취소되고, 수동 승인이면 청구되지 않습니다</label>
</fieldset>`
