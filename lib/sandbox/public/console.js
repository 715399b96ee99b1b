/* global EventSource, location */
import { showDetail } from './console-detail.js'
import { byId, count, whileBusy, words } from './console-dom.js'
import { listenToSwitches, showFaults } from './console-faults.js'
import { createList } from './console-list.js'
import { listenToMaking } from './console-make.js'
import { listenToMessage } from './console-send.js'

let selected
const list = createList(select)

async function select (serial) {
  selected = serial
  list.mark(serial)
  await showDetail(serial)
  byId('detail').focus({ preventScroll: window.innerWidth > 900 })
}

const showTotal = (total) => { byId('total').textContent = count(total) }

for (const place of document.querySelectorAll('.origin')) place.textContent = location.origin
listenToSwitches()
listenToMessage()
byId('more').addEventListener('click', () => whileBusy(byId('more'), list.showMore))
byId('search').addEventListener('input', (event) => list.search(event.target.value))
byId('generation').addEventListener('change', (event) => list.showGeneration(event.target.value))
listenToMaking()

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
  if (payments.some((payment) => payment.serial === selected)) showDetail(selected)
})
on('faults', showFaults)
events.addEventListener('error', () => { byId('connection').textContent = words.disconnected })
