/* global requestAnimationFrame */
import { arrange, badge, byId, element, fill, keepFocus, methodOf, money, time, words } from './console-dom.js'

/** Rows on the page; "more" adds as many again. */
const PAGE = 100

/** The server finds by the same fields. */
const isFound = ({ order, id, name }, wanted) => [order, id, name].some((text) => text.toLowerCase().includes(wanted))

/** The list of payments, newest first. `onSelect` gets the serial number of a row that was chosen. */
export function createList (onSelect) {
  const payments = new Map()
  const rows = new Map()
  let shown = PAGE
  let hasMore = false
  let selected
  let isDrawing = false
  let asked = 0
  /** What is searched for; empty for all. */
  let wanted = ''
  /** Which generation is shown; empty for both. */
  let generation = ''

  const isShown = (payment) => isFound(payment, wanted) && (generation === '' || payment.generation === generation)

  function fillRow (row, payment) {
    row.button.setAttribute('aria-current', String(payment.serial === selected))
    if (row.seen === payment.updatedAt + '/' + payment.lookups) return
    row.seen = payment.updatedAt + '/' + payment.lookups
    row.button.replaceChildren(
      element(
        'span',
        { className: 'what' },
        element('strong', { textContent: payment.name }),
        element('small', { textContent: payment.order })
      ),
      element(
        'span',
        { className: 'how' },
        [payment.generation.toUpperCase(), methodOf(payment), payment.isTest && words.test].filter(Boolean).join(' · ')
      ),
      element('span', { className: 'amount', textContent: money(payment) }),
      badge(payment),
      element('small', {
        className: 'when',
        textContent: time(payment.openedAt) + ' · ' + fill(words.lookups, payment.lookups)
      })
    )
  }

  function rowOf (payment) {
    let row = rows.get(payment.serial)
    if (!row) {
      const button = element('button', { type: 'button' })
      button.addEventListener('click', () => onSelect(payment.serial))
      row = { item: element('li', {}, button), button, seen: '' }
      rows.set(payment.serial, row)
    }
    fillRow(row, payment)
    return row.item
  }

  /** Draws the newest `shown`, once per frame however much has changed. */
  function draw () {
    isDrawing = false
    const newest = [...payments.values()].sort((a, b) => b.serial - a.serial)
    for (const old of newest.splice(shown)) {
      payments.delete(old.serial)
      hasMore = true
    }
    for (const id of rows.keys()) if (!payments.has(id)) rows.delete(id)
    const list = byId('rows')
    keepFocus(list, () => arrange(list, newest.map(rowOf)), () => list.querySelector('li:last-child button'))
    byId('empty').hidden = newest.length > 0 || wanted !== '' || generation !== ''
    byId('not-found').hidden = newest.length > 0 || (wanted === '' && generation === '')
    byId('more').hidden = !hasMore
  }

  function drawSoon () {
    if (isDrawing) return
    isDrawing = true
    requestAnimationFrame(draw)
  }

  function keep (list) {
    for (const payment of list) if (isShown(payment)) payments.set(payment.serial, payment)
    drawSoon()
  }

  /** A page of what is searched for. */
  async function load (before) {
    const query = new URLSearchParams({ search: wanted, generation, ...(before && { before }) })
    return (await fetch('/console/payments?' + query)).json()
  }

  function startAnew (list, more) {
    payments.clear()
    shown = PAGE
    hasMore = more
    keep(list)
  }

  /** Shows what is searched for, of that generation. */
  async function search (text, of = generation) {
    wanted = text.trim().toLowerCase()
    generation = of
    const mine = ++asked
    const answer = await load()
    // Whoever types on has asked for something else meanwhile.
    if (mine === asked) startAnew(answer.payments, answer.more)
  }

  return {
    keep,
    search,
    startAnew: (list, more) => wanted === '' && generation === '' ? startAnew(list, more) : search(wanted),
    showGeneration: (of) => search(wanted, of),
    mark (serial) {
      selected = serial
      for (const [id, row] of rows) row.button.setAttribute('aria-current', String(id === selected))
    },
    /** Goes on where the list ended, the focus too. */
    async showMore () {
      const answer = await load(Math.min(...payments.keys()))
      shown += PAGE
      hasMore = answer.more
      keep(answer.payments)
      draw()
      const [first] = answer.payments
      if (first && rows.has(first.serial)) rows.get(first.serial).button.focus()
    }
  }
}
