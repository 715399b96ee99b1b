import { Injectable, Module, Scope } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { Test as Nest } from '@nestjs/testing'
import { once } from 'node:events'
import { test } from 'tap'
import type { Iamport, Payment } from '../../lib/index.js'
import { IAMPORT, IamportModule, InjectIamport, InjectPortOne, PORTONE, PortOneModule } from '../../lib/nestjs/index.js'
import type { Portone } from '../../lib/portone/index.js'
import { complete, createApp, decorated, openSandbox, optionsOf, v2OptionsOf } from './open-app.js'

const hooks = { getExpectedAmount: () => 14000, onPaid () {} }

test('after app.init, without listening, a payment is completed', async (t) => {
  const sandbox = openSandbox(t)
  const paid: string[] = []
  const app = await createApp(t, [IamportModule.forRoot({
    ...optionsOf(sandbox), ...hooks, onPaid: ({ merchant_uid }) => { paid.push(merchant_uid) },
  })])
  await app.init()
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  t.match((await complete(app, imp_uid)).json(), { status: 'paid', replayed: false })
  t.strictSame(paid, ['order_1'])
})

test('after app.listen as well, by a form, beside the parsers of Nest', async (t) => {
  const sandbox = openSandbox(t)
  const app = await createApp(t, [IamportModule.forRoot({ ...optionsOf(sandbox), ...hooks })])
  await app.listen(0, '127.0.0.1')
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  const body = new URLSearchParams({ imp_uid })
  const reply = await fetch(`${await app.getUrl()}/payments/complete`, { method: 'POST', body })
  t.match(await reply.json(), { status: 'paid' })
})

test('forRootAsync makes the options from injected providers of imported modules', async (t) => {
  const sandbox = openSandbox(t)
  class Orders {
    readonly paid: string[] = []
    amountOf (id: string) { return id === 'order_1' ? 14000 : null }
  }
  Injectable()(Orders)
  class OrdersModule {}
  Module({ providers: [Orders], exports: [Orders] })(OrdersModule)
  const app = await createApp(t, [IamportModule.forRootAsync({
    imports: [OrdersModule],
    inject: [Orders],
    useFactory: async (orders: Orders) => ({
      ...optionsOf(sandbox),
      getExpectedAmount: ({ merchant_uid }) => orders.amountOf(merchant_uid),
      onPaid: ({ merchant_uid }: Payment) => { orders.paid.push(merchant_uid) },
    }),
  })])
  await app.init()
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  t.match((await complete(app, imp_uid)).json(), { status: 'paid' })
  t.strictSame(app.get(Orders, { strict: false }).paid, ['order_1'])
})

test('the client is injected, and has the methods of fastify.iamport once the app has started', async (t) => {
  const sandbox = openSandbox(t)
  class Refunds {
    constructor (readonly iamport: Iamport, readonly portone: Portone) {}
  }
  Injectable()(Refunds)
  InjectIamport()(Refunds, undefined, 0)
  InjectPortOne()(Refunds, undefined, 1)
  const app = await createApp(t, [
    IamportModule.forRoot({ ...optionsOf(sandbox), ...hooks }),
    PortOneModule.forRoot({ ...v2OptionsOf(sandbox), ...hooks }),
  ], { providers: [Refunds] })
  await app.init()
  const { iamport, portone } = app.get(Refunds)
  t.strictSame(iamport, decorated(app, 'iamport'))
  t.strictSame(portone, decorated(app, 'portone'))
  t.equal(app.get(IAMPORT), iamport)
  t.equal(app.get(PORTONE), portone)
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  await iamport.cancelPayment({ imp_uid, amount: 14000, reason: 'changed their mind' })
  t.equal((await iamport.getPayment(imp_uid)).status, 'cancelled')
})

test('a client that a test has replaced stays as it is, and the plugin has its own', async (t) => {
  const sandbox = openSandbox(t)
  class AppModule {}
  Module({ imports: [IamportModule.forRoot({ ...optionsOf(sandbox), ...hooks })] })(AppModule)
  const cancelPayment = () => 'replaced'
  const testing = await Nest.createTestingModule({ imports: [AppModule] })
    .overrideProvider(IAMPORT).useValue({ cancelPayment }).compile()
  const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false })
  t.teardown(() => app.close())
  await app.init()
  t.strictSame(app.get(IAMPORT), { cancelPayment })
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  t.match((await complete(app, imp_uid)).json(), { status: 'paid' })
})

