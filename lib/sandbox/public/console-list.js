/* global requestAnimationFrame */
import { arrange, badge, byId, element, fill, keepFocus, methodOf, money, time, words } from './console-dom.js'

/** Rows on the page; "more" adds as many again. */
const PAGE = 100

/** The server finds by the same fields. */
const isFound = ({ merchant_uid, imp_uid, name }, wanted) =>
  [merchant_uid, imp_uid, name].some((text) => text.toLowerCase().includes(wanted))

/** The list of payments, newest first. `onSelect` gets the `imp_uid` of a row that was chosen. */
export function createList (onSelect) {
  const payments = new Map()
  const rows = new Map()
  let shown = PAGE
  let hasMore = false
  let selected
  let isDrawing = false
  /** What is searched for; empty for all. */
  let wanted = ''

  function fillRow (row, payment) {
    row.button.setAttribute('aria-current', String(payment.imp_uid === selected))
    if (row.seen === payment.updatedAt + '/' + payment.lookups) return
    row.seen = payment.updatedAt + '/' + payment.lookups
    row.button.replaceChildren(
      element(
        'span',
        { className: 'what' },
        element('strong', { textContent: payment.name }),
        element('small', { textContent: payment.merchant_uid })
      ),
      element('span', { className: 'how' }, methodOf(payment), payment.sandbox ? ' · ' + words.test : ''),
      element('span', { className: 'amount', textContent: money(payment) }),
      badge(payment),
      element('small', {
        className: 'when',
        textContent: time(payment.started_at * 1000) + ' · ' + fill(words.lookups, payment.lookups)
      })
    )
  }

  function rowOf (payment) {
    let row = rows.get(payment.imp_uid)
    if (!row) {
      const button = element('button', { type: 'button' })
      button.addEventListener('click', () => onSelect(payment.imp_uid))
      row = { item: element('li', {}, button), button, seen: '' }
      rows.set(payment.imp_uid, row)
    }
    fillRow(row, payment)
    return row.item
  }

  /** Draws the newest `shown`, once per frame however much has changed. */
  function draw () {
    isDrawing = false
    const newest = [...payments.values()].sort((a, b) => a.imp_uid < b.imp_uid ? 1 : -1)
    for (const old of newest.splice(shown)) {
      payments.delete(old.imp_uid)
      hasMore = true
    }
    for (const id of rows.keys()) if (!payments.has(id)) rows.delete(id)
    const list = byId('rows')
    keepFocus(list, () => arrange(list, newest.map(rowOf)), () => list.querySelector('li:last-child button'))
    byId('empty').hidden = newest.length > 0 || wanted !== ''
    byId('not-found').hidden = newest.length > 0 || wanted === ''
    byId('more').hidden = !hasMore
  }

  function drawSoon () {
    if (isDrawing) return
    isDrawing = true
    requestAnimationFrame(draw)
  }

  function keep (list) {
    for (const payment of list) if (isFound(payment, wanted)) payments.set(payment.imp_uid, payment)
    drawSoon()
  }

  /** A page of what is searched for. */
  async function load (before) {
    const query = new URLSearchParams({ search: wanted, ...(before && { before }) })
    return (await fetch('/console/payments?' + query)).json()
  }

  function startAnew (list, more) {
    payments.clear()
    shown = PAGE
    hasMore = more
    keep(list)
  }

  async function search (text) {
    const mine = wanted = text.trim().toLowerCase()
    const answer = await load()
    // Whoever types on has asked for something else meanwhile.
    if (mine === wanted) startAnew(answer.payments, answer.more)
  }

  return {
    keep,
    search,
    startAnew: (list, more) => wanted === '' ? startAnew(list, more) : search(wanted),
    mark (impUid) {
      selected = impUid
      for (const [id, row] of rows) row.button.setAttribute('aria-current', String(id === selected))
    },
    /** Goes on where the list ended, the focus too. */
    async showMore () {
      const answer = await load([...payments.keys()].sort()[0])
      shown += PAGE
      hasMore = answer.more
      keep(answer.payments)
      draw()
      const [first] = answer.payments
      if (first && rows.has(first.imp_uid)) rows.get(first.imp_uid).button.focus()
    }
  }
}
