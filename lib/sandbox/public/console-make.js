import { byId, words } from './console-dom.js'
import { send } from './console-send.js'

/** V2's names for the window's methods; the wallets are easy pay. */
const PAY_METHODS = { card: 'CARD', trans: 'TRANSFER', vbank: 'VIRTUAL_ACCOUNT', phone: 'MOBILE' }

function v2RequestOf ({ order, amount, method, channel }) {
  const payMethod = PAY_METHODS[method] || 'EASY_PAY'
  return {
    paymentId: order,
    orderName: words.madeHere,
    totalAmount: amount,
    payMethod,
    channelKey: channel,
    easyPay: payMethod === 'EASY_PAY' ? { easyPayProvider: method.toUpperCase() } : undefined,
  }
}

const v1RequestOf = ({ order, amount, method }) =>
  ({ merchant_uid: order, name: words.madeHere, amount, pay_method: method })

/** Makes payments of either generation, as a buyer would. */
export function listenToMaking () {
  const form = byId('make')
  const { generation, channel, order, method, amount } = form.elements
  generation.addEventListener('change', () => { channel.hidden = generation.value !== 'v2' })
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const wanted = {
      order: order.value.trim() || 'console_' + Date.now(),
      amount: Number(amount.value),
      method: method.value,
      channel: channel.value,
    }
    const isMade = generation.value === 'v2'
      ? await send('POST', '/sandbox/v2/pay', v2RequestOf(wanted))
      : await send('POST', '/sandbox/pay', v1RequestOf(wanted))
    // The same number would be refused: it is paid now.
    if (isMade) order.value = ''
  })
}
