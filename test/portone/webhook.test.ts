import { test } from 'tap'
import { openPortoneShop, signatureOf, webhookOf, WEBHOOK_SECRET } from '../support/portone-shop.js'
import {
  cancellation, failed, issued, paid, pending, ready, refusing, withCancellations, type WirePayment,
} from '../support/portone-upstream.js'

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const old = { payment_id: 'order_1', tx_id: 'tx_1', status: 'Paid' }

test('a signed webhook of either version completes the payment, as JSON or as a form', async (t) => {
  for (const body of [webhookOf('Transaction.Paid'), old]) {
    const shop = await openPortoneShop(t)
    const reply = await shop.notify(body)
    t.match([reply.statusCode, reply.json()], [200, { status: 'paid' }])
    t.match(shop.calls, [{ hook: 'paid', context: { source: 'webhook' } }])
  }
  const shop = await openPortoneShop(t)
  const payload = 'payment_id=order_1&tx_id=tx_1&status=Paid'
  const reply = await shop.app.inject({
    method: 'POST', url: '/payments/webhook', headers: { ...form, ...signatureOf(payload) }, payload,
  })
  t.match([reply.statusCode, reply.json()], [200, { status: 'paid' }])
})

test('hooks get the request that brought the webhook, with its fields as the body', async (t) => {
  const body = { ...webhookOf('Transaction.Paid'), coupon: '봄' }
  for (const options of [{}, { webhookSecret: undefined }]) {
    const shop = await openPortoneShop(t, options)
    t.equal((await shop.notify(body)).statusCode, 200)
    t.equal(shop.calls[0]?.context.request?.method, 'POST')
    t.strictSame(shop.calls[0]?.context.request?.body, body)
  }
  const shop = await openPortoneShop(t)
  const payload = 'payment_id=order_1&tx_id=tx_1&status=Paid'
  await shop.app.inject({
    method: 'POST', url: '/payments/webhook', headers: { ...form, ...signatureOf(payload) }, payload,
  })
  t.strictSame(shop.calls[0]?.context.request?.body, old)
})

test('before that the body is wrapped, so that no hook of the app parses or changes what was signed', async (t) => {
  const bodies: unknown[] = []
  const shop = await openPortoneShop(t, {}, undefined, {
    prepare: (app) => {
      for (const hook of ['preValidation', 'preHandler'] as const) {
        app.addHook(hook, async ({ body }) => { bodies.push(body) })
      }
    },
  })
  t.equal((await shop.notify(old)).statusCode, 200)
  t.strictSame(bodies, Array.from({ length: 2 }, () => ({ raw: Buffer.from(JSON.stringify(old)) })))
})

for (const hook of ['preValidation', 'preHandler'] as const) {
  test(`a ${hook} hook of the app that copies all bodies changes nothing of what was signed`, async (t) => {
    const shop = await openPortoneShop(t, { onConfirm () {} }, undefined, {
      prepare: (app) => {
        app.addHook(hook, async (request) => { request.body = JSON.parse(JSON.stringify(request.body ?? null)) })
      },
    })
    t.equal((await shop.notify()).statusCode, 200)
    t.strictSame(shop.ran(), ['paid'])
    const confirmation = JSON.stringify(webhookOf('Transaction.Confirm', { totalAmount: 14000 }))
    t.equal((await shop.app.inject({
      method: 'POST',
      url: '/payments/confirm',
      payload: confirmation,
      headers: { 'content-type': 'application/json', ...signatureOf(confirmation) },
    })).statusCode, 200)
  })
}

test('as in other routes, no field can replace a prototype where a hook copies the body', async (t) => {
  const shop = await openPortoneShop(t, { webhookSecret: undefined })
  const body = '{"payment_id":"order_1","__proto__":{"a":1},"data":{"__proto__":{},"constructor":{"prototype":{}}}}'
  t.equal((await shop.app.inject({
    method: 'POST', url: '/payments/webhook', headers: { 'content-type': 'application/json' }, payload: body,
  })).statusCode, 200)
  t.strictSame(shop.calls[0]?.context.request?.body, { payment_id: 'order_1', data: {} })
})

