import { test } from 'tap'
import { createClock } from '../support/client.js'
import { openV2 } from '../support/portone-client.js'

const ORDER = { paymentId: 'order_1', totalAmount: 14000 }
const key = (text: string) => ({ 'idempotency-key': `"${text}"` })

test('a payment is found by its paymentId, with the secret, and for its store alone', async (t) => {
  const { sandbox, call } = await openV2(t)
  await sandbox.payV2({ ...ORDER, paymentId: '주문/1 .' })
  const path = `/payments/${encodeURIComponent('주문/1 .')}`
  const { storeId } = sandbox.portone
  t.match(await call('GET', path), { status: 200, body: { id: '주문/1 .', status: 'PAID', version: 'V2', storeId } })
  t.match(await call('GET', `${path}?storeId=${storeId}`), { status: 200 })
  t.match(await call('GET', `${path}?storeId=store-x`), { status: 404, body: { type: 'PAYMENT_NOT_FOUND' } })
  t.match(await call('GET', '/payments/nobody'), { status: 404, body: { type: 'PAYMENT_NOT_FOUND' } })
  const { transactionId } = (await call('GET', path)).body
  t.match(await call('GET', `/payments/${transactionId}`), { status: 404 }, 'not by its transactionId')
  for (const authorization of ['', 'PortOne', 'PortOne wrong', 'Bearer portone_secret', 'portone portone_secret']) {
    const answer = await call('GET', path, undefined, { authorization })
    t.match(answer, { status: 401, body: { type: 'UNAUTHORIZED' } }, authorization)
  }
  t.match(await call('GET', '/nothing/here'), { status: 404, body: { type: undefined } }, 'no payment that is missing')
  t.equal(sandbox.v2.payments.inspect('주문/1 .').lookups, 3)
})

test('a call without the prefix is V2\'s by its scheme of authorization, and V1\'s otherwise', async (t) => {
  const { sandbox, url } = await openV2(t)
  await sandbox.payV2(ORDER)
  const look = async (authorization: string) =>
    (await fetch(`${url}/payments/order_1`, { headers: { authorization } })).json()
  t.match(await look('PortOne portone_secret'), { id: 'order_1', version: 'V2' })
  t.match(await look('PortOne wrong'), { type: 'UNAUTHORIZED' })
  t.match(await look('Bearer x'), { code: -1 })
})

test('cancellations: in part, whole, guarded by the balance, and refused in the provider\'s words', async (t) => {
  const { sandbox, call } = await openV2(t)
  await sandbox.payV2({ ...ORDER, taxFreeAmount: 4000 })
  const cancel = async (body: object) =>
    (await call('POST', '/payments/order_1/cancel', { reason: '변심', ...body })).body
  t.match(await cancel({ currentCancellableAmount: 13999 }), { type: 'CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN' })
  t.match(await cancel({ amount: 14001 }), { type: 'CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT' })
  t.match(await cancel({ amount: 10001 }), { type: 'CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT' }, 'all taxable')
  t.match(await cancel({ amount: 5000, taxFreeAmount: 4001 }), {
    type: 'CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT',
  })
  t.match(await cancel({ amount: 10, taxFreeAmount: 8, vatAmount: 3 }), { type: 'SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT' })
  t.match(await cancel({ amount: 0 }), { type: 'INVALID_REQUEST' })
  t.match(await cancel({ amount: 10_000, currentCancellableAmount: 14000 }), {
    cancellation: { status: 'SUCCEEDED', totalAmount: 10_000, taxFreeAmount: 0, trigger: 'API' },
  })
  t.match((await call('GET', '/payments/order_1')).body, {
    status: 'PARTIAL_CANCELLED', amount: { total: 14000, cancelled: 10_000 }, paidAt: String,
  })
  t.match(await cancel({}), { cancellation: { status: 'SUCCEEDED', totalAmount: 4000, taxFreeAmount: 4000 } })
  t.match((await call('GET', '/payments/order_1')).body, { status: 'CANCELLED', amount: { cancelledTaxFree: 4000 } })
  t.match(await cancel({}), { type: 'PAYMENT_ALREADY_CANCELLED' })
  await sandbox.payV2({ ...ORDER, paymentId: 'left', leave: true })
  t.match((await call('POST', '/payments/left/cancel', { reason: 'x' })).body, { type: 'PAYMENT_NOT_PAID' })
})

