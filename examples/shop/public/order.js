/* global location, getSelection */
import { watch } from './watch.js'

const { order, version } = document.querySelector('.result').dataset
const message = document.querySelector('#message')

// The webhook may change the order at any time: a deposit, a cancellation in the console.
watch(() => order, (now) => {
  if (now.version === version) return false
  location.replace(`/orders/${order}`)
  return true
})

document.querySelector('#deposit')?.addEventListener('click', async ({ currentTarget: button }) => {
  button.disabled = true
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ order }) }
  const response = await fetch('/demo/deposit', init).catch(() => undefined)
  if (response?.ok) {
    message.textContent = '입금했습니다. 입금 확인을 기다리고 있습니다…'
  } else {
    message.textContent = (await response?.json().catch(() => undefined))?.message ?? '지금은 입금할 수 없습니다.'
    button.disabled = false
  }
})

document.querySelector('#copy')?.addEventListener('click', async () => {
  const number = document.querySelector('#account')
  try {
    await navigator.clipboard.writeText(number.textContent)
    message.textContent = '계좌번호를 복사했습니다.'
  } catch {
    // Not allowed, or not over HTTPS: then by the buyer's own hand.
    getSelection().selectAllChildren(number)
    message.textContent = '계좌번호를 선택했습니다. 복사해 주세요.'
  }
})
