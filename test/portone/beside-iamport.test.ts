import Fastify from 'fastify'
import { test } from 'tap'
import iamport, { memoryLedger } from '../../lib/index.js'
import portone from '../../lib/portone/index.js'
import { recordHooks } from '../support/hook-calls.js'
import { createPortone, paid, portoneOptions } from '../support/portone-upstream.js'
import { createUpstream, deferred, payment } from '../support/upstream.js'

test('V1 and V2 in one app, on one ledger, with one set of hooks', async (t) => {
  const v1 = await createUpstream([payment()])
  const v2 = await createPortone([paid({ id: 'order_2' })])
  const { hooks, recorded } = recordHooks()
  const shared = { ...hooks, ledger: memoryLedger() }
  const app = Fastify()
  t.teardown(async () => {
    await Promise.all([v1.close(), v2.close()])
    await app.close()
  })
  await app.register(iamport, { impKey: 'key', impSecret: 'secret', baseUrl: v1.url, ...shared })
  await app.register(portone, { ...portoneOptions(v2), ...shared, prefix: '/v2' })
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
  t.match((await post('/payments/complete', { imp_uid: 'imp_1' })).json(), { status: 'paid', merchant_uid: 'order_1' })
  t.match((await post('/v2/payments/complete', { paymentId: 'order_2' })).json(), { status: 'paid', imp_uid: 'tx_1' })
  t.match(await app.iamport.complete('imp_1'), { status: 'paid', replayed: true })
  t.match(await app.portone.complete('order_2'), { status: 'paid', replayed: true })
  t.strictSame(recorded.ran(), ['paid', 'paid'])
})

test('each timer names its plugin in the log', async (t) => {
  const v1 = await createUpstream([])
  const v2 = await createPortone([])
  const named = new Set<string>()
  const saw = deferred()
  const stream = {
    write (line: string) {
      const { msg, provider } = JSON.parse(line)
      if (msg === 'reconciled') named.add(provider)
      if (named.size === 2) saw.resolve()
    },
  }
  const app = Fastify({ logger: { stream } })
  t.teardown(async () => {
    await app.close()
    await Promise.all([v1.close(), v2.close()])
  })
  const shared = {
    getExpectedAmount: () => 14000, onPaid () {}, ledger: memoryLedger(), reconcile: { everyMs: 1, lookbackMs: 1000 },
  }
  await app.register(iamport, { impKey: 'key', impSecret: 'secret', baseUrl: v1.url, ...shared })
  await app.register(portone, { ...portoneOptions(v2), ...shared, prefix: '/v2' })
  await app.ready()
  await saw.promise
  t.strictSame([...named].sort(), ['Iamport', 'PortOne'])
})

test('a webhook of V2 at the address for V1 is refused, and the log says what it is', async (t) => {
  const v1 = await createUpstream([])
  const warnings: string[] = []
  const app = Fastify({ logger: { level: 'warn', stream: { write (line) { warnings.push(JSON.parse(line).msg) } } } })
  t.teardown(async () => {
    await app.close()
    await v1.close()
  })
  const hooks = { getExpectedAmount: () => 14000, onPaid () {}, ledger: memoryLedger() }
  await app.register(iamport, { impKey: 'key', impSecret: 'secret', baseUrl: v1.url, ...hooks })
  const post = async (payload: object | string, headers = {}) =>
    (await app.inject({ method: 'POST', url: '/payments/webhook', payload, headers })).statusCode
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const data = { storeId: 'store-1', paymentId: 'order_1', transactionId: 'tx_1' }
  t.equal(await post({ type: 'Transaction.Paid', timestamp: '2026-01-01T00:00:00Z', data }), 400)
  t.equal(await post({ payment_id: 'order_1', tx_id: 'tx_1', status: 'Paid' }), 400)
  t.equal(await post('payment_id=order_1&tx_id=tx_1&status=Paid', form), 400)
  t.strictSame(warnings, Array(3).fill("webhook refused: it is one of PortOne V2, at the address for V1's"))
  t.equal(await post({ merchant_uid: 'order_1', status: 'paid' }), 400)
  t.equal(warnings.length, 3)
})

