/* global EventSource, location */
import { showDetail } from './console-detail.js'
import { byId, count, whileBusy, words } from './console-dom.js'
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

const showTotal = (total) => { byId('total').textContent = count(total) }

for (const place of document.querySelectorAll('.origin')) place.textContent = location.origin
listenToSwitches()
listenToMessage()
byId('more').addEventListener('click', () => whileBusy(byId('more'), list.showMore))
byId('search').addEventListener('input', (event) => list.search(event.target.value))
byId('make').addEventListener('submit', async (event) => {
  event.preventDefault()
  const { merchant_uid, amount, pay_method } = event.target.elements
  const isMade = await send('POST', '/sandbox/pay', {
    merchant_uid: merchant_uid.value.trim() || 'console_' + Date.now(),
    name: words.madeHere,
    amount: Number(amount.value),
    pay_method: pay_method.value
  })
  // The same number would be refused: it is paid now.
  if (isMade) merchant_uid.value = ''
})

const events = new EventSource('/console/events')
const on = (name, work) => events.addEventListener(name, (event) => work(JSON.parse(event.data)))
on('snapshot', ({ payments, total, more, faults }) => {
  byId('connection').textContent = words.connected
  showTotal(total)
  showFaults(faults)
  list.startAnew(payments, more)
  if (selected !== undefined) showDetail(selected)
})
on('changed', ({ payments, total }) => {
  showTotal(total)
  list.keep(payments)
  if (payments.some((payment) => payment.imp_uid === selected)) showDetail(selected)
})
on('faults', showFaults)
events.addEventListener('error', () => { byId('connection').textContent = words.disconnected })
