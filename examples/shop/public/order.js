/* global location */
const { order, state, note } = document.querySelector('.result').dataset

document.querySelector('#deposit')?.addEventListener('click', (event) => {
  event.currentTarget.disabled = true
  fetch('/demo/deposit', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ order }) })
})

// The webhook may change the order at any time: a deposit, a cancellation in the console.
async function watch () {
  const response = await fetch(`/orders/${order}/state`).catch(() => undefined)
  const now = response?.ok ? await response.json() : { state, note }
  if (now.state !== state || now.note !== note) location.replace(`/orders/${order}`)
  else setTimeout(watch, 1000)
}
setTimeout(watch, 1000)
