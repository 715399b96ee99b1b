/* global EventSource, location */
import { showDetail } from './console-detail.js'
import { byId, whileBusy } from './console-dom.js'
import { listenToSwitches, showFaults } from './console-faults.js'
import { createList } from './console-list.js'
import { listenToMessage, send } from './console-send.js'

let selected
const list = createList(select)

async function select (impUid) {
  selected = impUid
  list.mark(impUid)
  await showDetail(impUid)
  byId('detail').focus({ preventScroll: window.innerWidth > 900 })
}

const count = (total) => { byId('total').textContent = total.toLocaleString('ko-KR') }

for (const place of document.querySelectorAll('.origin')) place.textContent = location.origin
listenToSwitches()
listenToMessage()
byId('more').addEventListener('click', () => whileBusy(byId('more'), list.showMore))
byId('make').addEventListener('submit', (event) => {
  event.preventDefault()
  const { amount, pay_method } = event.target.elements
  send('POST', '/sandbox/pay', {
    merchant_uid: 'console_' + Date.now(),
    name: '콘솔에서 만든 주문',
    amount: Number(amount.value),
    pay_method: pay_method.value,
  })
})

const events = new EventSource('/console/events')
const on = (name, work) => events.addEventListener(name, (event) => work(JSON.parse(event.data)))
on('snapshot', ({ payments, total, more, faults }) => {
  byId('connection').textContent = '실시간 연결됨'
  count(total)
  showFaults(faults)
  list.startAnew(payments, more)
  if (selected !== undefined) showDetail(selected)
})
on('changed', ({ payments, total }) => {
  count(total)
  list.keep(payments)
  if (payments.some((payment) => payment.imp_uid === selected)) showDetail(selected)
})
on('faults', showFaults)
events.addEventListener('error', () => { byId('connection').textContent = '연결이 끊겼습니다. 다시 연결하는 중…' })
