import { test } from 'tap'
import { openPortoneShop } from '../support/portone-shop.js'
import { failed, issued, paid, pending, ready, refusing, type WirePayment } from '../support/portone-upstream.js'

const redirects = { paid: '/done', vbank: '/account', fail: '/failed?from=shop', pending: '/checking' }

test('the buyer goes where the payment is, whatever the flags say', async (t) => {
  const cases: [WirePayment, string][] = [
    [paid(), '/done?imp_uid=tx_1&merchant_uid=order_1&status=paid'],
    [issued(), '/account?imp_uid=tx_1&merchant_uid=order_1&status=vbank_issued'],
    [failed(), '/failed?from=shop&imp_uid=tx_1&merchant_uid=order_1&status=failed&reason=payment_failed'],
    [ready(), '/failed?from=shop&imp_uid=tx_1&merchant_uid=order_1&status=failed&reason=not_paid'],
    [pending(), '/checking?imp_uid=tx_1&merchant_uid=order_1&status=failed&reason=not_paid'],
  ]
  for (const [one, location] of cases) {
    const shop = await openPortoneShop(t, { redirects }, [one])
    const reply = await shop.redirect('?paymentId=order_1&code=FAILURE&message=no&txId=tx_0')
    t.match([reply.statusCode, reply.headers.location], [302, location], one.status)
  }
})

test('without a completion the order is the paymentId, and the payment the txId', async (t) => {
  const query = '?paymentId=order_1&txId=tx_9'
  const missing = await openPortoneShop(t, { redirects }, [])
  t.equal((await missing.redirect(query)).headers.location,
    '/failed?from=shop&imp_uid=tx_9&merchant_uid=order_1&reason=payment_not_found')
  const down = await openPortoneShop(t, { redirects })
  down.upstream.on('lookup', refusing(401, 'UNAUTHORIZED'))
  t.equal((await down.redirect(query)).headers.location, '/checking?imp_uid=tx_9&merchant_uid=order_1')
  t.equal((await down.redirect('?paymentId=..&txId=tx_9')).headers.location,
    '/failed?from=shop&imp_uid=tx_9&merchant_uid=..&reason=invalid')
  t.equal((await down.redirect('?txId=tx_9')).headers.location, '/failed?from=shop&imp_uid=tx_9&reason=invalid')
})

test('a name that is there twice counts if it is the same one', async (t) => {
  const shop = await openPortoneShop(t, { redirects })
  t.match((await shop.redirect('?paymentId=order_1&paymentId=order_1&txId=tx_1&txId=tx_1')).headers.location, /^\/done/)
  t.match((await shop.redirect('?paymentId=order_2&paymentId=order_1')).headers.location, /reason=invalid/)
})

test('without a target, our own page says that a payment that is approved later must not be paid again', async (t) => {
  const shop = await openPortoneShop(t, { locale: 'en' }, [pending()])
  const reply = await shop.redirect()
  t.equal(reply.statusCode, 200)
  t.match(reply.body, /do not pay again/)
})

test('a function gets the completion', async (t) => {
  const shop = await openPortoneShop(t, {
    redirects: { paid: (completion) => `/orders/${completion?.merchant_uid}` },
  })
  t.equal((await shop.redirect()).headers.location, '/orders/order_1')
})
