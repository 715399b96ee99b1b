import Fastify from 'fastify'
import { test, type Test } from 'tap'
import iamport, { type IamportOptions } from '../../lib/index.js'
import { createSandbox, injectDispatcher, type SandboxOptions } from '../../lib/sandbox/index.js'

/** A shop with the plugin and the sandbox, in one process and without a socket; every order costs 14000 won. */
async function openShop (t: Test, options: Partial<IamportOptions> = {}, sandboxOptions: SandboxOptions = {}) {
  const app = Fastify()
  const ran: string[] = []
  const sandbox = createSandbox({
    dispatcher: injectDispatcher(app),
    webhookUrl: 'http://shop.test/payments/webhook',
    ...sandboxOptions,
  })
  t.teardown(async () => {
    await app.close()
    await sandbox.close()
  })
  await app.register(iamport, {
    impKey: 'imp_key',
    impSecret: 'imp_secret',
    dispatcher: sandbox.dispatcher,
    getExpectedAmount: () => 14000,
    onPaid: (payment) => { ran.push(`paid ${payment.merchant_uid}`) },
    onVbank: (payment) => { ran.push(`vbank ${payment.merchant_uid}`) },
    onFail: (failure) => { ran.push(`${failure.reason} ${failure.refunded}`) },
    onCancel: (_, context) => { ran.push(`cancel ${context.cancellation?.amount}`) },
    ...options,
  })
  const complete = async (impUid: string) => {
    const answer = await app.inject({ method: 'POST', url: '/payments/complete', payload: { imp_uid: impUid } })
    return { statusCode: answer.statusCode, ...answer.json() }
  }
  return { app, sandbox, ran, complete }
}

const ORDER = { merchant_uid: 'order_1', amount: 14000 }

test('the webhook of a payment completes it, and the browser afterwards finds it completed', async (t) => {
  const { sandbox, ran, complete } = await openShop(t)
  const { imp_uid } = await sandbox.pay(ORDER)
  await sandbox.webhooksSent()
  t.strictSame(ran, ['paid order_1'])
  t.match(await complete(imp_uid), { status: 'paid', replayed: true })
  t.strictSame(ran, ['paid order_1'])
})

test('payments that are looked up together, one of a test channel, are each decided by themselves', async (t) => {
  const { sandbox, complete } = await openShop(t)
  const ids: string[] = []
  for (const index of [1, 2, 3]) {
    ids.push((await sandbox.pay({ merchant_uid: `order_${index}`, amount: 14000, sandbox: index === 2 })).imp_uid)
  }
  await sandbox.webhooksSent()
  sandbox.fault({ name: 'disconnect', on: 'lookup', times: 1 })
  const answers = await Promise.all([...ids, 'imp_unknown'].map(complete))
  t.match(answers, [
    { status: 'paid', replayed: true },
    { status: 'failed', reason: 'test_payment' },
    { status: 'paid', replayed: true },
    { code: 'IAMPORT_PAYMENT_NOT_FOUND' },
  ])
})

test('an account is issued, its deposit and a cancellation in the console arrive by webhook', async (t) => {
  const { sandbox, ran, complete } = await openShop(t)
  const { imp_uid } = await sandbox.pay({ ...ORDER, pay_method: 'vbank' })
  t.match(await complete(imp_uid), { status: 'vbank_issued', vbank: { num: String } })
  await sandbox.webhooksSent()
  sandbox.deposit(imp_uid)
  await sandbox.webhooksSent()
  sandbox.cancel(imp_uid, { amount: 4000 })
  await sandbox.webhooksSent()
  t.strictSame(ran, ['vbank order_1', 'paid order_1', 'cancel 4000'])
})

test('a tampered amount is cancelled, and a payment of a test channel does not count', async (t) => {
  const { sandbox, ran, complete } = await openShop(t)
  sandbox.fault({ name: 'lost_webhook' })
  const tampered = await sandbox.pay({ ...ORDER, amount: 100 })
  t.match(await complete(tampered.imp_uid), { status: 'failed', reason: 'amount_mismatch', refunded: true })
  t.match(sandbox.payments.get(tampered.imp_uid), { status: 'cancelled', cancel_amount: 100 })
  const forged = await sandbox.pay({ ...ORDER, merchant_uid: 'order_2', sandbox: true })
  t.match(await complete(forged.imp_uid), { status: 'failed', reason: 'test_payment' })
  t.strictSame(ran, ['amount_mismatch true', 'test_payment false'])
})

test('a payment whose approval is pending is not paid, and is completed by its webhook later', async (t) => {
  const { sandbox, ran, complete } = await openShop(t)
  sandbox.fault({ name: 'late_approval', status: 'failed', times: 1 })
  const { imp_uid } = await sandbox.pay(ORDER)
  t.match(await complete(imp_uid), { status: 'failed', reason: 'payment_failed' })
  sandbox.approve(imp_uid)
  await sandbox.webhooksSent()
  t.strictSame(ran, ['payment_failed false', 'paid order_1'])
})

test('a revoked token, an error and a lost connection are got over in the same request', async (t) => {
  const { sandbox, complete } = await openShop(t)
  sandbox.fault({ name: 'lost_webhook' })
  for (const [index, fault] of (
    [{ name: 'revoked_token' }, { name: 'error', status: 503 }, { name: 'disconnect' }] as const
  ).entries()) {
    const { imp_uid } = await sandbox.pay({ ...ORDER, merchant_uid: `order_${index}` })
    sandbox.fault({ ...fault, times: 1 })
    t.match(await complete(imp_uid), { statusCode: 200, status: 'paid' }, fault.name)
  }
  const { imp_uid } = await sandbox.pay({ ...ORDER, merchant_uid: 'order_9' })
  sandbox.fault({ name: 'rate_limit', retryAfterSec: 3600, on: 'lookup' })
  t.match(await complete(imp_uid), { statusCode: 503 })
})

test('the typed client walks every list and prepares amounts', async (t) => {
  const { app, sandbox } = await openShop(t, {}, { webhookUrl: undefined })
  for (let count = 0; count < 25; count++) await sandbox.pay({ ...ORDER, merchant_uid: `order_${count}` })
  const seen = new Set<string>()
  for await (const payment of app.iamport.listPayments({
    from: new Date(Date.now() - 60_000),
    to: new Date(Date.now() + 60_000),
    limit: 10,
  })) { seen.add(payment.imp_uid) }
  t.equal(seen.size, 25)
  t.match(await app.iamport.preparePayment({ merchant_uid: 'next', amount: 14000 }), {
    merchant_uid: 'next',
    amount: 14000,
  })
  await t.rejects(sandbox.pay({ merchant_uid: 'next', amount: 100 }), { code: 'SANDBOX_REFUSED' })
  await t.rejects(app.iamport.getPayment('imp_0'), { code: 'IAMPORT_PAYMENT_NOT_FOUND' })
})