test('both plugins serve one app, each at its own addresses', async (t) => {
  const sandbox = openSandbox(t)
  const paid: string[] = []
  const onPaid = (of: string) => () => { paid.push(of) }
  const app = await createApp(t, [
    IamportModule.forRoot({ ...optionsOf(sandbox), ...hooks, onPaid: onPaid('v1') }),
    PortOneModule.forRoot({ ...v2OptionsOf(sandbox), ...hooks, onPaid: onPaid('v2') }),
  ])
  await app.init()
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  t.match((await complete(app, imp_uid)).json(), { status: 'paid' })
  const { paymentId } = await sandbox.payV2({ paymentId: 'order_2', totalAmount: 14000 })
  const reply = await app.inject({ method: 'POST', url: '/v2/payments/complete', payload: { paymentId } })
  t.match(reply.json(), { status: 'paid' })
  t.strictSame(paid, ['v1', 'v2'])
})

test('a global prefix does not move the routes; the option does', async (t) => {
  const sandbox = openSandbox(t)
  const app = await createApp(t, [IamportModule.forRoot({ ...optionsOf(sandbox), ...hooks, prefix: '/shop' })])
  app.setGlobalPrefix('api')
  await app.init()
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  t.equal((await complete(app, imp_uid, '/api/payments/complete')).statusCode, 404)
  t.equal((await complete(app, imp_uid, '/api/shop/payments/complete')).statusCode, 404)
  t.equal((await complete(app, imp_uid, '/shop/payments/complete')).statusCode, 200)
})

test('app.close waits for a hook in progress, and only then do services end', async (t) => {
  const sandbox = openSandbox(t)
  const order: string[] = []
  const begun = new AbortController()
  const goOn = new AbortController()
  class Database {
    onApplicationShutdown () { order.push('database closed') }
  }
  Injectable()(Database)
  const app = await createApp(t, [IamportModule.forRoot({
    ...optionsOf(sandbox),
    ...hooks,
    async onPaid () {
      const resumed = once(goOn.signal, 'abort')
      begun.abort()
      await resumed
      order.push('hook done')
    },
  })], { providers: [Database] })
  await app.init()
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  const hasBegun = once(begun.signal, 'abort')
  const completed = complete(app, imp_uid)
  await hasBegun
  const closed = app.close()
  goOn.abort()
  t.match((await completed).json(), { status: 'paid' })
  await closed
  t.strictSame(order, ['hook done', 'database closed'])
})

test('wrong options end the start, with the name of the option', async (t) => {
  const app = await createApp(t, [IamportModule.forRoot({ impKey: '', impSecret: 'secret', ...hooks })])
  await t.rejects(app.init(), { code: 'IAMPORT_INVALID_OPTIONS', message: /impKey: empty: is IMP_KEY set\?/ })
})

test('a module that is imported twice ends the start, and says how often to import it', async (t) => {
  const sandbox = openSandbox(t)
  const shop = () => IamportModule.forRoot({ ...optionsOf(sandbox), ...hooks })
  const app = await createApp(t, [shop(), shop()])
  await t.rejects(app.init(), { code: 'IAMPORT_INVALID_OPTIONS', message: /fastify\.iamport .*import the module once/ })
})

test('options that need a request end the start: no route would be mounted', async (t) => {
  const sandbox = openSandbox(t)
  class Tenant {}
  Injectable({ scope: Scope.REQUEST })(Tenant)
  class TenantModule {}
  Module({ providers: [Tenant], exports: [Tenant] })(TenantModule)
  const app = await createApp(t, [IamportModule.forRootAsync({
    imports: [TenantModule], inject: [Tenant], useFactory: () => ({ ...optionsOf(sandbox), ...hooks }),
  })])
  await t.rejects(app.init(), { code: 'IAMPORT_INVALID_OPTIONS', message: /forRootAsync: .*for each request/ })
})

test('an app that is not on Fastify is refused', async (t) => {
  const app = await createApp(t, [IamportModule.forRoot({ impKey: 'key', impSecret: 'secret', ...hooks })])
  const adapter = app.getHttpAdapter()
  adapter.getType = () => 'express'
  await t.rejects(app.init(), { code: 'IAMPORT_INVALID_OPTIONS', message: /new FastifyAdapter\(\)/ })
})

test('a script without an HTTP server gets the app, and a client without methods', async (t) => {
  class ScriptModule {}
  Module({ imports: [IamportModule.forRoot({ impKey: 'key', impSecret: 'secret', ...hooks })] })(ScriptModule)
  const context = await NestFactory.createApplicationContext(ScriptModule, { logger: false })
  t.teardown(() => context.close())
  t.strictSame(context.get(IAMPORT), {})
})
