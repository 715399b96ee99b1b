import { test } from 'tap'
import { REFUSALS } from '../../../lib/sandbox/portone/refusals.js'
import { openV2 } from '../support/portone-client.js'
import { readPortoneSchema } from '../support/portone-openapi.js'

const PAYMENT = 'GET /payments/{paymentId}'
const LIST = 'GET /payments'
const CANCEL = 'POST /payments/{paymentId}/cancel'
const CONFIRM = 'POST /payments/{paymentId}/confirm'
const REGISTER = 'POST /payments/{paymentId}/pre-register'
const CLOSE = 'POST /payments/{paymentId}/virtual-account/close'
const BILLING = 'POST /payments/{paymentId}/billing-key'
const SCHEDULE = 'POST /payments/{paymentId}/schedule'
const SCHEDULES = '/payment-schedules'
const ONE_SCHEDULE = 'GET /payment-schedules/{paymentScheduleId}'
const RESEND = 'POST /payments/{paymentId}/resend-webhook'

test('every payment is what the provider\'s schema says, in every status and by every method', async (t) => {
  const provider = readPortoneSchema(t)
  if (!provider) return
  const { sandbox, call } = await openV2(t, { portone: { webhookUrl: 'http://127.0.0.1:9/' } })
  const { payV2, v2 } = sandbox
  const buyer = {
    orderName: '머그컵 외 1건',
    customer: { customerId: 'c1', fullName: '홍길동', email: 'buyer@example.com', phoneNumber: '010-1234-5678' },
    customData: { a: 1 },
    promotionId: 'promotion_1',
  }
  const order = (paymentId: string) => ({ paymentId, totalAmount: 14000 })
  await payV2({ ...order('card'), ...buyer, taxFreeAmount: 1000 })
  await payV2({ ...order('transfer'), payMethod: 'TRANSFER' })
  await payV2({ ...order('mobile'), payMethod: 'MOBILE', platform: 'MOBILE', ...buyer })
  await payV2({ ...order('wallet'), payMethod: 'EASY_PAY', easyPay: { easyPayProvider: 'NAVERPAY' } })
  await payV2({ ...order('issued'), payMethod: 'VIRTUAL_ACCOUNT' })
  await payV2({ ...order('deposited'), payMethod: 'VIRTUAL_ACCOUNT' })
  v2.deposit('deposited')
  await payV2({ ...order('expired'), payMethod: 'VIRTUAL_ACCOUNT' })
  v2.expire('expired')
  await payV2({ ...order('usd'), currency: 'USD', channelGroupId: 'channel-group-test' })
  await payV2({ ...order('declined'), decline: '한도초과' })
  await payV2({ ...order('left'), leave: true })
  await payV2({ ...order('partly'), ...buyer })
  v2.cancel('partly', { amount: 100 })
  await payV2(order('cancelled'))
  v2.cancel('cancelled', { chargeback: true })
  await payV2({ ...order('refunded-account'), payMethod: 'VIRTUAL_ACCOUNT' })
  v2.deposit('refunded-account')
  v2.cancel('refunded-account')
  await payV2({ ...order('cancel-pending'), channelKey: 'channel-key-paypal' })
  v2.cancel('cancel-pending')
  sandbox.fault({ name: 'failed_cancel', times: 1 })
  await payV2(order('cancel-failed'))
  v2.cancel('cancel-failed')
  sandbox.fault({ name: 'late_approval', times: 1 })
  await payV2(order('pending'))
  for (const [merchant_uid, more] of [
    ['v1-paid', {}], ['v1-left', { leave: true }], ['v1-declined', { decline: '한도초과' }],
    ['v1-issued', { pay_method: 'vbank' }], ['v1-cancelled', {}],
  ] as const) await sandbox.pay({ merchant_uid, amount: 14000, ...more })
  sandbox.cancel(sandbox.payments.ofOrder('v1-cancelled')[0]?.imp_uid ?? '', { amount: 100 })
  await sandbox.webhooksSent()

  const seen = new Set<string>()
  const ids = [...v2.payments.all().map(({ id }) => id), ...sandbox.payments.all().map((one) => one.merchant_uid)]
  for (const id of ids) {
    const found = await call('GET', `/payments/${id}`)
    provider.conforms(t, PAYMENT, found, id)
    seen.add(`${found.body.version} ${found.body.status}`)
    if (!id.startsWith('v1-')) {
      const attempts = await call('GET', `/payments/${id}/transactions`)
      provider.conforms(t, 'GET /payments/{paymentId}/transactions', attempts, id)
    }
  }
  t.strictSame([...seen].filter((one) => one.startsWith('V2')).sort(), [
    'V2 CANCELLED', 'V2 FAILED', 'V2 PAID', 'V2 PARTIAL_CANCELLED', 'V2 PAY_PENDING', 'V2 READY',
    'V2 VIRTUAL_ACCOUNT_ISSUED',
  ])
  provider.conforms(t, LIST, await call('GET', '/payments', { page: { size: 100 } }), 'all')
  provider.conforms(t, LIST, await call('GET', '/payments'), 'without a filter')
})

