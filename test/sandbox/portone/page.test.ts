import { test, type Test } from 'tap'
import type { SandboxOptions } from '../../../lib/sandbox/index.js'
import { browserRequest } from '../support/browser-request.js'
import { portoneOrder } from '../../support/portone-order.js'
import { openV2 } from '../support/portone-client.js'

const SHOP = 'http://localhost:3000'

async function open (t: Test, options: SandboxOptions = {}) {
  const client = await openV2(t, options)
  const { url, sandbox: { portone } } = client
  const ORDER = portoneOrder(portone.storeId)
  /** What the page's script sends. */
  async function ask (request: object, mode = 'layer', origin = SHOP) {
    const form = new URLSearchParams({ request: JSON.stringify({ ...ORDER, ...request }), mode, origin })
    const answer = await browserRequest(`${url}/portone/checkout`, 'POST', { accept: 'application/json', origin }, form)
    return { status: answer.status, body: JSON.parse(answer.text) }
  }
  /** What the window's own page sends. */
  async function decide (location: string, choice: object) {
    const answer = await fetch(url + location, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(choice),
    })
    return await answer.json() as { callback: Record<string, string>, redirect: string }
  }
  return { ...client, ask, decide }
}

test('a window opens, shows the payment, and resolves to what the provider documents', async (t) => {
  const { ask, decide, url, sandbox } = await open(t)
  const { body: { location } } = await ask({ customData: { a: 1 }, customer: { fullName: '홍길동' } })
  const page = await (await fetch(url + location)).text()
  for (const text of ['머그컵', 'order_1', '14,000원']) t.match(page, text)
  const answer = await decide(location, { action: 'approve', method: 'card', quota: '3' })
  const { txId } = answer.callback
  t.strictSame(answer, { callback: { transactionType: 'PAYMENT', txId, paymentId: 'order_1' } })
  t.match(await decide(location, { action: 'decline' }), { callback: { txId } }, 'a second click finds the same end')
  t.match(sandbox.v2.payments.get('order_1'), {
    status: 'PAID',
    transactionId: txId,
    customData: '{"a":1}',
    customer: { name: '홍길동' },
    currency: 'KRW',
    method: { type: 'PaymentMethodCard', installment: { month: 3 } },
    channel: { type: 'LIVE', key: 'channel-key-live' },
  })
  const receipt = await (await fetch(`${url}/portone/receipt/${txId}`)).text()
  t.match(receipt, '14,000원')
  t.equal((await fetch(`${url}/portone/receipt/x`)).status, 404)
})

test('declined or closed, the page gets codes; a window that is left pays nothing', async (t) => {
  const { ask, decide, sandbox } = await open(t)
  const first = await ask({})
  t.match(await decide(first.body.location, { action: 'decline', reason: 'limit' }), {
    callback: { code: 'FAILURE_TYPE_PG', message: '한도초과', pgCode: 'F400', pgMessage: '한도초과', txId: String },
  })
  const second = await ask({})
  t.match(await decide(second.body.location, { action: 'close' }), {
    callback: { code: 'FAILURE_TYPE_PG', pgCode: 'PAY_PROCESS_CANCELED' },
  })
  await ask({})
  t.strictSame(sandbox.v2.payments.attempts('order_1').map(({ status }) => status), ['FAILED', 'FAILED', 'READY'])
})

test('a redirect carries paymentId always, and code, message, txId, paymentToken where there are any', async (t) => {
  const { ask, decide } = await open(t)
  const redirectUrl = `${SHOP}/back?from=checkout`
  const back = async (request: object, choice: object) => {
    const { body } = await ask({ redirectUrl, platform: 'MOBILE', ...request }, 'redirect')
    const { redirect } = await decide(body.location, choice)
    return Object.fromEntries(new URL(redirect).searchParams)
  }
  t.match(await back({ paymentId: 'a' }, { action: 'approve' }), {
    from: 'checkout',
    paymentId: 'a',
    txId: String,
    transactionType: 'PAYMENT',
    code: undefined,
    paymentToken: undefined,
  })
  t.match(await back({ paymentId: 'b' }, { action: 'close' }), {
    paymentId: 'b', code: 'FAILURE_TYPE_PG', message: String, pgCode: 'PAY_PROCESS_CANCELED', pgMessage: String,
  })
  t.match(await back({ paymentId: 'c', channelKey: 'channel-key-manual' }, { action: 'approve' }), {
    paymentId: 'c', paymentToken: String,
  })
})

