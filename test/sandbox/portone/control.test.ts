import { test } from 'tap'
import { createSandbox } from '../../../lib/sandbox/index.js'
import { openV2 } from '../support/portone-client.js'

/** What a test reads of the answers. */
interface Seen { status?: string, code?: string, paymentToken?: string, history?: { event: string }[], length?: number }

test('payments of V2 are made, deposited, cancelled and inspected over HTTP', async (t) => {
  const { url } = await openV2(t)
  const read = async (answer: Response): Promise<Seen> => await answer.json() as Seen
  const send = async (path: string, body: object) => read(await fetch(`${url}/sandbox/v2/${path}`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  }))
  const get = async (path: string) => read(await fetch(`${url}/sandbox/v2/${path}`))
  const order = { paymentId: 'order_1', totalAmount: 14000 }
  t.match(await send('pay', { ...order, payMethod: 'VIRTUAL_ACCOUNT' }), {
    paymentId: 'order_1', txId: String, payment: { status: 'VIRTUAL_ACCOUNT_ISSUED' },
  })
  t.match(await send('deposit', { paymentId: 'order_1' }), { status: 'PAID' })
  t.match(await send('cancel', { paymentId: 'order_1', amount: 4000, reason: '변심' }), { status: 'PARTIAL_CANCELLED' })
  t.match(await send('webhook', { paymentId: 'order_1', copies: 2 }), { status: 'PARTIAL_CANCELLED' })
  const inspected = await get('payments/order_1')
  t.strictSame(
    inspected.history?.map(({ event }) => event),
    ['opened', 'webhook', 'vbank_issued', 'webhook', 'deposited', 'webhook', 'cancelled', 'webhook']
  )
  t.match(await send('pay', { ...order, paymentId: 'order_2', channelKey: 'channel-key-paypal' }), {
    payment: { status: 'PAID' },
  })
  await send('cancel', { paymentId: 'order_2', chargeback: true })
  t.match(await send('end-cancellation', { paymentId: 'order_2', outcome: 'failed' }), {
    status: 'PAID', cancellations: [{ status: 'FAILED', trigger: 'CHARGEBACK' }],
  })
  t.match(await send('pay', { ...order, paymentId: 'order_3', channelKey: 'channel-key-manual' }), {
    paymentToken: String,
  })
  t.equal((await get('payments')).length, 3)
  t.equal((await get('payments?paymentId=order_2')).length, 1)
  t.match(await send('deposit', { paymentId: 'order_2' }), { statusCode: 409, code: 'SANDBOX_REFUSED' })
  t.match(await send('deposit', { paymentId: 'nobody' }), { statusCode: 404, code: 'SANDBOX_UNKNOWN_PAYMENT' })
  t.match(await send('pay', { ...order, totalAmount: 0.5 }), { statusCode: 400 })
  t.match(await send('pay', { ...order, amount: 1 }), { statusCode: 400 }, 'unknown fields are refused')
})

test('of several attempts, one is named by its transactionId', async (t) => {
  const sandbox = createSandbox()
  t.teardown(() => sandbox.close())
  const { payV2, v2 } = sandbox
  const order = { paymentId: 'order_1', totalAmount: 14000 }
  const first = await payV2({ ...order, payMethod: 'VIRTUAL_ACCOUNT' })
  const second = await payV2({ ...order, payMethod: 'VIRTUAL_ACCOUNT' })
  t.match(v2.payments.get('order_1'), { transactionId: second.txId }, 'the newest, while none has succeeded')
  t.match(v2.deposit('order_1', { transactionId: first.txId }), { transactionId: first.txId, status: 'PAID' })
  t.match(v2.payments.get('order_1'), { transactionId: first.txId })
  t.throws(() => v2.deposit('order_1', { transactionId: second.txId }), { code: 'SANDBOX_REFUSED' }, 'one at most')
  t.match(v2.expire('order_1', { transactionId: second.txId }), { status: 'CANCELLED', cancellations: [] })
  t.throws(() => v2.approve('order_1', { transactionId: 'x' }), { code: 'SANDBOX_UNKNOWN_PAYMENT' })
})