test('every answer to a write is what the provider\'s schema says', async (t) => {
  const provider = readPortoneSchema(t)
  if (!provider) return
  const { sandbox, call } = await openV2(t, { portone: { webhookUrl: 'http://127.0.0.1:9/' } })
  const send = async (endpoint: string, path: string, body: object, status: number) => {
    const answer = await call(endpoint.split(' ')[0] ?? '', path, body)
    t.equal(answer.status, status, `${path} ${JSON.stringify(answer.body)}`)
    provider.conforms(t, endpoint, answer, path)
    return answer.body
  }
  await sandbox.payV2({ paymentId: 'card', totalAmount: 14000 })
  await send(CANCEL, '/payments/card/cancel', { reason: '변심', amount: 4000 }, 200)
  await send(CANCEL, '/payments/card/cancel', { reason: '변심', currentCancellableAmount: 1 }, 409)
  await send(CANCEL, '/payments/card/cancel', {}, 400)
  sandbox.fault({ name: 'pending_cancel', times: 1 })
  await send(CANCEL, '/payments/card/cancel', { reason: '변심', amount: 1000 }, 200)
  sandbox.fault({ name: 'failed_cancel', times: 1 })
  await send(CANCEL, '/payments/card/cancel', { reason: '변심' }, 200)
  await send(CANCEL, '/payments/nobody/cancel', { reason: '변심' }, 404)

  await sandbox.payV2({ paymentId: 'account', totalAmount: 14000, payMethod: 'VIRTUAL_ACCOUNT' })
  await send(CLOSE, '/payments/account/virtual-account/close', {}, 200)
  await send(CLOSE, '/payments/account/virtual-account/close', {}, 409)

  await send(REGISTER, '/payments/next/pre-register', { totalAmount: 14000, currency: 'KRW' }, 200)
  await send(REGISTER, '/payments/card/pre-register', { totalAmount: 14000 }, 409)

  const { paymentToken } = await sandbox.payV2({
    paymentId: 'manual', totalAmount: 14000, channelKey: 'channel-key-manual',
  })
  await send(CONFIRM, '/payments/manual/confirm', { paymentToken: 'x' }, 400)
  await send(CONFIRM, '/payments/manual/confirm', { paymentToken, totalAmount: 1 }, 409)
  await send(CONFIRM, '/payments/manual/confirm', { paymentToken, totalAmount: 14000 }, 200)
  await send(CONFIRM, '/payments/manual/confirm', { paymentToken }, 409)

  const billing = { billingKey: 'billing-key-1', orderName: '구독', amount: { total: 9900 }, currency: 'KRW' }
  await send(BILLING, '/payments/billing/billing-key', billing, 200)
  await send(BILLING, '/payments/declined/billing-key', { ...billing, billingKey: 'billing-key-declined' }, 502)
  await send(BILLING, '/payments/unknown/billing-key', { ...billing, billingKey: 'x' }, 404)
  const timeToPay = new Date(Date.now() + 3_600_000).toISOString()
  const { schedule } = await send(SCHEDULE, '/payments/later/schedule', { payment: billing, timeToPay }, 200)
  await send(SCHEDULE, '/payments/later/schedule', { payment: billing, timeToPay }, 409)
  await send(`GET ${SCHEDULES}`, SCHEDULES, { filter: { until: timeToPay } }, 200)
  provider.conforms(t, ONE_SCHEDULE, await call('GET', `${SCHEDULES}/${schedule?.id}`), 'schedule')
  await send(`DELETE ${SCHEDULES}`, SCHEDULES, { scheduleIds: [schedule?.id] }, 200)
  await send(`DELETE ${SCHEDULES}`, SCHEDULES, { scheduleIds: [schedule?.id] }, 409)
  provider.conforms(t, ONE_SCHEDULE, await call('GET', `${SCHEDULES}/${schedule?.id}`), 'schedule')

  await sandbox.webhooksSent()
  await send(RESEND, '/payments/card/resend-webhook', {}, 200)
  await send(RESEND, '/payments/card/resend-webhook', { webhookId: 'x' }, 404)
})

test('every refusal has the status and the form that the provider\'s schema says', async (t) => {
  const provider = readPortoneSchema(t)
  if (!provider) return
  const { sandbox, call } = await openV2(t)
  await sandbox.payV2({ paymentId: 'card', totalAmount: 14000 })
  for (const [type, status] of Object.entries(REFUSALS)) {
    // This one stands in its guide alone.
    if (type !== 'IDEMPOTENCY_OUTSTANDING_REQUEST') t.equal(status, provider.statusOf(type), type)
  }
  for (const type of [
    'INVALID_REQUEST', 'UNAUTHORIZED', 'FORBIDDEN', 'PAYMENT_NOT_FOUND', 'PAYMENT_NOT_PAID',
    'PAYMENT_ALREADY_CANCELLED', 'MAX_CANCEL_COUNT_REACHED', 'PG_PROVIDER',
  ] as const) {
    sandbox.fault({ name: 'refusal', type, times: 1 })
    provider.conforms(t, CANCEL, await call('POST', '/payments/card/cancel', { reason: '변심' }), type)
  }
  provider.conforms(t, PAYMENT, await call('GET', '/payments/nobody'), 'unknown')
  provider.conforms(t, PAYMENT, await call('GET', '/payments/card?storeId=store-other'), 'another store')
  const foreign = await call('GET', '/payments', { filter: { storeId: 'store-other' } })
  provider.conforms(t, LIST, foreign, 'the list of another store')
  const stranger = await call('GET', '/payments/card', undefined, { authorization: 'PortOne x' })
  provider.conforms(t, PAYMENT, stranger, 'secret')
  provider.conforms(t, LIST, await call('GET', '/payments?requestBody=x'), 'no JSON')
  provider.conforms(t, LIST, await call('GET', '/payments', { filter: { status: ['PAY_PENDING'] } }), 'PAY_PENDING')
})
