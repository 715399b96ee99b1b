import Fastify from 'fastify'
import { request, type IncomingMessage } from 'node:http'
import { Agent, MockAgent } from 'undici'
import { test } from 'tap'
import iamport, { fastifyIamport, iamportOptions, type Completion, type Iamport, type Ledger } from '../../lib/index.js'
import { openShop } from '../support/shop.js'
import { account, createUpstream, deferred, payment } from '../support/upstream.js'

const required = { impKey: 'key', impSecret: 'secret', getExpectedAmount: () => 14000, onPaid: () => {} }

test('the default export and the named one are the same plugin', async (t) => {
  t.equal(iamport, fastifyIamport)
})

test('it decorates the instance with the completion and the client, and with nothing of their insides', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(iamport, required)
  t.strictSame(Object.keys(app.iamport).filter((name) => name !== 'reconcile').sort(), [
    'cancelPayment', 'complete', 'findPayment', 'getPayment', 'getPreparedPayment', 'listPayments', 'manualRefunds',
    'preparePayment', 'request', 'revokeVbank', 'updatePreparedPayment',
  ])
})

test('import, registration and ready open no connection and ask nothing', async (t) => {
  const upstream = await createUpstream()
  t.teardown(() => upstream.close())
  let sockets = 0
  const dispatcher = new Agent({ connect: () => { sockets++ } })
  t.teardown(() => dispatcher.destroy())
  for (const options of [{ ...required, baseUrl: upstream.url }, { ...required, dispatcher }]) {
    const app = Fastify()
    await app.register(iamport, options)
    await app.ready()
    await app.close()
  }
  t.equal(upstream.seen.length, 0)
  t.equal(sockets, 0)
})

test('the decorator is there for the app around, inside and beside', async (t) => {
  const shop = await openShop(t)
  let inside: Iamport | undefined
  await shop.app.register(async (scope) => { inside = scope.iamport })
  t.equal(inside, shop.app.iamport)
  t.match(await shop.app.iamport.getPayment('imp_1'), { imp_uid: 'imp_1' })
})

test('registering twice in one scope is a clear error', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(iamport, required)
  await t.rejects(async () => app.register(iamport, { ...required, prefix: '/second' }), {
    code: 'IAMPORT_INVALID_OPTIONS', message: /registered twice/,
  })
})

test('a decorator of the app under our name is a clear error too', async (t) => {
  const app = Fastify().decorate<unknown>('iamport', 'a client of the shop\'s own')
  t.teardown(() => app.close())
  await t.rejects(async () => app.register(iamport, required), {
    code: 'IAMPORT_INVALID_OPTIONS', message: /`iamport` already: registered twice, or a decorator of the app/,
  })
})

test('two shops in scopes of their own do not know of each other', async (t) => {
  const upstreams = [await createUpstream(), await createUpstream()]
  const app = Fastify()
  t.teardown(async () => {
    for (const upstream of upstreams) await upstream.close()
    await app.close()
  })
  const paid: number[] = []
  for (const [index, upstream] of upstreams.entries()) {
    await app.register(async (scope) => {
      await scope.register(iamport, { ...required, baseUrl: upstream.url, onPaid: () => { paid.push(index) } })
    }, { prefix: `/shop${index}` })
  }
  for (const index of [1, 0]) {
    const reply = await app.inject({
      method: 'POST', url: `/shop${index}/payments/complete`, payload: { imp_uid: 'imp_1' },
    })
    t.match(reply.json(), { status: 'paid', replayed: false })
  }
  t.strictSame(paid, [1, 0])
  t.equal(app.hasDecorator('iamport'), false)
})

test('several apps in one process do not know of each other', async (t) => {
  const shops = await Promise.all([openShop(t), openShop(t, { locale: 'en' })])
  for (const shop of shops) t.match((await shop.notify()).json(), { status: 'paid', replayed: false })
  t.match(shops.map((shop) => shop.ran()), [['paid'], ['paid']])
})

test('a prefix of the scope and one of ours come one after the other', async (t) => {
  const upstream = await createUpstream()
  const app = Fastify()
  t.teardown(async () => {
    await upstream.close()
    await app.close()
  })
  await app.register(async (scope) => {
    await scope.register(iamport, {
      ...required, baseUrl: upstream.url, prefix: '/pay',
    })
  }, { prefix: '/api' })
  t.equal((await app.inject({
    method: 'POST', url: '/api/pay/payments/webhook', payload: { imp_uid: 'imp_1' },
  })).statusCode, 200)
})

test('a dispatcher handed in is used, and stays open when the app closes', async (t) => {
  const upstream = await createUpstream()
  const dispatcher = new Agent()
  t.teardown(async () => {
    await dispatcher.close()
    await upstream.close()
  })
  for (let i = 0; i < 2; i++) {
    const app = Fastify()
    await app.register(iamport, { ...required, baseUrl: upstream.url, dispatcher })
    t.match(await app.iamport.complete('imp_1'), { status: 'paid' })
    await app.close()
    t.equal(dispatcher.closed, false)
  }
})

