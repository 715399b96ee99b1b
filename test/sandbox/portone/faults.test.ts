import { request } from 'undici'
import { test } from 'tap'
import { createClock } from '../support/client.js'
import { openV2 } from '../support/portone-client.js'

const ORDER = { paymentId: 'order_1', totalAmount: 14000 }
const REASON = { reason: '변심' }

test('a cancellation stays requested, and ends either way, by time or by hand', async (t) => {
  const clock = createClock()
  const { sandbox, call } = await openV2(t, { clock })
  const { payV2, v2 } = sandbox
  const cancel = (id: string, body = {}) => call('POST', `/payments/${id}/cancel`, { ...REASON, ...body })
  for (const end of ['succeeded', 'failed'] as const) {
    const paymentId = `by_time_${end}`
    await payV2({ ...ORDER, paymentId })
    sandbox.fault({ name: 'pending_cancel', ms: 5000, end, times: 1 })
    t.match(await cancel(paymentId), { status: 200, body: { cancellation: { status: 'REQUESTED' } } })
    t.match((await call('GET', `/payments/${paymentId}`)).body, {
      status: 'PAID', cancellations: [{ status: 'REQUESTED', totalAmount: 14000 }], amount: { cancelled: 0 },
    })
    t.match(await cancel(paymentId), { status: 409 }, 'nothing is left')
    clock.advanceSec(5)
    await sandbox.runDue()
    t.match(v2.payments.get(paymentId), end === 'succeeded'
      ? { status: 'CANCELLED', cancellations: [{ status: 'SUCCEEDED', cancelledAt: String }] }
      : { status: 'PAID', cancellations: [{ status: 'FAILED' }] })
  }
  t.match(await cancel('by_time_failed'), { status: 200, body: { cancellation: { status: 'SUCCEEDED' } } }, 'once more')

  await payV2(ORDER)
  sandbox.fault({ name: 'pending_cancel' })
  await cancel('order_1', { amount: 4000 })
  await cancel('order_1', { amount: 6000 })
  const [first, second] = v2.payments.get('order_1')?.cancellations ?? []
  t.match(v2.endCancellation('order_1', { cancellationId: second?.id, outcome: 'failed' }), { status: 'PAID' })
  t.match(v2.endCancellation('order_1'), { status: 'PARTIAL_CANCELLED', cancellations: [{ id: first?.id }] })
  t.throws(() => v2.endCancellation('order_1'), { code: 'SANDBOX_REFUSED' })
})

test('a channel whose cancellations end later needs no fault', async (t) => {
  const { sandbox, call } = await openV2(t)
  await sandbox.payV2({ ...ORDER, channelKey: 'channel-key-paypal' })
  t.match((await call('POST', '/payments/order_1/cancel', REASON)).body, { cancellation: { status: 'REQUESTED' } })
})

test('the REST API refuses with any type, fails, expires the secret, and each only where it should', async (t) => {
  const { sandbox, call } = await openV2(t)
  await sandbox.payV2(ORDER)
  const cancel = () => call('POST', '/payments/order_1/cancel', REASON, { 'idempotency-key': '"0123456789abcdef"' })
  sandbox.fault({ name: 'refusal', type: 'IDEMPOTENCY_OUTSTANDING_REQUEST', on: 'cancel', times: 1 })
  t.match(await cancel(), { status: 409, body: { type: 'IDEMPOTENCY_OUTSTANDING_REQUEST' } })
  sandbox.fault({ name: 'failed_cancel', times: 1 })
  t.match(await cancel(), { status: 200, body: { cancellation: { status: 'FAILED' } } }, 'the first was not kept')
  t.match(await cancel(), { body: { cancellation: { status: 'FAILED' } } }, 'this one is')
  t.match(sandbox.v2.payments.get('order_1'), { status: 'PAID', amount: { cancelled: 0 } })

  sandbox.fault({ name: 'refusal', type: 'PG_PROVIDER', on: 'cancel' })
  const refused = await call('POST', '/payments/order_1/cancel', REASON)
  t.match(refused, { status: 502, body: { type: 'PG_PROVIDER', pgCode: String, pgMessage: String } })
  t.match(await call('GET', '/payments/order_1'), { status: 200 }, 'lookups go on')
  sandbox.clearFaults()
  sandbox.fault({ name: 'expired_secret', times: 1 })
  t.match(await call('GET', '/payments/order_1'), { status: 401, body: { type: 'UNAUTHORIZED' } })
  sandbox.fault({ name: 'error', status: 503, on: 'lookup', times: 1 })
  t.match(await call('GET', '/payments/order_1'), { status: 503 })
  sandbox.fault({ name: 'rate_limit', retryAfterSec: 7, times: 1 })
  const limited = await call('GET', '/payments/order_1')
  t.strictSame([limited.status, limited.headers.get('retry-after')], [429, '7'])
  sandbox.fault({ name: 'disconnect', times: 1 })
  await t.rejects(call('GET', '/payments/order_1'))
})