test('without a right signature there is no lookup', async (t) => {
  const shop = await openPortoneShop(t)
  const body = JSON.stringify(webhookOf('Transaction.Paid'))
  const good = signatureOf(body)
  const other = signatureOf(body, { secret: `whsec_${Buffer.alloc(32, 8).toString('base64')}` })
  const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))
  const wrong: Record<string, string>[] = [
    {}, without('webhook-id'), without('webhook-timestamp'), without('webhook-signature'), other,
    { ...good, 'webhook-timestamp': 'soon' }, { ...good, 'webhook-timestamp': '-1' },
    { ...good, 'webhook-timestamp': '1234567890123' }, { ...good, 'webhook-id': 'another' },
    { ...good, 'webhook-signature': `v2,${good['webhook-signature']?.slice(3)}` },
  ]
  for (const headers of wrong) {
    const reply = await shop.app.inject({
      method: 'POST',
      url: '/payments/webhook',
      headers: { 'content-type': 'application/json', ...headers },
      payload: body,
    })
    t.match([reply.statusCode, reply.json().code], [403, 'IAMPORT_FORBIDDEN'], JSON.stringify(headers))
  }
  const altered = await shop.app.inject({
    method: 'POST',
    url: '/payments/webhook',
    headers: { 'content-type': 'application/json', ...good },
    payload: `${body} `,
  })
  t.equal(altered.statusCode, 403, 'a body that is not what was signed')
  t.strictSame([shop.upstream.seen, shop.ran()], [[], []])
})

test('several secrets, as in a rotation; an old signature is looked up all the same', async (t) => {
  const next = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
  const shop = await openPortoneShop(t, { webhookSecret: [next, WEBHOOK_SECRET.slice('whsec_'.length)] })
  t.equal((await shop.notify()).statusCode, 200)
  t.equal((await shop.notify(webhookOf('Transaction.Paid'), { secret: next, ageSec: 86_400 })).statusCode, 200)
})

test('the log says of a signature that is far from now whether it is old, or the clock slow', async (t) => {
  const lines: string[] = []
  const server = { logger: { level: 'warn', stream: { write: (line: string) => { lines.push(line) } } } }
  const shop = await openPortoneShop(t, {}, undefined, { server })
  for (const ageSec of [0, 299, -299, 10_800, -10_800]) {
    t.equal((await shop.notify(webhookOf('Transaction.Paid'), { ageSec })).statusCode, 200)
  }
  const logged = lines.map((line) => JSON.parse(line)).filter((line) => 'ageSec' in line)
  t.match(logged.map(({ ageSec, msg }) => [Math.sign(ageSec), msg]), [
    [1, /old signature.*the clock is fast/], [-1, /clock is slow/],
  ])
  t.equal(logged.length, 2)
})

test('whatever a webhook without a signature holds, our lines of it stay short', async (t) => {
  let bytes = 0
  const stream = { write: (line: string) => { bytes += Buffer.byteLength(line) } }
  const server = { disableRequestLogging: true, logger: { level: 'trace', stream } }
  const shop = await openPortoneShop(t, { webhookSecret: undefined }, undefined, { server })
  const post = (payload: string, contentType: string) => shop.app.inject({
    method: 'POST', url: '/payments/webhook', headers: { 'content-type': contentType }, payload,
  })
  const long = '\u0001'.repeat(2000)
  for (const changes of [{ transactionId: long }, { storeId: long }, { paymentId: long }, { cancellationId: long }]) {
    bytes = 0
    await post(JSON.stringify(webhookOf('Transaction.Paid', changes)), 'application/json')
    t.ok(bytes < 2000, `${bytes} bytes of log for ${Object.keys(changes)}`)
  }
  for (const names of ['order_1', 'order_2']) {
    bytes = 0
    await post(`payment_id=${names}&status=Paid&tx_id=${encodeURIComponent(long)}`, form['content-type'])
    t.ok(bytes > 0 && bytes < 2000, `${bytes} bytes of log for a form`)
  }
  bytes = 0
  t.equal((await post('a', `text/${'x'.repeat(8000)}`)).statusCode, 400)
  t.ok(bytes > 0 && bytes < 2000, `${bytes} bytes of log for a content type`)
})

