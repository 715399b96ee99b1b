import { createActions } from './console-actions.js'
import { badge, byId, element, keepFocus, methodOf, money } from './console-dom.js'
import { createHistory } from './console-history.js'

const region = byId('detail')
const hint = [...region.children]
// One for all payments: open, it stays open for the next.
const json = element('pre')
const raw = element('details', { className: 'raw' }, element('summary', { textContent: '응답 전문 (JSON)' }), json)

const factsOf = ({ payment, lookups }) =>
  [
    ['주문번호', payment.merchant_uid],
    ['imp_uid', payment.imp_uid],
    ['금액', money(payment)],
    [
      '취소된 금액',
      payment.cancel_amount > 0 ? money({ amount: payment.cancel_amount, currency: payment.currency }) : undefined,
    ],
    ['결제수단', [methodOf(payment), payment.card_name || payment.bank_name].filter(Boolean).join(' · ')],
    ['가상계좌', payment.vbank_num ? payment.vbank_name + ' ' + payment.vbank_num : undefined],
    ['채널', payment.channel + (payment.sandbox ? ' · 테스트 채널' : '')],
    ['실패 사유', payment.fail_reason],
    ['조회', lookups + '회'],
  ].filter((fact) => fact[1])

/** A payment as it is drawn: what can be opened, typed into or focused is kept from one time to the next. */
function createView (impUid) {
  const bar = element('div', { className: 'bar' })
  const facts = element('dl')
  const actions = createActions(impUid, () => impUid === selected && load())
  const history = createHistory()
  region.replaceChildren(bar, facts, actions.bar, element('h3', { textContent: '내역' }), history.list, raw)

  return {
    impUid,
    show (inspection) {
      const { payment } = inspection
      bar.replaceChildren(element('h2', { textContent: payment.name }), badge(payment))
      facts.replaceChildren(
        ...factsOf(inspection).map(([name, value]) =>
          element('div', {}, element('dt', { textContent: name }), element('dd', { textContent: value }))
        )
      )
      actions.show(inspection)
      history.show(inspection.history)
      json.textContent = JSON.stringify(payment, null, 2)
    }
  }
}

let selected
let view
let turn = 0

function draw (inspection) {
  if (!inspection) {
    view = undefined
    region.replaceChildren(...hint)
    return
  }
  if (!view || view.impUid !== selected) view = createView(selected)
  view.show(inspection)
}

async function load () {
  const mine = ++turn
  const answer = await fetch('/sandbox/payments/' + encodeURIComponent(selected))
  const inspection = answer.ok ? await answer.json() : undefined
  if (mine === turn) keepFocus(region, () => draw(inspection), () => region)
}

/** Shows that payment as it is now; the hint where the sandbox has forgotten it. */
export function showDetail (impUid) {
  selected = impUid
  return load()
}