test('a fault for one API leaves the other alone', async (t) => {
  const { sandbox, call, url } = await openV2(t)
  await sandbox.payV2(ORDER)
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  const v1 = async () => (await fetch(`${url}/payments/${imp_uid}`)).status
  const v2 = async () => (await call('GET', '/payments/order_1')).status
  sandbox.fault({ name: 'error', status: 503, api: 'v2' })
  t.strictSame([await v1(), await v2()], [401, 503])
  sandbox.clearFaults()
  sandbox.fault({ name: 'error', status: 503, api: 'v1' })
  t.strictSame([await v1(), await v2()], [503, 200])
  sandbox.fault({ name: 'error', status: 500 })
  t.strictSame([await v1(), await v2()], [503, 500], 'beside one for both')
})

test('an earlier attempt under the same id is declined, a later one succeeds', async (t) => {
  const { sandbox } = await openV2(t)
  sandbox.fault({ name: 'earlier_attempt', times: 1 })
  const { txId } = await sandbox.payV2(ORDER)
  const attempts = sandbox.v2.payments.attempts('order_1')
  t.strictSame(attempts.map(({ status }) => status), ['FAILED', 'PAID'])
  t.equal(sandbox.v2.payments.get('order_1')?.transactionId, txId)
  await t.rejects(sandbox.payV2(ORDER), { message: /PaymentAlreadyPaid/ })
})

test('an approval is pending, or failed, and paid in the end', async (t) => {
  const { sandbox } = await openV2(t)
  sandbox.fault({ name: 'late_approval', status: 'failed', times: 1 })
  const late = await sandbox.payV2(ORDER)
  t.match(late, { code: 'FAILURE_TYPE_PG', payment: { status: 'FAILED' } })
  t.match(sandbox.v2.approve('order_1'), { status: 'PAID', failure: undefined, failedAt: undefined })
  sandbox.fault({ name: 'late_approval', times: 1 })
  const pending = await sandbox.payV2({ ...ORDER, paymentId: 'order_2' })
  t.match(pending, { code: undefined, payment: { status: 'PAY_PENDING' } })
  t.match(sandbox.v2.approve('order_2'), { status: 'PAID' })
  t.throws(() => sandbox.v2.approve('order_2'), { code: 'SANDBOX_REFUSED' })
})

test('behind the dispatcher both APIs answer under their own names, and lose answers', async (t) => {
  const { sandbox } = await openV2(t)
  const { dispatcher } = sandbox
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'old', amount: 1000 })
  await sandbox.payV2(ORDER)
  const get = async (url: string, authorization: string) =>
    (await request(url, { dispatcher, headers: { authorization } })).body.json()
  t.match(await get('https://api.portone.io/payments/order_1', 'PortOne portone_secret'), { id: 'order_1' })
  t.match(await get(`${sandbox.portone.baseUrl}/payments/order_1`, 'PortOne portone_secret'), { id: 'order_1' })
  t.match(await get(`https://api.iamport.kr/payments/${imp_uid}`, 'x'), { code: -1 })
  sandbox.fault({ name: 'lost_answer', times: 1 })
  await t.rejects(get('https://api.portone.io/payments/order_1', 'PortOne portone_secret'))
})