test('what concerns no payment of ours is ignored without a lookup', async (t) => {
  const shop = await openPortoneShop(t)
  const bodies = [
    { type: 'BillingKey.Issued', data: { storeId: 'store-1', billingKey: 'b' } },
    { type: 'BillingKey.Ready', data: { paymentId: 'order_1', total_amount: 1 }, total_amount: 5 },
    webhookOf('Transaction.Ready'), { ...old, status: 'Ready' },
    webhookOf('Transaction.Paid', { storeId: 'store-2' }),
    { type: 'Something.New', data: {} }, {}, [], null,
  ]
  for (const body of bodies) {
    const text = JSON.stringify(body)
    const reply = await shop.app.inject({
      method: 'POST',
      url: '/payments/webhook',
      headers: { 'content-type': 'application/json', ...signatureOf(text) },
      payload: text,
    })
    t.match([reply.statusCode, reply.json()], [200, { status: 'ignored' }], text)
  }
  t.strictSame(shop.upstream.seen, [])
})

test('what can never be right is a 400 without a lookup', async (t) => {
  const shop = await openPortoneShop(t)
  const bodies: [string, string][] = [
    ['application/json', '{'], ['application/json', ''], ['text/plain', JSON.stringify(webhookOf('Transaction.Paid'))],
    ['application/json', JSON.stringify(webhookOf('Transaction.Paid', { paymentId: '..' }))],
    ['application/json', JSON.stringify(webhookOf('Transaction.Paid', { paymentId: 7 }))],
    ['application/json', JSON.stringify({ imp_uid: 'imp_1', merchant_uid: 'order_1', status: 'paid' })],
    ['application/x-www-form-urlencoded', 'imp_uid=imp_1&merchant_uid=order_1&status=paid'],
  ]
  for (const [type, payload] of bodies) {
    const reply = await shop.app.inject({
      method: 'POST', url: '/payments/webhook', headers: { 'content-type': type, ...signatureOf(payload) }, payload,
    })
    t.match([reply.statusCode, reply.json().code], [400, 'FST_ERR_VALIDATION'], payload)
  }
  t.strictSame(shop.upstream.seen, [])
})

test('a confirmation at the address for webhooks is refused, never approved', async (t) => {
  const shop = await openPortoneShop(t)
  for (const body of [webhookOf('Transaction.Confirm', { totalAmount: 14000 }), { ...old, total_amount: 14000 }]) {
    const reply = await shop.notify(body)
    t.equal(reply.statusCode, 409)
    const { reason, errorMessage } = reply.json()
    t.ok(reason)
    t.equal(errorMessage, reason)
  }
  t.strictSame(shop.upstream.seen, [])
})

test('a signed webhook is answered 200 only when the lookup shows what it says', async (t) => {
  const all = cancellation({ totalAmount: 14000 })
  const partly = withCancellations(paid(), cancellation())
  const closed = issued({ status: 'CANCELLED', cancellations: [] })
  const cases: [string, object, WirePayment, number][] = [
    ['Transaction.Paid', {}, paid(), 200],
    ['Transaction.Paid', {}, partly, 200],
    ['Transaction.Paid', {}, withCancellations(paid(), all), 200],
    ['Transaction.Paid', {}, closed, 503],
    ['Transaction.Paid', {}, ready(), 503],
    ['Transaction.Paid', {}, pending(), 503],
    ['Transaction.Paid', {}, failed(), 503],
    ['Transaction.Paid', {}, issued(), 503],
    ['Transaction.VirtualAccountIssued', {}, issued(), 200],
    ['Transaction.VirtualAccountIssued', {}, paid(), 200],
    ['Transaction.VirtualAccountIssued', {}, closed, 200],
    ['Transaction.VirtualAccountIssued', {}, ready(), 503],
    ['Transaction.VirtualAccountIssued', {}, failed(), 503],
    ['Transaction.PartialCancelled', { cancellationId: 'cancellation_1' }, partly, 200],
    ['Transaction.PartialCancelled', { cancellationId: 'cancellation_2' }, partly, 503],
    ['Transaction.PartialCancelled', { cancellationId: 'cancellation_1' }, paid(), 503],
    ['Transaction.Cancelled', { cancellationId: 'cancellation_1' }, withCancellations(paid(), all), 200],
    ['Transaction.Failed', {}, failed(), 200],
    ['Transaction.Failed', {}, paid(), 200],
    ['Transaction.DisputeCreated', {}, paid(), 200],
    ['Transaction.SomethingNew', {}, paid(), 200],
  ]
  for (const [type, data, one, status] of cases) {
    const shop = await openPortoneShop(t, {}, [one])
    const reply = await shop.notify(webhookOf(type, data))
    t.equal(reply.statusCode, status, `${type} ${JSON.stringify(data)} ${one.status}`)
    if (status === 503) {
      t.equal(reply.json().code, 'IAMPORT_BUSY')
      t.ok(reply.headers['retry-after'])
    }
  }
})

