import { test } from 'tap'
import { bankName } from '../../lib/portone/banks.js'
import { checked, checkPayment } from '../../lib/portone/check.js'
import { readPayment } from '../../lib/portone/payment.js'
import { openPortone } from '../support/portone-client.js'
import {
  cancellation, failed, issued, paid, pending, ready, refusing, withCancellations,
} from '../support/portone-upstream.js'
import { readProviderSchema } from './support/openapi.js'

const STATES = new Map(Object.entries({
  READY: 'ready',
  PAY_PENDING: 'approval_pending',
  VIRTUAL_ACCOUNT_ISSUED: 'approval_pending',
  PAID: 'paid',
  PARTIAL_CANCELLED: 'paid',
  CANCELLED: 'cancelled',
  FAILED: 'failed',
}))

test('every payment that the provider\'s schema allows is understood', async (t) => {
  const schema = readProviderSchema(t)
  if (!schema) return
  const examples = schema.examplesOf('Payment')
  t.equal(examples.length, 14)
  for (const { value, example } of examples) {
    schema.conforms('Payment', example, value)
    const looked = readPayment(checked(checkPayment, example))
    t.equal(looked.state, STATES.get(value), value)
    t.match(looked, { id: 'text', key: 'text', payment: { amount: 7, portone: example } })
  }
})

test('every method that the provider\'s schema allows has a pay_method', async (t) => {
  const schema = readProviderSchema(t)
  if (!schema) return
  const known = ['card', 'trans', 'vbank', 'phone', 'point', 'gift_certificate', 'convenience_store', 'crypto']
  const methods = [...schema.examplesOf('PaymentMethod'), ...schema.examplesOf('PaymentMethodEasyPayMethod')]
  for (const { example } of methods) {
    const plain = readPayment(checked(checkPayment, { ...paid(), method: example }))
    const behind = { type: 'PaymentMethodEasyPay', easyPayMethod: example }
    const easy = readPayment(checked(checkPayment, { ...paid(), method: behind }))
    for (const { payment } of [plain, easy]) t.ok(known.includes(payment.pay_method ?? ''), payment.pay_method ?? '')
  }
})

test('every bank of the provider has a name', async (t) => {
  const schema = readProviderSchema(t)
  if (!schema) return
  for (const code of schema.valuesOf('Bank')) t.match(bankName(code), /[가-힣]/, code)
})

test('every error to a cancellation or a closing is done with as the provider documents it', async (t) => {
  const schema = readProviderSchema(t)
  if (!schema) return
  const { provider, upstream } = await openPortone(t)
  const looked = await provider.lookUp('order_1', Infinity)
  const errors = [...schema.errorsOf('CancelPaymentError'), ...schema.errorsOf('CloseVirtualAccountError')]
  for (const { type, status = 0 } of errors) {
    upstream.on('cancel', refusing(status, type))
    const { status: result } = await provider.refund(looked, 14000, 'x').catch(() => ({ status: 'open' }))
    t.equal(result, [401, 403, 404].includes(status) ? 'open' : 'refused', `${status} ${type}`)
  }
})

test('what we send is what the provider\'s schema says', async (t) => {
  const schema = readProviderSchema(t)
  if (!schema) return
  const { client, provider, upstream } = await openPortone(t)
  upstream.attempts.set('token_1', paid({ id: 'order_2' }))
  const looked = await provider.lookUp('order_1', Infinity)
  await provider.refund(looked, 14000, 'x')
  const attempt = { paymentId: 'order_2', paymentToken: 'token_1', txId: 'tx_1', totalAmount: 14000, currency: 'KRW' }
  await provider.approve({ ...attempt, isTest: false })
  await client.preRegister({ paymentId: 'order_3', totalAmount: 14000, currency: 'KRW' })
  const order = { billingKey: 'b', orderName: '사과', amount: { total: 100 }, currency: 'KRW' }
  await client.payWithBillingKey({ paymentId: 'order_4', ...order })
  for await (const one of client.listPayments({ from: new Date(), status: 'PAY_PENDING' })) t.fail(one.id)
  for (const [kind, name] of [
    ['cancel', 'CancelPaymentBody'], ['confirm', 'ConfirmPaymentBody'], ['pre-register', 'PreRegisterPaymentBody'],
    ['billing-key', 'BillingKeyPaymentInput'],
  ] as const) {
    schema.conforms(name, upstream.bodies(kind)[0], kind)
  }
  schema.conforms('GetPaymentsBody', JSON.parse(upstream.requests('list')[0]?.query.get('requestBody') ?? ''), 'list')
})

test('the payments of these tests are what the provider\'s schema says', async (t) => {
  const schema = readProviderSchema(t)
  if (!schema) return
  const requested = cancellation({ status: 'REQUESTED', cancelledAt: undefined })
  for (const payment of [
    paid(), issued(), ready(), pending(), failed(), withCancellations(paid(), cancellation()),
    withCancellations(paid(), cancellation({ totalAmount: 14000 })), withCancellations(paid(), requested),
  ]) {
    schema.conforms('Payment', payment, payment.status)
  }
})