test('undici\'s own mock is a dispatcher like any other', async (t) => {
  const dispatcher = new MockAgent()
  dispatcher.disableNetConnect()
  const pool = dispatcher.get('https://api.iamport.kr')
  pool.intercept({ path: '/users/getToken', method: 'POST' }).reply(200, {
    code: 0, response: { access_token: 'token' },
  })
  pool.intercept({
    path: '/payments/imp_1?include_sandbox=true', headers: { authorization: 'token' },
  }).reply(200, { code: 0, response: payment() })
  const app = Fastify()
  t.teardown(async () => {
    await app.close()
    await dispatcher.close()
  })
  await app.register(iamport, { ...required, dispatcher })
  t.match(await app.iamport.complete('imp_1'), { status: 'paid' })
})

test('the end of the app waits for completions in flight, and closes our own pool then', async (t) => {
  const entered = deferred()
  const leave = deferred()
  const shop = await openShop(t, {
    onPaid: async () => {
      entered.resolve()
      await leave.promise
    }
  })
  const order: string[] = []
  const completing = shop.app.iamport.complete('imp_1').then((completion) => {
    order.push(completion.status)
  })
  await entered.promise
  const closing = shop.app.close().then(() => { order.push('closed') })
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(order, [])
  leave.resolve()
  await Promise.all([completing, closing])
  t.strictSame(order, ['paid', 'closed'])
  await t.rejects(shop.app.iamport.getPayment('imp_1'), { code: 'IAMPORT_UNAVAILABLE' })
})

/** Over a connection of its own, which ends with the answer. */
const get = (url: string) => new Promise<IncomingMessage>((resolve, reject) => {
  request(url, { agent: false }, (reply) => resolve(reply.resume())).on('error', reject).end()
})

for (const way of ['/payments/complete/mobile?imp_uid=imp_1', '/payments/complete/mobile?merchant_uid=order_1']) {
  test(`a buyer who is on ${way} while the app closes is still served`, async (t) => {
    const shop = await openShop(t, { redirects: { paid: '/done', pending: '/checking' } })
    const url = await shop.listen()
    const gate = shop.upstream.hold('GET', /^\/payments/)
    const reply = get(url + way)
    await gate.arrived
    const closing = shop.app.close()
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
    gate.open()
    t.match((await reply).headers.location, /^\/done/)
    await closing
    t.strictSame(shop.ran(), ['paid'])
  })
}

test('a completion that fails during the end of the app does not keep it open', async (t) => {
  const shop = await openShop(t, { budgetMs: 1500 })
  const gate = shop.upstream.hold('GET', /imp_1/)
  const completing = shop.app.iamport.complete('imp_1').catch((error: unknown) => error)
  await gate.arrived
  await shop.app.close()
  t.match(await completing, { code: 'IAMPORT_TIMEOUT' })
  gate.open()
})

test('tx is typed by the ledger, through iamportOptions', async (t) => {
  interface Transaction { sql (text: string): string }
  const tx: Transaction = { sql: (text) => text }
  const ledger: Ledger<Transaction> = { once: async (_, work) => ({ value: await work(tx), replayed: false }) }
  const ran: string[] = []
  const options = iamportOptions({
    ...required,
    ledger,
    onPaid (_, context) {
      ran.push(context.tx.sql('update'))
      // @ts-expect-error a transaction of this ledger has no such method
      t.equal(context.tx.nothing, undefined)
    },
  })
  const shop = await openShop(t, { ...options })
  const completion: Completion = await shop.app.iamport.complete('imp_1')
  t.equal(completion.status, 'paid')
  t.strictSame(ran, ['update'])
})

test('options typed by a ledger of transactions can be registered as they are', async (t) => {
  const ledger: Ledger<{ id: number }> = {
    once: async (_, work) => ({ value: await work({ id: 7 }), replayed: false }),
  }
  const upstream = await createUpstream()
  const app = Fastify()
  t.teardown(async () => {
    await upstream.close()
    await app.close()
  })
  const ids: number[] = []
  await app.register(iamport, iamportOptions({
    ...required, ledger, baseUrl: upstream.url, onPaid: (_, { tx }) => { ids.push(tx.id) },
  }))
  await app.iamport.complete('imp_1')
  t.strictSame(ids, [7])
})

test('the transaction of the ledger reaches every hook, getExpectedAmount too', async (t) => {
  const tx = { name: 'tx' }
  const ledger: Ledger<typeof tx> = { once: async (_, work) => ({ value: await work(tx), replayed: false }) }
  const got: [hook: string, tx: unknown][] = []
  const shop = await openShop(t, {
    ...iamportOptions({ ...required, ledger }),
    getExpectedAmount: (_, context) => {
      got.push(['getExpectedAmount', context.tx])
      return 14000
    },
    onPaid: (_, context) => { got.push(['onPaid', context.tx]) },
    onFail: (_, context) => { got.push(['onFail', context.tx]) },
    onCancel: (_, context) => { got.push(['onCancel', context.tx]) },
    onVbank: (_, context) => { got.push(['onVbank', context.tx]) },
  })
  for (const [now, hooks] of [
    [payment(), ['getExpectedAmount', 'onPaid']],
    [payment({ status: 'failed' }), ['onFail']],
    [payment({ status: 'cancelled', cancel_amount: 14000 }), ['onCancel']],
    [account(), ['getExpectedAmount', 'onVbank']],
  ] as const) {
    shop.upstream.payments.set('imp_1', now)
    await shop.notify()
    t.strictSame(got.splice(0), hooks.map((hook) => [hook, tx]))
  }
})
