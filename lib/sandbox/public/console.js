// @ts-nocheck -- runs in a browser, whose types the compiler is not given here
/* global EventSource, requestAnimationFrame */
'use strict'

const STATUS = { ready: '대기', paid: '결제완료', cancelled: '취소', failed: '실패' }
const METHOD = { card: '카드', trans: '계좌이체', vbank: '가상계좌', phone: '휴대폰' }
const EVENT = { opened: '결제창 열림', approved: '승인', paid: '결제완료', failed: '실패', vbank_issued: '계좌 발급', deposited: '입금', cancelled: '취소', revoked: '계좌 말소', webhook: '웹훅', confirm: '승인 확인' }
/** Rows on the page; "more" adds as many again. */
const PAGE = 100

const byId = (id) => document.getElementById(id)
const payments = new Map()
const rows = new Map()
let shown = PAGE
let hasMore = false
let selected
let isDrawing = false

/** An element; text never becomes markup. */
function element (tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children.filter((child) => child !== undefined))
  return made
}

const money = ({ amount, currency }) => currency === 'KRW' ? amount.toLocaleString('ko-KR') + '원' : amount + ' ' + currency
const time = (ms) => new Date(ms).toLocaleTimeString('ko-KR', { hour12: false })

function say (text) {
  const message = byId('message')
  message.textContent = text
  message.hidden = text === ''
}

async function send (method, path, body) {
  const answer = await fetch(path, { method, headers: body === undefined ? {} : { 'content-type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) })
  const content = await answer.json()
  say(answer.ok ? '' : content.message)
  return answer.ok ? content : undefined
}

function badge (payment) {
  const isPart = payment.status === 'cancelled' && payment.cancel_amount < payment.amount
  const text = isPart && payment.cancel_amount > 0 ? '부분취소' : payment.status === 'ready' && payment.vbank_num ? '입금대기' : STATUS[payment.status]
  return element('span', { className: 'badge ' + payment.status, textContent: text })
}

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
    button.addEventListener('click', () => select(payment.imp_uid))
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
  if (list.some((payment) => payment.imp_uid === selected)) refresh()
}

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

function drawDetail (inspection) {
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
  byId('detail').replaceChildren(
    element('div', { className: 'bar' }, element('h2', { textContent: payment.name }), badge(payment)),
    element('dl', {}, ...facts.map(([name, value]) => element('div', {}, element('dt', { textContent: name }), element('dd', { textContent: value })))),
    element('div', { className: 'actions' }, ...actionsOf(inspection)),
    element('h3', { textContent: '내역' }),
    element('ol', { className: 'history' }, ...history.toReversed().map((line) => element('li', {}, element('time', { textContent: time(line.at) }), element('b', { textContent: EVENT[line.event] || line.event }), element('span', { textContent: line.text })))),
    raw
  )
}

let refreshing = 0
async function refresh () {
  const turn = ++refreshing
  const isTyping = byId('detail').contains(document.activeElement) && document.activeElement.tagName === 'INPUT'
  const answer = await fetch('/sandbox/payments/' + encodeURIComponent(selected))
  if (turn === refreshing && answer.ok && !isTyping) drawDetail(await answer.json())
}

async function select (impUid) {
  selected = impUid
  for (const [id, row] of rows) row.button.setAttribute('aria-current', String(id === selected))
  await refresh()
  byId('detail').focus({ preventScroll: window.innerWidth > 900 })
}

function showFaults (active) {
  for (const row of document.querySelectorAll('.switch')) {
    const fault = active.find((one) => one.name === row.dataset.fault)
    row.querySelector('[role=switch]').checked = Boolean(fault)
    for (const input of row.querySelectorAll('.fields [name]')) if (fault && fault[input.name] !== undefined) input.value = fault[input.name]
  }
}

function setFault (row) {
  const { fault: name, once } = row.dataset
  if (!row.querySelector('[role=switch]').checked) return send('DELETE', '/sandbox/scenarios/' + name)
  const values = [...row.querySelectorAll('.fields [name]')].map((input) => [input.name, input.type === 'number' ? Number(input.value) : input.value])
  return send('POST', '/sandbox/scenarios', { name, ...Object.fromEntries(values), ...(once === 'true' && { times: 1 }) })
}

for (const row of document.querySelectorAll('.switch')) {
  row.querySelector('[role=switch]').addEventListener('change', () => setFault(row))
  for (const input of row.querySelectorAll('.fields [name]')) {
    input.addEventListener('change', () => { if (row.querySelector('[role=switch]').checked) setFault(row) })
  }
}
byId('calm').addEventListener('click', () => send('DELETE', '/sandbox/scenarios'))
byId('make').addEventListener('submit', (event) => {
  event.preventDefault()
  const form = event.target
  send('POST', '/sandbox/pay', { merchant_uid: 'console_' + Date.now(), name: '콘솔에서 만든 주문', amount: Number(form.elements.amount.value), pay_method: form.elements.pay_method.value })
})
byId('more').addEventListener('click', async () => {
  const oldest = [...payments.keys()].sort()[0]
  const answer = await (await fetch('/console/payments?before=' + oldest)).json()
  shown += PAGE
  hasMore = answer.more
  keep(answer.payments)
})

const events = new EventSource('/console/events')
const on = (name, work) => events.addEventListener(name, (event) => work(JSON.parse(event.data)))
on('snapshot', ({ payments: list, total, more, faults }) => {
  payments.clear()
  rows.clear()
  shown = PAGE
  hasMore = more
  byId('total').textContent = total.toLocaleString('ko-KR')
  byId('connection').textContent = '실시간 연결됨'
  showFaults(faults)
  keep(list)
})
on('changed', ({ payments: list, total }) => {
  byId('total').textContent = total.toLocaleString('ko-KR')
  keep(list)
})
on('faults', showFaults)
events.addEventListener('error', () => { byId('connection').textContent = '연결이 끊겼습니다. 다시 연결하는 중…' })