test('what the provider would open no window for is said at once, also to a page that would be left', async (t) => {
  const { ask, sandbox, call } = await open(t)
  await sandbox.payV2({ paymentId: 'paid', totalAmount: 14000 })
  await call('POST', '/payments/registered/pre-register', { totalAmount: 1000 })
  for (const [request, code] of [
    [{ paymentId: 'paid' }, 'PaymentAlreadyPaid'],
    [{ paymentId: 'registered' }, 'AmountNotEqualToPredefined'],
    [{ channelKey: 'x' }, 'ChannelNotFound'],
    [{ channelKey: undefined, channelGroupId: 'x' }, 'ChannelNotFound'],
    [{ storeId: 'store-x' }, 'StoreNotFound'],
    [{ totalAmount: '14000' }, 'BadRequest'],
    [{ totalAmount: 0.5 }, 'BadRequest'],
    [{ totalAmount: 0 }, 'BadRequest'],
    [{ currency: 'KOREA' }, 'BadRequest'],
    [{ paymentId: '..' }, 'BadRequest'],
    [{ taxFreeAmount: 14001 }, 'BadRequest'],
  ] as const) {
    for (const mode of ['layer', 'redirect']) {
      const { body } = await ask({ redirectUrl: SHOP, ...request }, mode)
      t.match(body, { callback: { code, message: String, transactionType: 'PAYMENT' } }, `${mode} ${code}`)
      t.equal(body.location, undefined)
    }
  }
  t.equal(sandbox.v2.payments.all().length, 1)
})

test('a page that was altered names another amount, channel and webhook address', async (t) => {
  const { ask, decide, sandbox } = await open(t)
  sandbox.fault({ name: 'tampered_amount', amount: 100, times: 1 })
  sandbox.fault({ name: 'tampered_channel', channelKey: 'channel-key-test', times: 1 })
  sandbox.fault({ name: 'tampered_notice_urls', url: 'http://127.0.0.1:9/elsewhere', times: 1 })
  const { body } = await ask({})
  await decide(body.location, { action: 'approve' })
  await sandbox.webhooksSent()
  t.match(sandbox.v2.payments.get('order_1'), {
    status: 'PAID',
    amount: { total: 100 },
    channel: { type: 'TEST' },
    webhooks: [{ url: 'http://127.0.0.1:9/elsewhere' }],
  })
})

test('all payments of a sandbox for tests go through test channels, those with manual approval too', async (t) => {
  const { sandbox } = await open(t, { testChannel: true })
  t.match((await sandbox.payV2({ paymentId: 'a', totalAmount: 1 })).payment, { channel: { key: 'channel-key-test' } })
  t.match(await sandbox.payV2({ paymentId: 'b', totalAmount: 1, channelKey: 'channel-key-manual' }), {
    paymentToken: String, payment: { channel: { key: 'channel-key-manual-test', type: 'TEST' } },
  })
  const { payment } = await sandbox.payV2({ paymentId: 'c', totalAmount: 1, isTest: false })
  t.match(payment, { channel: { type: 'LIVE' } })
})

test('a result that contradicts, or none, is what the fault callback makes of it', async (t) => {
  const { ask, decide, sandbox } = await open(t)
  const end = async (variant: 'contradicting' | 'undefined', request: object) => {
    sandbox.fault({ name: 'callback', variant, times: 1 })
    return decide((await ask(request)).body.location, { action: 'approve' })
  }
  t.match(await end('contradicting', {}), { callback: { code: 'UnknownError', paymentId: 'order_1' } })
  t.equal(sandbox.v2.payments.get('order_1')?.status, 'PAID')
  t.strictSame(await end('undefined', { paymentId: 'b' }), {})
})

test('the window opens for pages of accepted hosts alone, and its scripts load anywhere', async (t) => {
  const { ask, url, sandbox } = await open(t)
  for (const origin of ['http://evil.example', 'null', 'http://localhost.evil.example']) {
    t.equal((await ask({}, 'layer', origin)).status, 403, origin)
  }
  t.strictSame(sandbox.v2.payments.all(), [])
  for (const [file, text] of [
    ['browser-sdk.js', 'window.PortOne = PortOne'], ['browser-sdk.esm.js', 'export default'],
  ]) {
    const script = await fetch(`${url}/portone/v2/${file}`)
    t.match(script.headers.get('access-control-allow-origin'), '*')
    t.match(await script.text(), text)
  }
  const foreign = {
    'sec-fetch-site': 'cross-site', origin: 'http://evil.example', authorization: 'PortOne portone_secret',
  }
  const read = await browserRequest(`${url}/portone/payments`, 'GET', foreign)
  t.equal(read.status, 403, 'nor does another site\'s page read the API')
  const made = await browserRequest(`${url}/sandbox/v2/pay`, 'POST', foreign, { paymentId: 'x', totalAmount: 1 })
  t.equal(made.status, 403)
})
