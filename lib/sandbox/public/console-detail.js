import { createActions } from './console-actions.js'
import { badge, byId, element, keepFocus, methodOf, money, words } from './console-dom.js'
import { createHistory } from './console-history.js'

const region = byId('detail')
const hint = [...region.children]
// One for all payments: open, it stays open for the next.
const json = element('pre')
const raw = element('details', { className: 'raw' }, element('summary', { textContent: words.json }), json)

function factsOf (detail) {
  const { facts } = words
  const { generation, amount, cancelled, currency } = detail
  const isV2 = generation === 'v2'
  return [
    [isV2 ? facts.paymentId : facts.order, detail.order],
    [isV2 ? 'transactionId' : 'imp_uid', detail.id],
    [facts.attempt, detail.attempt],
    [facts.amount, money({ amount, currency })],
    [facts.cancelled, cancelled > 0 && money({ amount: cancelled, currency })],
    [facts.method, [methodOf(detail), detail.institution].filter(Boolean).join(' · ')],
    [facts.account, detail.account],
    [
      facts.channel,
      [generation.toUpperCase(), detail.channel, detail.isTest && words.testChannel].filter(Boolean).join(' · ')
    ],
    [facts.reason, detail.reason],
    [facts.lookups, String(detail.lookups)]
  ].filter(([, value]) => value)
}

/** A payment as it is drawn: what can be opened, typed into or focused is kept from one time to the next. */
function createView (first) {
  const { serial } = first
  const bar = element('div', { className: 'bar' })
  const facts = element('dl')
  const actions = createActions(first, () => serial === selected && load())
  const history = createHistory()
  region.replaceChildren(bar, facts, actions.bar, element('h3', { textContent: words.history }), history.list, raw)

  return {
    serial,
    show (detail) {
      bar.replaceChildren(element('h2', { textContent: detail.name }), badge(detail))
      facts.replaceChildren(
        ...factsOf(detail).map(([name, value]) =>
          element('div', {}, element('dt', { textContent: name }), element('dd', { textContent: value }))
        )
      )
      actions.show(detail)
      history.show(detail.history)
      json.textContent = JSON.stringify(detail.payment, null, 2)
    }
  }
}

let selected
let view
let turn = 0

function draw (detail) {
  if (!detail) {
    view = undefined
    region.replaceChildren(...hint)
    return
  }
  if (!view || view.serial !== selected) view = createView(detail)
  view.show(detail)
}

async function load () {
  const mine = ++turn
  const answer = await fetch('/console/payments/' + selected)
  const detail = answer.ok ? await answer.json() : undefined
  if (mine === turn) keepFocus(region, () => draw(detail), () => region)
}

/** Shows that payment as it is now; the hint where the sandbox has forgotten it. */
export function showDetail (serial) {
  selected = serial
  return load()
}
