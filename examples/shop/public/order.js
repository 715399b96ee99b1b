/* global location */
const { order, state } = document.querySelector('.result').dataset

document.querySelector('#deposit')?.addEventListener('click', (event) => {
  event.currentTarget.disabled = true
  fetch('/demo/deposit', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ order }) })
})

// The webhook may change the order at any time: a deposit, a cancellation in the console.
async function watch () {
  const response = await fetch(`/orders/${order}/state`).catch(() => undefined)
  if (response?.ok && (await response.json()).state !== state) location.replace(`/orders/${order}`)
  else setTimeout(watch, 1000)
}
setTimeout(watch, 1000)
