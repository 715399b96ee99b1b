import { test } from 'tap'
import { openShop } from '../support/shop.js'
import { account, isLookup, payment } from '../support/upstream.js'

test('JSON and form are read alike', async (t) => {
  const shop = await openShop(t)
  const json = await shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_1', more: { deep: [1] } })
  const form = await shop.form('imp_uid=imp_1&merchant_uid=order_1&more%5Bdeep%5D=1')
  t.strictSame([json.statusCode, form.statusCode], [200, 200])
  t.strictSame({ ...form.json(), replayed: false }, json.json())
  t.match(json.headers['content-type'], /^application\/json/)
})

test('over a real socket it answers the same', async (t) => {
  const shop = await openShop(t)
  const url = await shop.listen()
  const reply = await fetch(`${url}/payments/complete`, {
    method: 'POST', body: new URLSearchParams({ imp_uid: 'imp_1' }),
  })
  t.equal(reply.status, 200)
  t.match(await reply.json(), { success: true, status: 'paid', replayed: false })
})

test('without merchant_uid, or with an empty one, the payment names its order', async (t) => {
  const shop = await openShop(t)
  for (const merchant_uid of [undefined, null, '']) {
    t.match((await shop.post({ imp_uid: 'imp_1', merchant_uid })).json(), { status: 'paid', merchant_uid: 'order_1' })
  }
  t.match((await shop.form('imp_uid=imp_1&merchant_uid=')).json(), { status: 'paid', merchant_uid: 'order_1' })
})

test('another order\'s number is a conflict: no hook runs, nothing is cancelled', async (t) => {
  const shop = await openShop(t)
  for (const merchant_uid of ['order_2', 'ORDER_1', ' order_1', 'order_1 ', '0', 0, '__proto__', '주문']) {
    const reply = await shop.post({ imp_uid: 'imp_1', merchant_uid })
    t.match(reply.json(), { statusCode: 409, code: 'IAMPORT_ORDER_MISMATCH', error: 'Conflict' }, String(merchant_uid))
    t.equal(reply.statusCode, 409)
  }
  t.strictSame(shop.ran(), [])
  t.strictSame(shop.upstream.cancellations(), [])
})

test('an order number that is a number in JSON is compared as text', async (t) => {
  const shop = await openShop(t, {}, [payment({ merchant_uid: '1001' })])
  t.match((await shop.post({ imp_uid: 'imp_1', merchant_uid: 1001 })).json(), { status: 'paid' })
  t.equal((await shop.post({ imp_uid: 'imp_1', merchant_uid: 1002 })).statusCode, 409)
})

test('an order may be called like a part of an object', async (t) => {
  for (const merchant_uid of ['__proto__', 'constructor', 'toString', 'null', '주문/1?a=b']) {
    const shop = await openShop(t, {}, [payment({ merchant_uid })])
    t.match((await shop.post({ imp_uid: 'imp_1', merchant_uid })).json(), { status: 'paid', merchant_uid })
    t.equal((await shop.post({ imp_uid: 'imp_1', merchant_uid: 'other' })).statusCode, 409)
  }
})

test('a hook sees whatever else the page posted, and where the news came from', async (t) => {
  const shop = await openShop(t, {
    getExpectedAmount: (_, { request, source }) => source === 'browser' && request?.body !== undefined ? 14000 : null,
  })
  await shop.post({ imp_uid: 'imp_1', coupon: 'x' })
  t.match(shop.calls[0], { hook: 'paid', context: { source: 'browser', request: { body: { coupon: 'x' } } } })
  t.equal(shop.calls[0]?.context.tx, undefined)
  t.equal(typeof shop.calls[0]?.context.log.info, 'function')
})

test('every decided payment is answered with 200, failed ones too', async (t) => {
  const payments = [
    payment({ imp_uid: 'paid' }), account({ imp_uid: 'issued' }), payment({ imp_uid: 'failed', status: 'failed' }),
    payment({ imp_uid: 'cancelled', status: 'cancelled', cancel_amount: 14000 }),
    payment({ imp_uid: 'ignored', customer_uid_usage: 'issue', amount: 0 }),
    payment({ imp_uid: 'test', sandbox: true }), payment({ imp_uid: 'wrong', amount: 1 }),
  ]
  const shop = await openShop(t, {}, payments)
  const replies = await Promise.all(payments.map(({ imp_uid }) => shop.post({ imp_uid })))
  t.strictSame(replies.map((reply) => reply.statusCode), payments.map(() => 200))
  t.strictSame(replies.map((reply) => [reply.json().status, reply.json().success, reply.json().reason]), [
    ['paid', true, undefined], ['vbank_issued', true, undefined], ['failed', false, 'payment_failed'],
    ['cancelled', false, 'payment_cancelled'], ['ignored', false, undefined], ['failed', false, 'test_payment'],
    ['failed', false, 'amount_mismatch'],
  ])
})

test('an issued account is answered with the account, its end in UNIX seconds', async (t) => {
  const shop = await openShop(t, { exposeData: true, onVbank: () => ({ mailed: true }) }, [account()])
  t.strictSame((await shop.post({ imp_uid: 'imp_1' })).json(), {
    success: true,
    status: 'vbank_issued',
    imp_uid: 'imp_1',
    merchant_uid: 'order_1',
    amount: 14000,
    currency: 'KRW',
    pay_method: 'vbank',
    message: '가상계좌가 발급되었습니다. 기한 안에 입금해 주세요.',
    replayed: false,
    cancel_amount: 0,
    vbank: { name: '국민은행', num: '100-200-300', holder: '가게', due: 1790500000 },
    data: { mailed: true },
  })
})

test('the message is in the language of the option', async (t) => {
  const shop = await openShop(t, { locale: 'en' })
  t.equal((await shop.post({ imp_uid: 'imp_1' })).json().message, 'The payment is complete.')
})

test('an unknown payment is not found', async (t) => {
  const shop = await openShop(t)
  const reply = await shop.post({ imp_uid: 'imp_9' })
  t.equal(reply.statusCode, 404)
  t.match(reply.json(), { statusCode: 404, code: 'IAMPORT_PAYMENT_NOT_FOUND', error: 'Not Found', message: String })
  t.strictSame(shop.ran(), [])
})

test('only POST is answered', async (t) => {
  const shop = await openShop(t)
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const) {
    t.equal((await shop.app.inject({ method, url: '/payments/complete?imp_uid=imp_1' })).statusCode, 404, method)
  }
  t.equal(shop.upstream.seen.length, 0)
})

test('a buyer who is back before the provider has settled is looked at again', async (t) => {
  const shop = await openShop(t, {}, [payment({ status: 'ready', paid_at: 0 })])
  shop.upstream.script = (seen) => {
    if (isLookup(seen) && shop.upstream.lookups() === 3) shop.upstream.payments.set('imp_1', payment())
    return false
  }
  t.match((await shop.post({ imp_uid: 'imp_1' })).json(), { status: 'paid', replayed: false })
  t.equal(shop.upstream.lookups(), 3)
  t.strictSame(shop.ran(), ['paid'])
})

test('a buyer who left the window is looked at four times in all, and is told', async (t) => {
  const shop = await openShop(t, {}, [payment({ status: 'ready', paid_at: 0 })])
  t.match((await shop.post({ imp_uid: 'imp_1' })).json(), {
    status: 'failed', reason: 'not_paid', refunded: false, success: false,
  })
  t.equal(shop.upstream.lookups(), 4)
  t.match(shop.failures(), [{ reason: 'not_paid', final: false, refunded: false }])
})