test('a deposited account is refunded to an account alone; one that waits is closed', async (t) => {
  const { sandbox, call } = await openV2(t)
  await sandbox.payV2({ ...ORDER, payMethod: 'VIRTUAL_ACCOUNT' })
  t.match(await call('POST', '/payments/order_1/virtual-account/close?storeId=store-x', {}), { status: 404 })
  sandbox.v2.deposit('order_1')
  t.match(await call('POST', '/payments/order_1/virtual-account/close'), {
    status: 409, body: { type: 'PAYMENT_NOT_WAITING_FOR_DEPOSIT' },
  })
  t.match(await call('POST', '/payments/order_1/cancel', { reason: 'x' }), { status: 400 })
  const refundAccount = { bank: 'KOOKMIN', number: '1', holderName: '홍길동' }
  t.match(await call('POST', '/payments/order_1/cancel', { reason: 'x', refundAccount }), { status: 200 })
  t.match((await call('GET', '/payments/order_1')).body, { method: { refundStatus: 'COMPLETED' } })
  await sandbox.payV2({ ...ORDER, paymentId: 'order_2', payMethod: 'VIRTUAL_ACCOUNT' })
  t.match(await call('POST', '/payments/order_2/virtual-account/close'), { status: 200, body: { closedAt: String } })
  t.match((await call('GET', '/payments/order_2')).body, { status: 'CANCELLED', cancellations: [], paidAt: undefined })
  t.throws(() => sandbox.v2.deposit('order_2'), { code: 'SANDBOX_REFUSED' })
})

test('an idempotency key gets the first answer again for three hours, a refusal too', async (t) => {
  const clock = createClock()
  const { sandbox, call } = await openV2(t, { clock })
  await sandbox.payV2(ORDER)
  const cancel = (body: object, headers: Record<string, string>) =>
    call('POST', '/payments/order_1/cancel', { reason: '변심', ...body }, headers)
  const first = await cancel({ amount: 1000 }, key('0123456789abcdef'))
  const again = await cancel({ amount: 2000 }, key('0123456789abcdef'))
  t.strictSame([again.status, again.body], [first.status, first.body])
  t.match(sandbox.v2.payments.get('order_1'), { amount: { cancelled: 1000 } })
  t.match(await cancel({ amount: 99_999 }, key('fedcba9876543210')), { status: 409 })
  t.match(await cancel({ amount: 1000 }, key('fedcba9876543210')), { status: 409 }, 'the old refusal')
  clock.advanceSec(3 * 3600 - 1)
  t.match((await cancel({ amount: 500 }, key('0123456789abcdef'))).body, first.body)
  clock.advanceSec(1)
  t.match((await cancel({ amount: 500 }, key('0123456789abcdef'))).body, { cancellation: { totalAmount: 500 } })
  for (const wrong of ['0123456789abcdef', '"0123456789abcde"', `"${'x'.repeat(257)}"`, '""']) {
    t.match(await cancel({}, { 'idempotency-key': wrong }), { status: 400, body: { type: 'INVALID_REQUEST' } }, wrong)
  }
  t.match(await cancel({ amount: 1 }, key('x'.repeat(256))), { status: 200 })
  t.match(await call('GET', '/payments/order_1', undefined, { 'idempotency-key': 'x' }), { status: 200 }, 'not for GET')
})

test('while a request is running, its key is outstanding; afterwards it gets the result', async (t) => {
  const { sandbox, call } = await openV2(t)
  await sandbox.payV2(ORDER)
  sandbox.fault({ name: 'latency', ms: 60, on: 'cancel', times: 1 })
  const cancel = () => call('POST', '/payments/order_1/cancel', { reason: '변심' }, key('0123456789abcdef'))
  const running = cancel()
  const refused = await cancel()
  t.match(refused, { status: 409, body: { type: 'IDEMPOTENCY_OUTSTANDING_REQUEST' } })
  t.match(await running, { status: 200 })
  t.match(await cancel(), { status: 200, body: { cancellation: { status: 'SUCCEEDED' } } })
  t.equal(sandbox.v2.payments.get('order_1')?.status, 'CANCELLED')
})

test('an answer that is lost is fetched with the same key', async (t) => {
  const { sandbox, call } = await openV2(t)
  await sandbox.payV2(ORDER)
  sandbox.fault({ name: 'lost_answer', on: 'cancel', times: 1 })
  const cancel = () => call('POST', '/payments/order_1/cancel', { reason: '변심' }, key('0123456789abcdef'))
  await t.rejects(cancel())
  t.match(await cancel(), { status: 200, body: { cancellation: { totalAmount: 14000 } } })
  t.match(sandbox.v2.payments.get('order_1'), { cancellations: { length: 1 } })
})

