import { test } from 'tap'
import { openPortoneShop, signatureOf, webhookOf } from '../support/portone-shop.js'

const body = (totalAmount: unknown = 14000) => webhookOf('Transaction.Confirm', { totalAmount })
const onConfirm = () => {}

test('a confirmation is approved for the right amount, in the minor unit of the order\'s currency', async (t) => {
  const seen: unknown[] = []
  const bodies: unknown[] = []
  const shop = await openPortoneShop(t, {
    getExpectedAmount (attempt, context) {
      seen.push([attempt.amount, context.source])
      bodies.push(context.request?.body)
      return { amount: 6, currency: 'USD' }
    },
    onConfirm (attempt) { seen.push(attempt) },
  })
  const send = (payload: object) => {
    const text = JSON.stringify(payload)
    return shop.app.inject({
      method: 'POST',
      url: '/payments/confirm',
      headers: { 'content-type': 'application/json', ...signatureOf(text) },
      payload: text,
    })
  }
  t.equal((await send(body(600))).statusCode, 200)
  t.strictSame(seen, [[undefined, 'confirm'], { imp_uid: 'tx_1', merchant_uid: 'order_1', amount: 6 }])
  const old = { payment_id: 'order_1', tx_id: 'tx_1', total_amount: 600 }
  t.equal((await send(old)).statusCode, 200)
  t.match(bodies, [{ type: 'Transaction.Confirm' }, old], 'hooks get the fields of the request')
  for (const wrong of [6, 601, 60000]) {
    const reply = await send(body(wrong))
    t.equal(reply.statusCode, 409, String(wrong))
    t.equal(reply.json().errorMessage, reply.json().reason)
  }
  for (const malformed of [body('many'), body(6.5), body(-1), webhookOf('Transaction.Paid'), {}, []]) {
    t.match((await send(malformed)).json(), { statusCode: 400, code: 'FST_ERR_VALIDATION' }, JSON.stringify(malformed))
  }
  t.strictSame(shop.upstream.seen, [], 'no lookup')
})

test('a refusal has the hook\'s words, under both names', async (t) => {
  const shop = await openPortoneShop(t, { onConfirm () { throw new Error('품절') } })
  const text = JSON.stringify(body())
  const reply = await shop.app.inject({
    method: 'POST',
    url: '/payments/confirm',
    headers: { 'content-type': 'application/json', ...signatureOf(text) },
    payload: text,
  })
  t.match([reply.statusCode, reply.json()], [409, { reason: '품절', errorMessage: '품절' }])
})

test('without a signature a confirmation is refused, and without onConfirm there is no such route', async (t) => {
  const shop = await openPortoneShop(t, { onConfirm })
  t.match((await shop.post(body(), '/payments/confirm')).json(), { statusCode: 403, code: 'IAMPORT_FORBIDDEN' })
  const unsigned = await openPortoneShop(t, { onConfirm, webhookSecret: undefined })
  t.equal((await unsigned.post(body(), '/payments/confirm')).statusCode, 200)
  const none = await openPortoneShop(t)
  t.equal((await none.post(body(), '/payments/confirm')).statusCode, 404)
})

test('what was signed as a webhook is not taken for a confirmation', async (t) => {
  const shop = await openPortoneShop(t, { onConfirm () { t.fail('nobody has asked') } })
  // Names that a page chose, in a webhook that it had sent to itself.
  const paymentId = 'order_2.1790000001.payment_id=order_1&tx_id=tx_1&total_amount=14000&rest='
  const text = JSON.stringify(webhookOf('Transaction.Paid', { paymentId }))
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, ...signature } = signatureOf(text)
  const [before, payload] = text.split('.1790000001.')
  const reply = await shop.app.inject({
    method: 'POST',
    url: '/payments/confirm',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'webhook-id': `${id}.${timestamp}.${before}`,
      'webhook-timestamp': '1790000001',
      ...signature,
    },
    payload,
  })
  t.match(reply.json(), { statusCode: 403, code: 'IAMPORT_FORBIDDEN' })
})
