import { createActions } from './console-actions.js'
import { badge, byId, element, fill, keepFocus, methodOf, money, words } from './console-dom.js'
import { createHistory } from './console-history.js'

const region = byId('detail')
const hint = [...region.children]
// One for all payments: open, it stays open for the next.
const json = element('pre')
const raw = element('details', { className: 'raw' }, element('summary', { textContent: words.json }), json)

function factsOf ({ payment, lookups }) {
  const { facts } = words
  const { amount, cancel_amount, currency } = payment
  return [
    [facts.order, payment.merchant_uid],
    ['imp_uid', payment.imp_uid],
    [facts.amount, money({ amount, currency })],
    [facts.cancelled, cancel_amount > 0 && money({ amount: cancel_amount, currency })],
    [facts.method, [methodOf(payment), payment.card_name || payment.bank_name].filter(Boolean).join(' · ')],
    [facts.account, payment.vbank_num && payment.vbank_name + ' ' + payment.vbank_num],
    [facts.channel, payment.channel + (payment.sandbox ? ' · ' + words.testChannel : '')],
    [facts.reason, payment.fail_reason],
    [facts.lookups, fill(words.lookups, lookups)]
  ].filter(([, value]) => value)
}

/** A payment as it is drawn: what can be opened, typed into or focused is kept from one time to the next. */
function createView (impUid) {
  const bar = element('div', { className: 'bar' })
  const facts = element('dl')
  const actions = createActions(impUid, () => impUid === selected && load())
  const history = createHistory()
  region.replaceChildren(bar, facts, actions.bar, element('h3', { textContent: words.history }), history.list, raw)

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