test('a manual approval charges only what the server confirms', async (t) => {
  const clock = createClock()
  const { sandbox, call } = await openV2(t, { clock })
  const manual = (paymentId: string, more = {}) =>
    sandbox.payV2({ paymentId, totalAmount: 14000, channelKey: 'channel-key-manual', ...more })
  const { paymentToken, txId, payment } = await manual('order_1')
  t.match({ paymentToken, payment }, { paymentToken: String, payment: { status: 'READY', paidAt: undefined } })
  const confirm = async (body: object, id = 'order_1') =>
    (await call('POST', `/payments/${id}/confirm`, { paymentToken, ...body })).body
  for (const wrong of [
    { totalAmount: 13999 }, { currency: 'USD' }, { isTest: true }, { txId: 'x' }, { taxFreeAmount: 1 },
  ]) t.match(await confirm(wrong), { type: 'INFORMATION_MISMATCH' }, JSON.stringify(wrong))
  t.match(await confirm({ currency: 'CURRENCY_KRW' }), { type: 'INVALID_REQUEST' })
  t.match(await confirm({}, 'nobody'), { type: 'PAYMENT_NOT_FOUND' })
  t.equal(sandbox.v2.payments.get('order_1')?.status, 'READY', 'nothing is charged')
  const right = { txId, totalAmount: 14000, currency: 'KRW', taxFreeAmount: 0, isTest: false }
  t.match(await confirm(right), { pgTxId: String, paidAt: String })
  t.equal(sandbox.v2.payments.get('order_1')?.status, 'PAID')
  t.match(await confirm(right), { type: 'ALREADY_PAID' })

  const account = await manual('order_2', { payMethod: 'VIRTUAL_ACCOUNT' })
  t.match(await confirm({ paymentToken: account.paymentToken }, 'order_2'), { paidAt: String })
  t.equal(sandbox.v2.payments.get('order_2')?.status, 'VIRTUAL_ACCOUNT_ISSUED')
  t.match(await confirm({ paymentToken: account.paymentToken }, 'order_2'), { type: 'INVALID_PAYMENT_TOKEN' })

  const late = await manual('order_3')
  clock.advanceSec(601)
  t.match(await confirm({ paymentToken: late.paymentToken }, 'order_3'), { type: 'PG_PROVIDER', pgCode: 'TIMEOUT' })
  t.equal(sandbox.v2.payments.get('order_3')?.status, 'FAILED')
})

test('an amount that was registered refuses any other, and a paid order cannot be registered', async (t) => {
  const { sandbox, call } = await openV2(t)
  const register = (body: object) => call('POST', '/payments/order_1/pre-register', body)
  t.match(await register({ totalAmount: 14000, currency: 'KRW' }), { status: 200, body: {} })
  t.match(await call('GET', '/payments/order_1'), { status: 404 })
  await t.rejects(sandbox.payV2({ ...ORDER, totalAmount: 100 }), { message: /AmountNotEqualToPredefined/ })
  await t.rejects(sandbox.payV2({ ...ORDER, currency: 'USD' }), { code: 'SANDBOX_REFUSED' })
  t.match(await register({ totalAmount: 100 }), { status: 200 }, 'registered anew')
  await sandbox.payV2({ ...ORDER, totalAmount: 100 })
  t.match(await register({ totalAmount: 100 }), { status: 409, body: { type: 'ALREADY_PAID' } })
  t.match(await register({ storeId: 'store-x' }), { status: 403, body: { type: 'FORBIDDEN' } })
})

test('a billing key pays at once or at a time', async (t) => {
  const clock = createClock()
  const { sandbox, call } = await openV2(t, { clock })
  const payment = { billingKey: 'billing-key-1', orderName: '구독', amount: { total: 990 }, currency: 'USD' }
  const paid = await call('POST', '/payments/now/billing-key', payment)
  t.match(paid, { status: 200, body: { payment: { pgTxId: String } } })
  t.match(sandbox.v2.payments.get('now'), {
    status: 'PAID', billingKey: 'billing-key-1', origin: { platformType: 'API' },
  })
  const timeToPay = new Date(clock() + 40 * 86_400_000).toISOString()
  const { body: { schedule } } = await call('POST', '/payments/later/schedule', { payment, timeToPay })
  t.match(await call('POST', '/payments/later/billing-key', payment), {
    status: 409, body: { type: 'PAYMENT_SCHEDULE_ALREADY_EXISTS' },
  })
  clock.advanceSec(40 * 86_400 - 1)
  await sandbox.runDue()
  t.equal(sandbox.v2.payments.get('later'), undefined, 'a second before its time')
  clock.advanceSec(1)
  await sandbox.runDue()
  t.match(sandbox.v2.payments.get('later'), { status: 'PAID', scheduleId: schedule?.id })
  t.match((await call('GET', `/payment-schedules/${schedule?.id}`)).body, { status: 'SUCCEEDED', paymentId: 'later' })
  t.match((await call('GET', '/payment-schedules', { filter: { billingKey: 'x' } })).body, { items: [] })
})

test('the official server SDK\'s bodies are read, which it sends as text', async (t) => {
  const { sandbox, url } = await openV2(t)
  await sandbox.payV2(ORDER)
  const answer = await fetch(`${url}/payments/order_1/cancel`, {
    method: 'POST',
    headers: { authorization: 'PortOne portone_secret' },
    body: JSON.stringify({ reason: '변심' }),
  })
  t.match(await answer.json(), { cancellation: { status: 'SUCCEEDED' } })
})
