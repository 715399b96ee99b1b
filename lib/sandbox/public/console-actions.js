import { arrange, element, whileBusy, words } from './console-dom.js'
import { send } from './console-send.js'

/** The amount to cancel, with its button. What somebody typed stays, whatever happens to the payment meanwhile. */
function createCancelForm (impUid, refresh) {
  // Cents for other currencies; 0 would cancel everything.
  const amount = element('input', { type: 'number', min: '0.01', step: 'any', required: true })
  amount.setAttribute('aria-label', words.cancelAmount)
  const button = element('button', { textContent: words.cancel })
  const form = element('form', { className: 'pair' }, amount, button)
  let isTyped = false

  async function cancel () {
    const isDone = await send('POST', '/sandbox/cancel', {
      imp_uid: impUid,
      amount: Number(amount.value),
      reason: words.cancelledHere,
    })
    if (isDone) isTyped = false
    await refresh()
  }

  amount.addEventListener('input', () => { isTyped = true })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    whileBusy(button, cancel)
  })
  return {
    form,
    offer (left) {
      amount.max = String(left)
      if (!isTyped) amount.value = String(left)
    }
  }
}

/** What can be done to a payment; `refresh` shows what came of it. */
export function createActions (impUid, refresh) {
  function action (label, path, { copies, kind = '' } = {}) {
    const button = element('button', { type: 'button', textContent: label, className: kind })
    button.addEventListener('click', () => whileBusy(button, async () => {
      await send('POST', path, { imp_uid: impUid, copies })
      await refresh()
    }))
    return button
  }

  const deposit = action(words.deposit, '/sandbox/deposit', { kind: 'main' })
  const expire = action(words.expire, '/sandbox/expire')
  const approve = action(words.approve, '/sandbox/approve', { kind: 'main' })
  const cancel = createCancelForm(impUid, refresh)
  const webhooks = [
    action(words.resend, '/sandbox/webhook'),
    action(words.resendTwice, '/sandbox/webhook', { copies: 2 })
  ]
  const bar = element('div', { className: 'actions' })

  return {
    bar,
    show ({ payment, history }) {
      const left = Math.round((payment.amount - payment.cancel_amount) * 1000) / 1000 // 10.1 - 0.2 is 9.899999999999999
      const awaitsDeposit = payment.vbank_num && payment.status === 'ready'
      const lastDecision = history.findLast((line) => line.event !== 'webhook')
      const isPending = lastDecision && lastDecision.event === 'approval_pending'
      const isCancellable = payment.paid_at > 0 && left > 0
      cancel.offer(left)
      arrange(bar, [
        ...(awaitsDeposit ? [deposit, expire] : []),
        ...(isPending ? [approve] : []),
        ...(isCancellable ? [cancel.form] : []),
        ...webhooks,
      ])
    },
  }
}
