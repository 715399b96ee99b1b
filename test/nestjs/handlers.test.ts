import { Controller, Injectable, Module, Scope } from '@nestjs/common'
import { test } from 'tap'
import type { CancelContext, ConfirmAttempt, Failure, Payment, Priced } from '../../lib/index.js'
import {
  ExpectedAmount, IamportModule, OnCancel, OnConfirm, OnFail, OnPaid, OnVbank, PortOneModule,
} from '../../lib/nestjs/index.js'
import type { PortonePayment } from '../../lib/portone/index.js'
import { complete, createApp, decorate, openSandbox, optionsOf, v2OptionsOf } from './open-app.js'

/** A service with a handler for every hook, which writes down what it was called for. */
function createOrders () {
  class Orders {
    readonly calls: string[] = []
    amountOf (_: Priced) { return 14000 }
    ship ({ merchant_uid }: Payment) { this.calls.push(`paid ${merchant_uid}`) }
    wait ({ merchant_uid }: Payment) { this.calls.push(`vbank ${merchant_uid}`) }
    fail ({ reason }: Failure) { this.calls.push(`fail ${reason}`) }
    cancel ({ merchant_uid }: Payment, { cancellation }: CancelContext) {
      this.calls.push(`cancel ${merchant_uid} ${cancellation.amount}`)
    }

    confirm ({ merchant_uid }: ConfirmAttempt) { this.calls.push(`confirm ${merchant_uid}`) }
  }
  Injectable()(Orders)
  decorate(Orders.prototype, 'amountOf', ExpectedAmount())
  decorate(Orders.prototype, 'ship', OnPaid())
  return Orders
}

test('decorated methods of a provider are the hooks, with their instance as this', async (t) => {
  const sandbox = openSandbox(t)
  const Orders = createOrders()
  decorate(Orders.prototype, 'wait', OnVbank())
  decorate(Orders.prototype, 'fail', OnFail())
  decorate(Orders.prototype, 'cancel', OnCancel())
  decorate(Orders.prototype, 'confirm', OnConfirm())
  const app = await createApp(t, [IamportModule.forRoot(optionsOf(sandbox))], { providers: [Orders] })
  await app.init()
  const pay = async (merchant_uid: string, more = {}) => {
    const { imp_uid } = await sandbox.pay({ merchant_uid, amount: 14000, ...more })
    await complete(app, imp_uid)
    return imp_uid
  }
  const paid = await pay('order_1')
  await pay('order_2', { pay_method: 'vbank' })
  await pay('order_3', { amount: 100 })
  await sandbox.cancel(paid)
  await complete(app, paid)
  const attempt = { imp_uid: 'imp_1', merchant_uid: 'order_4', amount: 14000 }
  const confirmed = await app.inject({ method: 'POST', url: '/payments/confirm', payload: attempt })
  t.equal(confirmed.statusCode, 200)
  t.strictSame(app.get(Orders).calls, [
    'paid order_1', 'vbank order_2', 'fail amount_mismatch', 'cancel order_1 14000', 'confirm order_4',
  ])
})

test('a method handles both plugins, or the one that its decorator names', async (t) => {
  const sandbox = openSandbox(t)
  const calls: string[] = []
  class Orders {
    amountOf () { return 14000 }
    shipV1 () { calls.push('v1') }
    shipV2 ({ portone }: PortonePayment) { calls.push(`v2 ${portone.status}`) }
  }
  Injectable()(Orders)
  decorate(Orders.prototype, 'amountOf', ExpectedAmount())
  decorate(Orders.prototype, 'shipV1', OnPaid('iamport'))
  decorate(Orders.prototype, 'shipV2', OnPaid('portone'))
  const app = await createApp(t, [
    IamportModule.forRoot(optionsOf(sandbox)), PortOneModule.forRoot(v2OptionsOf(sandbox)),
  ], { providers: [Orders] })
  await app.init()
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  await complete(app, imp_uid)
  const { paymentId } = await sandbox.payV2({ paymentId: 'order_2', totalAmount: 14000 })
  await app.inject({ method: 'POST', url: '/v2/payments/complete', payload: { paymentId } })
  t.strictSame(calls, ['v1', 'v2 PAID'])
})

test('one method can handle two hooks, and an alias of its provider is no second handler', async (t) => {
  const sandbox = openSandbox(t)
  const Orders = createOrders()
  decorate(Orders.prototype, 'ship', OnVbank())
  const app = await createApp(t, [IamportModule.forRoot(optionsOf(sandbox))], {
    providers: [Orders, { provide: 'ORDERS', useExisting: Orders }],
  })
  await app.init()
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000, pay_method: 'vbank' })
  await complete(app, imp_uid)
  t.strictSame(app.get(Orders).calls, ['paid order_1'])
})

