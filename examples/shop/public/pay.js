/* global IMP, navigator, location, addEventListener */
const form = document.querySelector('#pay')
const message = document.querySelector('#message')
const { order, amount, name } = form.dataset
/** Milliseconds: two clicks this close are one. By then the window covers the page, or the page is left. */
const DOUBLE_CLICK_MS = 1000
let clickedAt = -DOUBLE_CLICK_MS

IMP.init('imp00000000')

form.addEventListener('submit', (event) => {
  event.preventDefault()
  if (event.timeStamp - clickedAt < DOUBLE_CLICK_MS) return
  clickedAt = event.timeStamp
  const choice = new FormData(form)
  if (choice.get('phone')) pretendPhone()
  message.textContent = ''
  IMP.request_pay({
    channelKey: 'channel-key-00000000',
    pay_method: choice.get('method'),
    merchant_uid: order,
    name,
    amount: choice.get('tampered') ? 100 : Number(amount),
    buyer_name: '홍길동',
    buyer_tel: '010-0000-0000',
    m_redirect_url: `${location.origin}/payments/complete/mobile`,
  }, complete)
})

/** What the window says is only a hint; what counts is what the server finds out. */
async function complete (answer) {
  if (!answer.imp_uid && answer.error_msg) {
    message.textContent = answer.error_msg
    return
  }
  form.querySelector('.primary').disabled = true
  message.textContent = '결제 결과를 확인하고 있습니다…'
  // Some modules tell neither the payment nor an error: the webhook will.
  if (!answer.imp_uid) return location.replace(`/result?merchant_uid=${order}`)
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ imp_uid: answer.imp_uid, merchant_uid: order })
  const response = await fetch('/payments/complete', { method: 'POST', headers, body }).catch(() => undefined)
  // Decided, whichever way: the order's page says how. Not decided: the webhook will follow, so never pay again here.
  if (response?.ok) location.replace(`/orders/${order}`)
  else location.replace(`/result?merchant_uid=${order}`)
}

document.querySelector('#unregister').addEventListener('click', async () => {
  const response = await fetch(`/orders/${order}/unregistered`, { method: 'POST' })
  const { id } = await response.json()
  location.assign(`/orders/${id}/pay`)
})

/** The provider's script opens a layer on a PC and leaves the page on a phone: it goes by the browser's name. */
function pretendPhone () {
  Object.defineProperty(navigator, 'userAgent', { configurable: true, get: () => 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148' })
}

// Back by the back button: the order may be paid by now, which the page as it was left does not know.
addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })
