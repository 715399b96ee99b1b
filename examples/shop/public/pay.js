/* global IMP, location, addEventListener, MutationObserver */
import { pause, watch } from './watch.js'

const form = document.querySelector('#pay')
const button = form.querySelector('.primary')
const message = document.querySelector('#message')
const { order, amount, name } = form.dataset
/** From the click until the window is gone: a second click opens no second window. */
let isPaying = false
/** The window has told an outcome, and the server is asked for it. */
let isCompleting = false
/** The order in the window. */
let paying = order

IMP.init('imp00000000')

// The window is an iframe, and may be closed without a word to the page.
new MutationObserver((changes) => {
  const removed = changes.flatMap(({ removedNodes }) => [...removedNodes])
  if (removed.some((node) => node.matches?.('iframe, :has(iframe)'))) isPaying = false
}).observe(document.body, { childList: true, subtree: true })

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  if (isPaying || isCompleting) return
  isPaying = true
  const choice = new FormData(form)
  const altered = choice.get('altered')
  if (choice.get('phone')) pretendPhone()
  message.textContent = ''
  try {
    pay(altered === 'unregistered' ? await openUnregistered() : order, altered === 'no' ? Number(amount) : 100, choice)
  } catch {
    isPaying = false
    message.textContent = '지금은 결제할 수 없습니다. 잠시 후 다시 시도해 주세요.'
  }
})

function pay (id, price, choice) {
  paying = id
  IMP.request_pay({
    channelKey: 'channel-key-00000000',
    pay_method: choice.get('method'),
    merchant_uid: id,
    name,
    amount: price,
    buyer_name: '홍길동',
    buyer_tel: '010-0000-0000',
    m_redirect_url: `${location.origin}/payments/complete/mobile`,
  }, (answer) => complete(id, answer))
}

/** What the window says is only a hint; what counts is what the server finds out. */
async function complete (id, { imp_uid: impUid, error_msg: problem }) {
  if (!impUid && problem) {
    isPaying = false
    message.textContent = problem
    return
  }
  isCompleting = true
  button.disabled = true
  message.textContent = '결제 결과를 확인하고 있습니다. 다시 결제하지 마시고 잠시 기다려 주세요.'
  // Some modules tell neither the payment nor an error: the webhook will.
  const response = impUid ? await notify(impUid, id) : undefined
  // Decided, whichever way: the order's page says how it went. Not decided: never ask to pay again.
  location.replace(response?.ok ? `/orders/${id}` : `/result?merchant_uid=${id}`)
}

/** Again and again where the shop does not answer: it may be starting again. */
async function notify (impUid, id) {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ imp_uid: impUid, merchant_uid: id })
  for (;;) {
    const response = await fetch('/payments/complete', { method: 'POST', headers, body }).catch(() => undefined)
    if (response) return response
    await pause()
  }
}

/** An order whose amount the provider does not know beforehand. */
async function openUnregistered () {
  const response = await fetch(`/orders/${order}/unregistered`, { method: 'POST' })
  if (!response.ok) throw new Error(response.statusText)
  const { id } = await response.json()
  return id
}

/** The provider's script opens a layer on a PC and leaves the page on a phone: it goes by the browser's name. */
function pretendPhone () {
  const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148'
  Object.defineProperty(navigator, 'userAgent', { configurable: true, get: () => phone })
}

// Paid elsewhere, or in a window that did not tell this page. While one is open, it tells the outcome itself.
watch(() => paying, ({ isPayable }) => {
  if (isPayable || isPaying || isCompleting) return false
  location.replace(`/orders/${paying}`)
  return true
})

// Back by the back button: the order may be paid by now, which the page as it was left does not know.
addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })
