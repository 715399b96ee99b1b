/* global requestAnimationFrame */
import { badge, byId, element, METHOD, money, time } from './console-dom.js'

/** Rows on the page; "more" adds as many again. */
const PAGE = 100

/** The list of payments, newest first. `onSelect` gets the `imp_uid` of a row that was chosen. */
export function createList (onSelect) {
  const payments = new Map()
  const rows = new Map()
  let shown = PAGE
  let hasMore = false
  let selected
  let isDrawing = false

  function fillRow (row, payment) {
    row.button.setAttribute('aria-current', String(payment.imp_uid === selected))
    if (row.seen === payment.updatedAt + '/' + payment.lookups) return
    row.seen = payment.updatedAt + '/' + payment.lookups
    row.button.replaceChildren(
      element('span', { className: 'what' }, element('strong', { textContent: payment.name }), element('small', { textContent: payment.merchant_uid })),
      element('span', { className: 'how' }, METHOD[payment.pay_method] || payment.pay_method, payment.sandbox ? ' · 테스트' : ''),
      element('span', { className: 'amount', textContent: money(payment) }),
      badge(payment),
      element('small', { className: 'when', textContent: time(payment.started_at * 1000) + ' · 조회 ' + payment.lookups })
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
      rows.delete(old.imp_uid)
      hasMore = true
    }
    const items = newest.map(rowOf)
    const list = byId('rows')
    // Rows that stay where they are are not touched, so that focus and scrolling stay too.
    const wanted = new Set(items)
    for (const item of [...list.children]) if (!wanted.has(item)) item.remove()
    items.forEach((item, index) => { if (list.children[index] !== item) list.insertBefore(item, list.children[index] || null) })
    byId('empty').hidden = items.length > 0
    byId('more').hidden = !hasMore
  }

  function drawSoon () {
    if (isDrawing) return
    isDrawing = true
    requestAnimationFrame(draw)
  }

  function keep (list) {
    for (const payment of list) payments.set(payment.imp_uid, payment)
    drawSoon()
  }

  return {
    keep,
    startAnew (list, more) {
      payments.clear()
      rows.clear()
      shown = PAGE
      hasMore = more
      keep(list)
    },
    mark (impUid) {
      selected = impUid
      for (const [id, row] of rows) row.button.setAttribute('aria-current', String(id === selected))
    },
    async showMore () {
      const oldest = [...payments.keys()].sort()[0]
      const answer = await (await fetch('/console/payments?before=' + oldest)).json()
      shown += PAGE
      hasMore = answer.more
      keep(answer.payments)
    }
  }
}
