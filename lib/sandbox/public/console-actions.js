import { arrange, element, whileBusy, words } from './console-dom.js'
import { send } from './console-send.js'

/** How a payment of either generation is named to the routes under /sandbox. */
const routesOf = ({ generation, id, order }) => generation === 'v2'
  ? { path: '/sandbox/v2/', target: { paymentId: order, transactionId: id } }
  : { path: '/sandbox/', target: { imp_uid: id } }

/** The amount to cancel, with its button. What somebody typed stays, whatever happens to the payment meanwhile. */
function createCancelForm ({ path, target }, unitsPerMajor, refresh) {
  // Cents for other currencies; 0 would cancel everything.
  const amount = element('input', { type: 'number', min: '0.01', step: 'any', required: true })
  amount.setAttribute('aria-label', words.cancelAmount)
  const button = element('button', { textContent: words.cancel })
  const form = element('form', { className: 'pair' }, amount, button)
  let isTyped = false

  async function cancel () {
    // V2 counts the minor unit; a rounding error of cents is none of its integers.
    const units = Number(amount.value) * unitsPerMajor
    const isDone = await send('POST', path + 'cancel', {
      ...target,
      amount: unitsPerMajor === 1 ? units : Math.round(units),
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
export function createActions (payment, refresh) {
  const routes = routesOf(payment)

  function action (label, name, { body, kind = '' } = {}) {
    const button = element('button', { type: 'button', textContent: label, className: kind })
    button.addEventListener('click', () => whileBusy(button, async () => {
      await send('POST', routes.path + name, { ...routes.target, ...body })
      await refresh()
    }))
    return button
  }

  const deposit = action(words.deposit, 'deposit', { kind: 'main' })
  const expire = action(words.expire, 'expire')
  const approve = action(words.approve, 'approve', { kind: 'main' })
  const ends = [
    action(words.cancelSucceeded, 'end-cancellation', { body: { outcome: 'succeeded' }, kind: 'main' }),
    action(words.cancelFailed, 'end-cancellation', { body: { outcome: 'failed' } })
  ]
  const cancel = createCancelForm(routes, payment.unitsPerMajor, refresh)
  const webhooks = [
    action(words.resend, 'webhook'),
    action(words.resendTwice, 'webhook', { body: { copies: 2 } })
  ]
  const bar = element('div', { className: 'actions' })

  return {
    bar,
    show (detail) {
      cancel.offer(detail.left)
      arrange(bar, [
        ...(detail.deposit ? [deposit, expire] : []),
        ...(detail.approve ? [approve] : []),
        ...(detail.endCancellation ? ends : []),
        ...(detail.left > 0 ? [cancel.form] : []),
        ...webhooks,
      ])
    },
  }
}