test('not found: sent again after a signature, never again without', async (t) => {
  const signed = await openPortoneShop(t, {}, [])
  t.match((await signed.notify()).json(), { statusCode: 503, code: 'IAMPORT_BUSY' })
  const unsigned = await openPortoneShop(t, { webhookSecret: undefined }, [])
  t.match((await unsigned.notifyUnsigned()).json(), { statusCode: 404, code: 'IAMPORT_PAYMENT_NOT_FOUND' })
})

test('without a secret, a webhook is verified by its lookup alone', async (t) => {
  const shop = await openPortoneShop(t, { webhookSecret: undefined })
  t.match((await shop.notifyUnsigned()).json(), { status: 'paid' })
  t.match((await shop.notifyUnsigned({})).json(), { status: 'ignored' })
  const early = await openPortoneShop(t, { webhookSecret: undefined }, [ready()])
  t.equal((await early.notifyUnsigned()).statusCode, 200, 'anyone could have sent it')
})

test('made-up payments of unsigned webhooks soon cost no lookup', async (t) => {
  const shop = await openPortoneShop(t, { webhookSecret: undefined }, [])
  for (let i = 0; i < 50; i++) {
    const reply = await shop.notifyUnsigned(webhookOf('Transaction.Paid', { paymentId: 'made-up' }))
    t.match(reply.json(), { code: 'IAMPORT_PAYMENT_NOT_FOUND', message: 'PortOne knows no such payment' })
  }
  t.ok(shop.upstream.lookups() <= 6)
})

test('only a JSON PAYMENT_NOT_FOUND is "no such payment"; a wrong secret or store is an error', async (t) => {
  const cases = [
    [refusing(401, 'UNAUTHORIZED'), 502, 'IAMPORT_UNAUTHORIZED'],
    [refusing(403, 'FORBIDDEN'), 502, 'IAMPORT_UNAUTHORIZED'],
    [refusing(404, 'NOT_FOUND'), 502, 'IAMPORT_BAD_GATEWAY'],
    [refusing(400, 'INVALID_REQUEST'), 502, 'IAMPORT_BAD_GATEWAY'],
    [refusing(404, 'PAYMENT_NOT_FOUND'), 503, 'IAMPORT_BUSY'],
  ] as const
  for (const [reply, status, code] of cases) {
    const shop = await openPortoneShop(t)
    shop.upstream.on('lookup', reply)
    t.match((await shop.notify()).json(), { statusCode: status, code })
    t.strictSame(shop.ran(), [])
  }
})

test('bodies stay what was signed under an app that parses them otherwise', async (t) => {
  const shop = await openPortoneShop(t, {}, undefined, {
    prepare (app) {
      app.removeContentTypeParser('application/json')
      for (const type of ['application/x-www-form-urlencoded', 'application/json']) {
        app.addContentTypeParser(type, { parseAs: 'buffer' }, (_, body, done) => done(null, body))
      }
    },
  })
  t.equal((await shop.notify()).statusCode, 200)
  const payload = 'payment_id=order_1&tx_id=tx_1&status=Paid'
  const reply = await shop.app.inject({
    method: 'POST', url: '/payments/webhook', headers: { ...form, ...signatureOf(payload) }, payload,
  })
  t.equal(reply.statusCode, 200)
})

test('allowed addresses', async (t) => {
  const shop = await openPortoneShop(t, { webhook: { allowedAddresses: ['52.78.5.241'] } })
  t.match((await shop.notify()).json(), { statusCode: 403, code: 'IAMPORT_FORBIDDEN' })
  const open = await openPortoneShop(t, { webhook: { allowedAddresses: ['127.0.0.0/8'] } })
  t.equal((await open.notify()).statusCode, 200)
})

test('a thousand notifications at once run one hook', async (t) => {
  const shop = await openPortoneShop(t)
  const replies = await Promise.all(Array.from({ length: 1000 }, (_, index) =>
    index % 2 ? shop.notify() : shop.post({ paymentId: 'order_1' })))
  for (const reply of replies) if (reply.statusCode !== 200) t.fail(`${reply.statusCode}`)
  t.strictSame(shop.ran(), ['paid'])
  t.ok(shop.upstream.lookups() <= 5)
})
