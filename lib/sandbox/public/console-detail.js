import { badge, byId, element, METHOD, money, time } from './console-dom.js'
import { send } from './console-send.js'

const EVENT = { opened: '결제창 열림', approved: '승인', paid: '결제완료', failed: '실패', vbank_issued: '계좌 발급', deposited: '입금', cancelled: '취소', revoked: '계좌 말소', webhook: '웹훅', confirm: '승인 확인' }

function action (label, work, kind) {
  const button = element('button', { type: 'button', textContent: label, className: kind || '' })
  button.addEventListener('click', async () => {
    button.disabled = true
    await work()
    button.disabled = false
  })
  return button
}

function actionsOf ({ payment, history }) {
  const { imp_uid } = payment
  const left = payment.amount - payment.cancel_amount
  const made = []
  const lastDecision = history.findLast((line) => line.event !== 'webhook')
  if (payment.vbank_num && payment.status === 'ready') made.push(action('입금 처리', () => send('POST', '/sandbox/deposit', { imp_uid }), 'main'))
  if (lastDecision && lastDecision.event === 'approved') made.push(action('정산 처리', () => send('POST', '/sandbox/settle', { imp_uid }), 'main'))
  if (payment.paid_at > 0 && left > 0) {
    const amount = element('input', { type: 'number', min: '1', max: String(left), value: String(left) })
    amount.setAttribute('aria-label', '취소 금액')
    made.push(element('span', { className: 'pair' }, amount, action('취소', () => send('POST', '/sandbox/cancel', { imp_uid, amount: Number(amount.value), reason: '콘솔에서 취소' }))))
  }
  made.push(action('웹훅 재발송', () => send('POST', '/sandbox/webhook', { imp_uid })))
  made.push(action('웹훅 2번 동시에', () => send('POST', '/sandbox/webhook', { imp_uid, copies: 2 })))
  return made
}

/** The shop's answer is two lines of small print; all of it under the pointer. */
function textOf ({ text }) {
  const start = text.indexOf('{')
  if (start < 0) return element('span', { textContent: text })
  return element('span', { textContent: text.slice(0, start) }, element('code', { className: 'answer', textContent: text.slice(start) }))
}

function draw (inspection) {
  const { payment, history, lookups } = inspection
  const facts = [
    ['주문번호', payment.merchant_uid], ['imp_uid', payment.imp_uid], ['금액', money(payment)],
    ['취소된 금액', payment.cancel_amount > 0 ? money({ amount: payment.cancel_amount, currency: payment.currency }) : undefined],
    ['결제수단', [METHOD[payment.pay_method] || payment.pay_method, payment.card_name || payment.bank_name].filter(Boolean).join(' · ')],
    ['가상계좌', payment.vbank_num ? payment.vbank_name + ' ' + payment.vbank_num : undefined],
    ['채널', payment.channel + (payment.sandbox ? ' · 테스트 채널' : '')], ['실패 사유', payment.fail_reason], ['조회', lookups + '회'],
  ].filter((fact) => fact[1])
  const raw = element('details', {}, element('summary', { textContent: '응답 전문 (JSON)' }), element('pre', { textContent: JSON.stringify(payment, null, 2) }))
  const old = byId('detail').querySelector('details')
  raw.open = Boolean(old && old.open)
  const { activeElement: focused } = document
  const label = byId('detail').contains(focused) && focused.tagName === 'BUTTON' ? focused.textContent : undefined
  byId('detail').replaceChildren(
    element('div', { className: 'bar' }, element('h2', { textContent: payment.name }), badge(payment)),
    element('dl', {}, ...facts.map(([name, value]) => element('div', {}, element('dt', { textContent: name }), element('dd', { textContent: value })))),
    element('div', { className: 'actions' }, ...actionsOf(inspection)),
    element('h3', { textContent: '내역' }),
    element('ol', { className: 'history' }, ...history.toReversed().map((line) => element('li', {}, element('time', { textContent: time(line.at) }), element('b', { textContent: EVENT[line.event] || line.event }), textOf(line)))),
    raw
  )
  // Who works by keyboard stays on the button that was pressed.
  const again = [...byId('detail').querySelectorAll('button')].find((button) => button.textContent === label)
  if (again) again.focus()
}

let turn = 0

/** Shows that payment as it is now; what somebody is typing there is not taken away. */
export async function showDetail (impUid) {
  const mine = ++turn
  const { activeElement } = document
  const isTyping = byId('detail').contains(activeElement) && activeElement.tagName === 'INPUT'
  const answer = await fetch('/sandbox/payments/' + encodeURIComponent(impUid))
  if (mine === turn && answer.ok && !isTyping) draw(await answer.json())
}
