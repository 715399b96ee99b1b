import Fastify from 'fastify'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import iamport, { type IamportOptions } from '../../lib/index.js'
import portone from '../../lib/portone/index.js'
import { openPortoneShop } from '../support/portone-shop.js'
import { createPortone, portoneOptions } from '../support/portone-upstream.js'
import { openShop } from '../support/shop.js'
import { createUpstream, payment } from '../support/upstream.js'

test('a shop\'s own route hands its request on, and hooks log with its log', async (t) => {
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const shop = await openShop(t, { onPaid: (_, { log }) => { log.info('shipped') } }, undefined, {
    server: { logger: { stream } },
    prepare (app) {
      app.post<{ Body: { id: string, order: string } }>('/own', async (request) =>
        app.iamport.complete(request.body.id, { source: 'browser', merchantUid: request.body.order, request }))
    },
  })
  t.match((await shop.post({ id: 'imp_1', order: 'order_1', coupon: 'x' }, '/own')).json(), { status: 'paid' })
  const { reqId } = lines.find(({ msg }) => msg === 'incoming request') ?? {}
  t.ok(reqId)
  for (const msg of ['shipped', 'payment paid']) t.equal(lines.find((line) => line.msg === msg)?.reqId, reqId, msg)

  const refused = await shop.post({ id: 'imp_1', order: 'order_2' }, '/own')
  t.equal(refused.statusCode, 409)
  t.match(refused.json(), { code: 'IAMPORT_ORDER_MISMATCH' })
})

test('hooks see the request, and what it posted', async (t) => {
  const shop = await openShop(t, {}, undefined, {
    prepare (app) {
      app.post<{ Body: { id: string } }>('/own', async (request) => app.iamport.complete(request.body.id, { request }))
    },
  })
  await shop.post({ id: 'imp_1', coupon: 'x' }, '/own')
  t.match(shop.calls, [{ context: { source: 'direct', request: { body: { coupon: 'x' } } } }])
})

test('the request of an app over HTTP/2 is taken, and is the hooks\' request', async (t) => {
  const upstream = await createUpstream()
  const portoneUpstream = await createPortone()
  const app = Fastify({ http2: true })
  t.teardown(async () => {
    await app.close()
    await upstream.close()
    await portoneUpstream.close()
  })
  const asked: unknown[] = []
  const hooks: Pick<IamportOptions, 'getExpectedAmount' | 'onPaid'> = {
    getExpectedAmount: () => 14000, onPaid: (_, { request }) => { asked.push(request?.body) },
  }
  await app.register(iamport, { impKey: 'key', impSecret: 'secret', baseUrl: upstream.url, ...hooks })
  await app.register(portone, { ...portoneOptions(portoneUpstream), ...hooks, prefix: '/v2' })
  app.post('/own', async (request) => [
    (await app.iamport.complete('imp_1', { request })).status,
    (await app.portone.complete('order_1', { request })).status,
  ])
  await app.listen({ port: 0, host: '127.0.0.1' })
  const client = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
  t.teardown(() => client.close())
  const stream = client.request({ ':method': 'POST', ':path': '/own', 'content-type': 'application/json' })
  stream.end('{"coupon":"x"}')
  t.strictSame(JSON.parse(await text(stream)), ['paid', 'paid'])
  t.strictSame(asked, [{ coupon: 'x' }, { coupon: 'x' }])
})

test('an order that is expected is compared as the route compares it', async (t) => {
  const shop = await openShop(t, {}, [payment(), payment({ imp_uid: 'imp_2', merchant_uid: '7' })])
  const { iamport } = shop.app
  await t.rejects(iamport.complete('imp_1', { merchantUid: 'order_2' }), { code: 'IAMPORT_ORDER_MISMATCH' })
  t.strictSame(shop.ran(), [], 'no hook ran')
  for (const merchantUid of ['order_1', '', null, undefined]) {
    t.match(await iamport.complete('imp_1', { merchantUid }), { status: 'paid' }, String(merchantUid))
  }
  t.match(await iamport.complete('imp_2', { merchantUid: 7 }), { status: 'paid' })
  for (const merchantUid of ['x'.repeat(256), ['order_1'], {}, true]) {
    const options = Object.assign({}, { merchantUid: 'order_1' }, { merchantUid })
    await t.rejects(iamport.complete('imp_1', Object(options)), { code: 'FST_ERR_VALIDATION' })
  }
})

test('an option that is misspelt is refused: without its order, any paid payment would pass', async (t) => {
  const shop = await openShop(t)
  for (const options of [{ merchant_uid: 'order_2' }, { merchantUID: 'order_2' }, { source: 'browser', order: '2' }]) {
    await t.rejects(shop.app.iamport.complete('imp_1', Object(options)), { code: 'FST_ERR_VALIDATION' })
  }
  t.strictSame(shop.ran(), [])
})

test('V2 refuses them too: an order beside the payment would not be compared, and a token not used', async (t) => {
  const shop = await openPortoneShop(t)
  for (const options of [{ merchantUid: 'order_2' }, { payment_token: 'token_1' }]) {
    const completing = shop.app.portone.complete('order_1', Object(options))
    await t.rejects(completing, { code: 'FST_ERR_VALIDATION', message: /source, paymentToken, txId, request/ })
  }
  t.strictSame(shop.ran(), [])
})

test('with PortOne V2 the request is handed on as well', async (t) => {
  const shop = await openPortoneShop(t, {}, undefined, {
    prepare (app) {
      app.post<{ Body: { id: string } }>('/own', async (request) =>
        app.portone.complete(request.body.id, { source: 'browser', request }))
    },
  })
  t.match((await shop.post({ id: 'order_1', coupon: 'x' }, '/own')).json(), { status: 'paid' })
  t.match(shop.calls, [{ context: { source: 'browser', request: { body: { coupon: 'x' } } } }])
})
