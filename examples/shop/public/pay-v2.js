/* global PortOne, location */

const METHODS = { card: 'CARD', trans: 'TRANSFER', vbank: 'VIRTUAL_ACCOUNT', phone: 'MOBILE' }

/** V2: the server makes a new `paymentId` for every attempt to pay the order. */
export async function createAttempt ({ order, amount, name, store }, choice) {
  const altered = choice.get('altered-v2')
  const request = {
    storeId: store,
    channelKey: choice.get('channel'),
    paymentId: await openAttempt(order, altered === 'unregistered'),
    orderName: name,
    totalAmount: altered === 'no' ? Number(amount) : 100,
    currency: 'CURRENCY_KRW',
    payMethod: METHODS[choice.get('method')],
    virtualAccount: { accountExpiry: { validHours: 24 } },
    customer: { fullName: '홍길동', phoneNumber: '010-0000-0000', email: 'buyer@example.com' },
    redirectUrl: `${location.origin}/v2/payments/complete/mobile`,
  }
  return { order, pay: () => PortOne.requestPayment(request).then(outcomeOf) }
}

/** `undefined`: the browser leaves for `redirectUrl`, or the window said nothing. */
function outcomeOf (answer) {
  if (!answer) return undefined
  const { paymentId, txId, paymentToken, code, message } = answer
  // The token comes with manual approval: the server approves with it, and only then money moves.
  const notification = { path: '/v2/payments/complete', body: { paymentId, txId, paymentToken } }
  return { notification, problem: code === undefined ? undefined : message }
}

async function openAttempt (order, unregistered) {
  const init = {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ unregistered }),
  }
  const response = await fetch(`/orders/${order}/attempts`, init)
  if (!response.ok) throw new Error(response.statusText)
  const { paymentId } = await response.json()
  return paymentId
}