test('without a prefix, the second plugin says what to give it, whichever it is', async (t) => {
  const [v1, v2] = [await createUpstream([payment()]), await createPortone()]
  t.teardown(() => Promise.all([v1.close(), v2.close()]))
  const hooks = { getExpectedAmount: () => 14000, onPaid () {}, ledger: memoryLedger() }
  const refusal = { code: 'IAMPORT_INVALID_OPTIONS', message: /`prefix`.*`routes`/, cause: { code: String } }
  const [first, second] = [Fastify(), Fastify()]
  t.teardown(() => Promise.all([first.close(), second.close()]))
  await first.register(iamport, { impKey: 'key', impSecret: 'secret', baseUrl: v1.url, ...hooks })
  await t.rejects(async () => { await first.register(portone, { ...portoneOptions(v2), ...hooks }) }, refusal)
  const routes = { complete: '/a', redirect: '/b' } // so that only the webhooks meet
  await second.register(portone, { ...portoneOptions(v2), ...hooks, routes })
  await t.rejects(async () => {
    await second.register(iamport, { impKey: 'key', impSecret: 'secret', baseUrl: v1.url, ...hooks })
  }, refusal)
  const third = Fastify()
  t.teardown(() => third.close())
  await third.register(iamport, { impKey: 'key', impSecret: 'secret', baseUrl: v1.url, ...hooks, routes })
  await t.rejects(async () => { await third.register(portone, { ...portoneOptions(v2), ...hooks }) }, refusal)
})

test('an order paid on both is fulfilled once by the shop\'s guard, which names the second payment', async (t) => {
  const v1 = await createUpstream([payment()])
  const v2 = await createPortone([paid()])
  const paidBy = new Map<string, string>()
  const extra: string[] = []
  const hooks = {
    getExpectedAmount: () => 14000,
    onPaid ({ merchant_uid: order, imp_uid: paymentOf }: { merchant_uid: string, imp_uid: string }) {
      if (paidBy.has(order)) extra.push(paymentOf)
      else paidBy.set(order, paymentOf)
    },
    ledger: memoryLedger(),
  }
  const app = Fastify()
  t.teardown(async () => {
    await Promise.all([v1.close(), v2.close()])
    await app.close()
  })
  await app.register(portone, { ...portoneOptions(v2), ...hooks, prefix: '/v2' })
  await app.register(iamport, { impKey: 'key', impSecret: 'secret', baseUrl: v1.url, ...hooks })
  await Promise.all([app.portone.complete('order_1'), app.iamport.complete('imp_1')])
  t.equal(paidBy.size, 1)
  t.equal(extra.length, 1)
  t.not(extra[0], paidBy.get('order_1'))
})

test('a second registration in one scope is refused; in scopes of their own two stores work', async (t) => {
  const [one, other] = [await createPortone([paid()]), await createPortone([paid({ transactionId: 'tx_2' })])]
  const app = Fastify()
  t.teardown(async () => {
    await Promise.all([one.close(), other.close()])
    await app.close()
  })
  const { hooks, recorded } = recordHooks()
  await app.register(async (scope) => {
    await scope.register(portone, { ...portoneOptions(one), ...hooks, prefix: '/a' })
  })
  await app.register(async (scope) => {
    await scope.register(portone, { ...portoneOptions(other), ...hooks, prefix: '/b' })
  })
  for (const prefix of ['/a', '/b']) {
    await app.inject({ method: 'POST', url: `${prefix}/payments/complete`, payload: { paymentId: 'order_1' } })
  }
  t.strictSame(recorded.ran(), ['paid', 'paid'])
  const twice = Fastify()
  await twice.register(portone, { ...portoneOptions(one), ...hooks })
  await t.rejects(async () => twice.register(portone, { ...portoneOptions(other), ...hooks, prefix: '/b' }),
    { code: 'IAMPORT_INVALID_OPTIONS' })
})
