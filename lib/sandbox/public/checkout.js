/* global history, location */
'use strict'

const MARK = 'fastify-iamport-sandbox'
const { id, mode, origin, outcome, fresh } = document.body.dataset
const words = JSON.parse(document.body.dataset.words)
const form = document.getElementById('form')
const message = document.getElementById('message')

function tellShop (callback, redirect) {
  if (mode === 'layer') window.parent.postMessage({ mark: MARK, callback }, origin)
  else if (redirect) location.replace(redirect)
}

function show (text) { if (message) message.textContent = text }

let isBusy = false
async function decide (choice) {
  if (isBusy) return
  isBusy = true
  document.body.setAttribute('aria-busy', 'true')
  for (const button of document.querySelectorAll('button')) button.disabled = true
  show(words.working)
  try {
    const answer = await fetch('/checkout/' + id, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(choice),
    })
    if (!answer.ok) throw new Error('HTTP ' + answer.status)
    const { callback, redirect } = await answer.json()
    if (document.getElementById('vanish').checked && choice.action === 'approve') {
      show(words.vanished)
      if (mode === 'layer') window.parent.postMessage({ mark: MARK }, origin)
    } else {
      tellShop(callback, redirect)
    }
  } catch (error) {
    isBusy = false
    document.body.removeAttribute('aria-busy')
    for (const button of document.querySelectorAll('button')) button.disabled = false
    show(words.failed.replace('{}', error.message))
  }
}

function leave () {
  if (mode === 'layer') window.parent.postMessage({ mark: MARK }, origin)
  else history.back()
}

function startForm () {
  const methods = [...form.elements.method]
  const panels = [...document.querySelectorAll('.panel')]
  const terms = [...form.elements.terms]
  const all = document.getElementById('agree-all')
  const approve = document.getElementById('approve')
  const label = approve.textContent
  const chosen = () => form.elements.method.value

  function showPanel () {
    for (const panel of panels) panel.hidden = !panel.dataset.methods.split(' ').includes(chosen())
    approve.textContent = chosen() === 'vbank' ? words.issue : label
  }
  for (const method of methods) method.addEventListener('change', showPanel)
  showPanel()

  all.addEventListener('change', () => { for (const term of terms) term.checked = all.checked })
  for (const term of terms) term.addEventListener('change', () => { all.checked = terms.every((one) => one.checked) })

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const missing = terms.find((term) => !term.checked)
    if (missing) {
      show(words.termsMissing)
      missing.focus()
      return
    }
    const method = chosen()
    const institution = form.elements[method] ? form.elements[method].value : undefined
    const quota = method === 'card' ? form.elements.quota.value : '0'
    decide({ action: 'approve', method, institution, quota, source: form.elements.source.value })
  })
  document
    .getElementById('decline')
    .addEventListener('click', () => decide({ action: 'decline', reason: form.elements.reason.value }))
  document.getElementById('leave').addEventListener('click', leave)
  const close = () => decide({ action: 'close' })
  document.getElementById('close').addEventListener('click', close)
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape' && mode === 'layer') close() })
}

if (outcome) {
  const { callback, redirect } = JSON.parse(outcome)
  const back = () =>
    mode === 'layer' ? tellShop(callback, redirect) : redirect ? location.replace(redirect) : history.back()
  document.getElementById('close').addEventListener('click', back)
  if (mode === 'layer' || fresh === 'true') tellShop(callback, redirect)
} else {
  startForm()
}
