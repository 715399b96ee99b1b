/* global location, sessionStorage, addEventListener, MutationObserver */
import * as v1 from './pay-v1.js'
import * as v2 from './pay-v2.js'
import { pause, watch } from './watch.js'

const APIS = { v1, v2 }
const form = document.querySelector('#pay')
const button = form.querySelector('.primary')
const message = document.querySelector('#message')
const { api } = form.elements
/** From the click until the window is gone: a second click opens no second window. */
let isPaying = false
/** The window has told an outcome, and the server is asked for it. */
let isCompleting = false
/** The order in the window. */
let paying = form.dataset.order

// The next order is paid by the version of the last.
api.value = sessionStorage.getItem('api') ?? api.value

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
  sessionStorage.setItem('api', api.value)
  if (choice.get('phone')) pretendPhone()
  message.textContent = ''
  try {
    const attempt = await APIS[api.value].createAttempt(form.dataset, choice)
    paying = attempt.order
    await finish(paying, await attempt.pay())
  } catch {
    isPaying = false
    message.textContent = '지금은 결제할 수 없습니다. 잠시 후 다시 시도해 주세요.'
  }
})

/** What the window says is only a hint; what counts is what the server finds out. */
async function finish (order, outcome) {
  if (outcome?.problem && !outcome.notification) return showProblem(outcome.problem)
  isCompleting = outcome !== undefined
  button.disabled = true
  message.textContent = '결제 결과를 확인하고 있습니다. 다시 결제하지 마시고 잠시 기다려 주세요.'
  if (!outcome) return
  // Some windows tell neither the payment nor an error: the webhook will.
  const response = outcome.notification && await notify(outcome.notification)
  if (outcome.problem && response?.status === 404) return showProblem(outcome.problem) // no payment was begun
  // Decided, whichever way: the order's page says how it went. Not decided, or not paid though the window says so: it
  // may still be approved, so never ask to pay again.
  const { reason } = response?.ok ? await response.json() : {}
  const isDecided = response?.ok && (outcome.problem || reason !== 'not_paid')
  location.replace(isDecided ? `/orders/${order}` : `/result?merchant_uid=${order}`)
}

function showProblem (problem) {
  isPaying = false
  isCompleting = false
  button.disabled = false
  message.textContent = problem
}

/** Again and again where the shop does not answer: it may be starting again. */
async function notify ({ path, body }) {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  for (;;) {
    const response = await fetch(path, init).catch(() => undefined)
    if (response) return response
    await pause()
  }
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

// A click before this script was there would have sent the form nowhere.
button.disabled = false

// Back by the back button: the order may be paid by now, which the page as it was left does not know.
addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })
