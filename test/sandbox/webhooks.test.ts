import { test, type Test } from 'tap'
import type { SandboxOptions } from '../../lib/sandbox/index.js'
import { openSandbox } from './support/client.js'
import { openMerchant } from './support/merchant.js'

async function open (t: Test, options: SandboxOptions = {}) {
  const merchant = await openMerchant(t)
  const client = await openSandbox(t, { webhookUrl: `${merchant.url}/hook`, ...options })
  const statuses = () => merchant.bodies().map((one) => one.status)
  return { merchant, ...client, statuses }
}

test('a payment, an issued account, a deposit and a cancellation send webhooks; a failure does not', async (t) => {
  const { merchant, sandbox } = await open(t)
  const account = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000, pay_method: 'vbank' })
  await sandbox.webhooksSent()
  sandbox.deposit(account.imp_uid)
  await sandbox.webhooksSent()
  const { cancel_history: [cancellation] } = sandbox.cancel(account.imp_uid, { amount: 300 })
  await sandbox.pay({ merchant_uid: 'order_2', amount: 1000, decline: '잔액부족' })
  await sandbox.pay({ merchant_uid: 'order_3', amount: 1000, leave: true })
  await sandbox.webhooksSent()
  const common = { imp_uid: account.imp_uid, merchant_uid: 'order_1' }
  t.strictSame(merchant.bodies(), [
    { ...common, status: 'ready' },
    { ...common, status: 'paid' },
    { ...common, status: 'cancelled', cancellation_id: cancellation?.cancellation_id },
  ])
  t.match(
    sandbox.payments.inspect(account.imp_uid).history.map((line) => line.event),
    ['opened', 'vbank_issued', 'webhook', 'deposited', 'webhook', 'cancelled', 'webhook']
  )
})

test('a cancellation by the API is announced with enable_webhook alone', async (t) => {
  const { merchant, sandbox, call } = await open(t)
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  await call('POST', '/payments/cancel', { imp_uid, amount: 100 })
  await call('POST', '/payments/cancel', { imp_uid, amount: 100, enable_webhook: true })
  await sandbox.webhooksSent()
  t.strictSame(merchant.bodies().map((one) => one.status), ['paid', 'cancelled'])
})

test('a payment is announced to its own notice_url, to each of several, and as a form where that is set', async (t) => {
  const { merchant, sandbox } = await open(t, { webhookFormat: 'form' })
  const { imp_uid } = await sandbox.pay({
    merchant_uid: 'order_1',
    amount: 1000,
    notice_url: [`${merchant.url}/a`, `${merchant.url}/b`],
  })
  await sandbox.webhooksSent()
  t.strictSame(merchant.received.map((one) => one.path).sort(), ['/a', '/b'])
  t.match(merchant.received.at(0), {
    type: 'application/x-www-form-urlencoded',
    body: `imp_uid=${imp_uid}&merchant_uid=order_1&status=paid`,
  })
})

test('without a policy a webhook is sent once, whatever is answered', async (t) => {
  const { merchant, sandbox } = await open(t)
  merchant.answers = [500]
  await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  await sandbox.webhooksSent()
  t.equal(merchant.received.length, 1)
})

test('a webhook is sent again after a 5xx and a lost connection, until 200, and at most as often as set', async (t) => {
  const { merchant, sandbox } = await open(t, { webhookResend: { times: 5, everyMs: 0 } })
  merchant.answers = [500, 0, 503]
  await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  await sandbox.webhooksSent()
  t.equal(merchant.received.length, 4)
  merchant.answers = [400]
  await sandbox.pay({ merchant_uid: 'order_2', amount: 1000 })
  await sandbox.webhooksSent()
  t.equal(merchant.received.length, 5, 'never after a 4xx')
  merchant.answers = Array.from({ length: 10 }, () => 500)
  await sandbox.pay({ merchant_uid: 'order_3', amount: 1000 })
  await sandbox.webhooksSent()
  t.equal(merchant.received.length, 11, 'once and 5 times again')
})

test('webhooks are lost, doubled, late and out of order on demand', async (t) => {
  const { merchant, sandbox, statuses } = await open(t)
  sandbox.fault({ name: 'lost_webhook', times: 1 })
  const lost = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  await sandbox.webhooksSent()
  t.equal(merchant.received.length, 0)
  sandbox.resendWebhook(lost.imp_uid)
  await sandbox.webhooksSent()
  t.equal(merchant.received.length, 1, 'sent by hand')

  sandbox.fault({ name: 'duplicate_webhook', times: 1 })
  await sandbox.pay({ merchant_uid: 'order_2', amount: 1000 })
  await sandbox.webhooksSent()
  t.equal(merchant.received.length, 3)

  merchant.received.length = 0
  sandbox.fault({ name: 'reordered_webhook', times: 1 })
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_3', amount: 1000, pay_method: 'vbank' })
  sandbox.deposit(imp_uid)
  await sandbox.webhooksSent()
  t.strictSame(statuses(), ['paid', 'ready'])

  sandbox.fault({ name: 'late_webhook', ms: 1 })
  await sandbox.pay({ merchant_uid: 'order_4', amount: 1000 })
  t.equal(merchant.received.length, 2, 'not yet')
  await sandbox.webhooksSent()
  t.equal(merchant.received.length, 3)
})

test('before an approval confirm_url is asked, and only 200 approves', async (t) => {
  const { merchant, sandbox } = await open(t)
  const confirm_url = `${merchant.url}/confirm`
  const agreed = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000, confirm_url })
  t.equal(agreed.status, 'paid')
  t.strictSame(merchant.bodies('/confirm'), [{ imp_uid: agreed.imp_uid, merchant_uid: 'order_1', amount: 1000 }])

  await sandbox.webhooksSent()
  merchant.answers = [409]
  merchant.body = '{"reason":"품절"}'
  t.match(await sandbox.pay({ merchant_uid: 'order_2', amount: 1000, confirm_url }), {
    status: 'failed',
    fail_reason: '품절',
    paid_at: 0,
  })
  merchant.answers = [0]
  t.match(await sandbox.pay({ merchant_uid: 'order_3', amount: 1000, confirm_url }), {
    status: 'failed',
    fail_reason: /confirm_process/,
  })
})

test('a payment is approved late, after ready and even after failed', async (t) => {
  const { sandbox, merchant, statuses } = await open(t)
  for (const [status, order] of [['ready', 'order_1'], ['failed', 'order_2']] as const) {
    sandbox.fault({ name: 'late_approval', status, times: 1 })
    const { imp_uid, ...left } = await sandbox.pay({ merchant_uid: order, amount: 1000 })
    t.match(left, { status, paid_at: 0 })
    await sandbox.webhooksSent()
    t.equal(merchant.received.length, 0)
    t.match(sandbox.approve(imp_uid), { status: 'paid', fail_reason: null, failed_at: 0 })
    await sandbox.webhooksSent()
    t.strictSame(statuses(), ['paid'])
    merchant.received.length = 0
    t.throws(() => sandbox.approve(imp_uid), { code: 'SANDBOX_REFUSED' })
  }
  sandbox.fault({ name: 'late_approval', ms: 0, times: 1 })
  const { imp_uid, status } = await sandbox.pay({ merchant_uid: 'order_3', amount: 1000 })
  t.equal(status, 'ready')
  await merchant.arrived()
  t.match(sandbox.payments.get(imp_uid), { status: 'paid' }, 'by itself, after its time')
})
