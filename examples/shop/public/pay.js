/* global IMP, navigator, location, addEventListener */
const form = document.querySelector('#pay')
const message = document.querySelector('#message')
const { order, amount, name } = form.dataset
let isOpen = false

IMP.init('imp00000000')

form.addEventListener('submit', (event) => {
  event.preventDefault()
  if (isOpen) return // a double click
  const choice = new FormData(form)
  if (choice.get('phone')) pretendPhone()
  isOpen = true
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
  isOpen = false
  if (!answer.imp_uid) {
    message.textContent = answer.error_msg ?? '결제창이 열리지 않았습니다.'
    return
  }
  message.textContent = '결제 결과를 확인하고 있습니다…'
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

// Back from a phone's checkout by the back button: the page is shown as it was left.
addEventListener('pageshow', () => { isOpen = false })