test('payments of both generations share the limit, the reset and the console', async (t) => {
  const { sandbox, url } = await openV2(t, { maxPayments: 3 })
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'a', amount: 1 })
  await sandbox.payV2({ paymentId: 'zloty', totalAmount: 1250, currency: 'USD', channelKey: 'channel-key-test' })
  const { txId } = await sandbox.payV2({ paymentId: 'c', totalAmount: 1, channelKey: 'channel-key-paypal' })
  sandbox.v2.cancel('c')
  const list = async (query = '') =>
    await (await fetch(`${url}/console/payments${query}`)).json() as { payments: { serial: number, order: string }[] }
  const shown = await list()
  t.match(shown.payments, [
    { generation: 'v2', id: txId, order: 'c', state: 'cancelPending' },
    { generation: 'v2', order: 'zloty', amount: 12.5, currency: 'USD', isTest: true, state: 'paid', method: 'card' },
    { generation: 'v1', id: imp_uid, order: 'a', state: 'paid' },
  ])
  t.strictSame((await list('?generation=v1')).payments.map(({ order }) => order), ['a'])
  t.strictSame((await list('?generation=v2&search=ZLOTY')).payments.map(({ order }) => order), ['zloty'])
  const detail = async (index: number) =>
    (await fetch(`${url}/console/payments/${shown.payments[index]?.serial}`)).json()
  t.match(await detail(0), { endCancellation: true, left: 0, payment: { id: 'c' }, history: [{ event: 'opened' }] })
  t.match(await detail(1), { left: 12.5, unitsPerMajor: 100, channel: /channel-key-test/ })
  t.match(await detail(2), { left: 1, unitsPerMajor: 1, payment: { imp_uid } })

  await sandbox.payV2({ paymentId: 'd', totalAmount: 1 })
  t.equal(sandbox.payments.get(imp_uid), undefined, 'the oldest is forgotten')
  sandbox.reset()
  t.strictSame([sandbox.v2.payments.all(), sandbox.payments.all(), (await list()).payments], [[], [], []])
})

test('what a shop on V2 is set up with is the sandbox\'s own, or as its options say', async (t) => {
  const sandbox = createSandbox()
  const own = { apiSecret: 'secret', storeId: 'store-1', webhookSecret: `${'A'.repeat(43)}=` }
  const other = createSandbox({ portone: own })
  t.teardown(() => Promise.all([sandbox.close(), other.close()]))
  t.match(sandbox.portone, {
    baseUrl: /\/portone$/, apiSecret: 'portone_secret', storeId: 'store-00000000-0000-4000-8000-000000000000',
  })
  t.equal(Buffer.from(sandbox.portone.webhookSecret.replace(/^whsec_/, ''), 'base64').length, 32)
  const look = (authorization: string) =>
    other.app.inject({ url: '/portone/payments/x?storeId=store-1', headers: { authorization } })
  t.equal((await look('PortOne secret')).statusCode, 404)
  t.equal((await look('PortOne portone_secret')).statusCode, 401)
  for (const portone of [
    { apiSecret: '' }, { webhookSecret: 'whsec_short' }, { webhookSecret: [] },
    { webhookSecret: 'whsec_!!!!!!!!!!!!!!!!!!!!!!!!' },
    { webhookVersion: '2025-01-01' }, { webhookFormat: 'form' }, { webhookUrl: 'x' }, { secret: 'x' },
  ]) {
    const [name = ''] = Object.keys(portone)
    const refused = { code: 'SANDBOX_INVALID_ARGUMENT', message: new RegExp(name) }
    t.throws(() => createSandbox({ portone } as object), refused, name)
  }
})
