import { test } from 'tap'
import { openSandbox } from './support/client.js'
import { readProviderSchema } from './support/openapi.js'

test('every answer is what the provider\'s schema says', async (t) => {
  const conforms = readProviderSchema(t)
  if (!conforms) return
  const { call, sandbox } = await openSandbox(t)
  const buyer = {
    name: '아주 긴 주문명'.repeat(10),
    buyer_name: '홍길동',
    buyer_email: 'buyer@example.com',
    buyer_tel: '010-1234-5678',
    buyer_addr: '서울',
    buyer_postcode: '06018',
    custom_data: { a: 1 },
  }
  const made = [
    await sandbox.pay({ merchant_uid: 'card', amount: 14000, ...buyer }),
    await sandbox.pay({ merchant_uid: 'trans', amount: 14000, pay_method: 'trans' }),
    await sandbox.pay({ merchant_uid: 'phone', amount: 14000, pay_method: 'phone', channel: 'mobile' }),
    await sandbox.pay({ merchant_uid: 'issued', amount: 14000, pay_method: 'vbank', ...buyer }),
    await sandbox.pay({ merchant_uid: 'deposited', amount: 14000, pay_method: 'vbank' }),
    await sandbox.pay({ merchant_uid: 'usd', amount: 12.5, currency: 'USD', sandbox: true }),
    await sandbox.pay({ merchant_uid: 'declined', amount: 14000, decline: '한도초과' }),
    await sandbox.pay({ merchant_uid: 'left', amount: 14000, leave: true }),
    await sandbox.pay({ merchant_uid: 'billing-key', amount: 0, customer_uid: 'customer_1' }),
    await sandbox.pay({ merchant_uid: 'cancelled', amount: 14000 }),
  ]
  for (const { imp_uid, merchant_uid } of made) {
    if (merchant_uid === 'deposited') sandbox.deposit(imp_uid)
    if (merchant_uid === 'cancelled') sandbox.cancel(imp_uid, { amount: 100 })
    conforms('PaymentResponse', await call('GET', `/payments/${imp_uid}?include_sandbox=true`), merchant_uid)
    conforms('PaymentResponse', await call('GET', `/payments/find/${merchant_uid}`), `find ${merchant_uid}`)
    conforms('PaymentListResponse', await call('GET', `/payments/findAll/${merchant_uid}`), `findAll ${merchant_uid}`)
  }
  for (const status of ['all', 'ready', 'paid', 'cancelled', 'failed']) {
    conforms('PaymentListResponse', await call('GET', `/payments/status/${status}`), status)
  }
  conforms(
    'MultiplePaymentsResponse',
    await call('GET', `/payments?${made.map((one) => `imp_uid[]=${one.imp_uid}`).join('&')}`),
    'several'
  )
  conforms(
    'AuthResponse',
    await call('POST', '/users/getToken', { imp_key: 'imp_key', imp_secret: 'imp_secret' }, {}),
    'token'
  )
  for (const method of ['POST', 'PUT']) {
    conforms(
      'PaymentPrepareResponse',
      await call(method, '/payments/prepare', { merchant_uid: 'next', amount: 1, currency: 'KRW' }),
      method
    )
  }
  conforms('PaymentPrepareResponse', await call('GET', '/payments/prepare/next'), 'prepared')
  conforms('PaymentResponse', await call('POST', '/payments/cancel', { merchant_uid: 'card', amount: 1000 }), 'in part')
  conforms('PaymentResponse', await call('POST', '/payments/cancel', { merchant_uid: 'card' }), 'in whole')
  conforms('PaymentResponse', await call('DELETE', `/vbanks/${made.at(3)?.imp_uid}`), 'revoked')
  const card = { card_number: '1234-1234-1234-1234', expiry: '2030-12' }
  conforms(
    'PaymentResponse',
    await call('POST', '/subscribe/payments/onetime', { merchant_uid: 'onetime', amount: 1004, ...card }),
    'onetime'
  )

  for (const refused of [
    await call('GET', '/payments/imp_0'),
    await call('GET', '/payments/find/nobody'),
    await call('GET', '/payments/status/paid?page=9'),
    await call('POST', '/payments/cancel', { imp_uid: 'imp_0' }),
    await call('GET', '/nothing/here'),
    await call('GET', '/payments/imp_0', undefined, { authorization: 'x' }),
    await call('POST', '/payments/cancel', new URLSearchParams({ imp_uid: 'imp_0', amount: 'x' })),
  ]) {
    conforms('ResponseAnnotation', refused, String(refused.status))
    t.match(refused.body, { code: Number, message: String, response: null })
    t.not(refused.body.code, 0)
  }
})
