/* global IMP, location */
IMP.init('imp00000000')

/** V1: the order's number is the payment's. */
export async function createAttempt ({ order, amount, name }, choice) {
  const altered = choice.get('altered')
  const id = altered === 'unregistered' ? await openUnregistered(order) : order
  const request = {
    channelKey: 'channel-key-00000000',
    pay_method: choice.get('method'),
    merchant_uid: id,
    name,
    amount: altered === 'no' ? Number(amount) : 100,
    buyer_name: '홍길동',
    buyer_tel: '010-0000-0000',
    m_redirect_url: `${location.origin}/payments/complete/mobile`,
  }
  return { order: id, pay: () => new Promise((resolve) => IMP.request_pay(request, resolve)).then(outcomeOf) }
}

/** Without an `imp_uid` there is nothing that the server could look up. */
const outcomeOf = ({ imp_uid: impUid, merchant_uid: id, error_msg: problem }) => ({
  problem,
  notification: impUid && { path: '/payments/complete', body: { imp_uid: impUid, merchant_uid: id } },
})

/** An order whose amount the provider does not know beforehand. */
async function openUnregistered (order) {
  const response = await fetch(`/orders/${order}/unregistered`, { method: 'POST' })
  if (!response.ok) throw new Error(response.statusText)
  const { id } = await response.json()
  return id
}