test('a hook that is required and has no handler ends the start, with the decorator it lacks', async (t) => {
  const sandbox = openSandbox(t)
  const without = await createApp(t, [IamportModule.forRoot({ ...optionsOf(sandbox), onPaid () {} })])
  await t.rejects(without.init(), {
    code: 'IAMPORT_INVALID_OPTIONS', message: /getExpectedAmount: no handler.*@ExpectedAmount\(\)/,
  })
  const second = await createApp(t, [IamportModule.forRoot({ ...optionsOf(sandbox), getExpectedAmount: () => 1 })])
  await t.rejects(second.init(), { message: /onPaid: no handler.*@OnPaid\(\)/ })
})

test('two handlers for one hook end the start, with the names of both', async (t) => {
  const sandbox = openSandbox(t)
  class Mails {
    send () {}
  }
  Injectable()(Mails)
  decorate(Mails.prototype, 'send', OnPaid('iamport'))
  const methods = await createApp(
    t, [IamportModule.forRoot(optionsOf(sandbox))], { providers: [createOrders(), Mails] })
  await t.rejects(methods.init(), {
    code: 'IAMPORT_INVALID_OPTIONS', message: /onPaid: two handlers, Orders\.ship and Mails\.send/,
  })
  const option = await createApp(
    t, [IamportModule.forRoot({ ...optionsOf(sandbox), onPaid () {} })], { providers: [createOrders()] })
  await t.rejects(option.init(), { message: /onPaid: two handlers, the option and Orders\.ship/ })
})

test('a class that two modules provide ends the start, with the names of both', async (t) => {
  const sandbox = openSandbox(t)
  const providers = [createOrders()]
  class ShopModule {}
  Module({ providers })(ShopModule)
  class AdminModule {}
  Module({ providers })(AdminModule)
  const app = await createApp(
    t, [{ module: ShopModule }, { module: AdminModule }, IamportModule.forRoot(optionsOf(sandbox))])
  await t.rejects(app.init(), {
    code: 'IAMPORT_INVALID_OPTIONS', message: /Orders\.amountOf .*ShopModule and .*AdminModule.*in one module/,
  })
})

test('a method that a test replaces after the start is what runs', async (t) => {
  const sandbox = openSandbox(t)
  const Orders = createOrders()
  const app = await createApp(t, [IamportModule.forRoot(optionsOf(sandbox))], { providers: [Orders] })
  await app.init()
  const orders = app.get(Orders)
  orders.ship = () => { throw new Error('no stock') }
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  t.match((await complete(app, imp_uid)).json(), { code: 'IAMPORT_HOOK_FAILED' })
  t.strictSame(orders.calls, [])
})

test('a method that its constructor has bound, or a test has replaced before the start, is a handler', async (t) => {
  const sandbox = openSandbox(t)
  const Orders = createOrders()
  decorate(Orders.prototype, 'fail', OnFail())
  class Bound extends Orders {
    constructor () {
      super()
      this.fail = this.fail.bind(this)
    }
  }
  Injectable()(Bound)
  const app = await createApp(t, [IamportModule.forRoot(optionsOf(sandbox))], { providers: [Bound] })
  const orders = app.get(Bound)
  orders.ship = () => { orders.calls.push('replaced') }
  await app.init()
  for (const amount of [14000, 100]) {
    const { imp_uid } = await sandbox.pay({ merchant_uid: `order_${amount}`, amount })
    await complete(app, imp_uid)
  }
  t.strictSame(orders.calls, ['replaced', 'fail amount_mismatch'])
})

test('a decorated class that is made for each request or each consumer ends the start', async (t) => {
  const sandbox = openSandbox(t)
  for (const scope of [Scope.REQUEST, Scope.TRANSIENT]) {
    const Orders = createOrders()
    Injectable({ scope })(Orders)
    const app = await createApp(t, [IamportModule.forRoot(optionsOf(sandbox))], { providers: [Orders] })
    await t.rejects(app.init(), { code: 'IAMPORT_INVALID_OPTIONS', message: /Orders\.amountOf: .*not a singleton/ })
  }
})

test('a method of a controller is taken as well', async (t) => {
  const sandbox = openSandbox(t)
  class Orders {
    amountOf () { return 14000 }
    ship () {}
  }
  Controller()(Orders)
  decorate(Orders.prototype, 'amountOf', ExpectedAmount())
  decorate(Orders.prototype, 'ship', OnPaid())
  const app = await createApp(t, [IamportModule.forRoot(optionsOf(sandbox))], { controllers: [Orders] })
  await app.init()
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  t.match((await complete(app, imp_uid)).json(), { status: 'paid' })
})
