import { test, type Test } from 'tap'
import { createSandbox, type SandboxOptions } from '../../../lib/sandbox/index.js'
import { createClock } from '../support/client.js'
import { openMerchant, type Received } from '../support/merchant.js'
import { isSignedWith } from '../support/signature.js'

const ORDER = { paymentId: 'order_1', totalAmount: 14000 }
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

type Portone = NonNullable<SandboxOptions['portone']>

async function open (t: Test, portone: Portone = {}, options: SandboxOptions = {}) {
  const merchant = await openMerchant(t)
  const clock = createClock()
  const sandbox = createSandbox({ clock, ...options, portone: { webhookUrl: `${merchant.url}/hook`, ...portone } })
  t.teardown(() => sandbox.close())
  const types = () => merchant.bodies().map(({ type }) => String(type).replace('Transaction.', ''))
  const isSigned = ({ headers, body }: Received) => isSignedWith(sandbox.portone.webhookSecret, headers, body)
  return { merchant, clock, sandbox, types, isSigned }
}

test('what happens to a payment is announced, each signed', async (t) => {
  const { merchant, sandbox, types, isSigned } = await open(t)
  const { payV2, v2, webhooksSent } = sandbox
  /** Webhooks that are not waited for may overtake each other. */
  const step = async (work: () => unknown) => {
    await work()
    await webhooksSent()
  }
  await step(() => payV2({ ...ORDER, leave: true }))
  const { txId } = await payV2(ORDER)
  await webhooksSent()
  t.same(new Set(types()), new Set(['Ready', 'Paid']))
  merchant.received.length = 0

  await step(() => v2.cancel('order_1', { amount: 4000 }))
  const [cancellation] = v2.payments.get('order_1')?.cancellations ?? []
  t.match(merchant.bodies(), [{
    type: 'Transaction.PartialCancelled',
    timestamp: /^2026-08-01T00:00:00/,
    data: {
      storeId: sandbox.portone.storeId, paymentId: 'order_1', transactionId: txId, cancellationId: cancellation?.id,
    },
  }])
  await step(() => v2.cancel('order_1'))
  await step(() => payV2({ ...ORDER, paymentId: 'b', payMethod: 'VIRTUAL_ACCOUNT', leave: true }))
  await step(() => payV2({ ...ORDER, paymentId: 'c', payMethod: 'VIRTUAL_ACCOUNT' }))
  await step(() => v2.deposit('c'))
  await step(() => payV2({ ...ORDER, paymentId: 'd', decline: '한도초과' }))
  sandbox.fault({ name: 'late_approval', times: 1 })
  await step(() => payV2({ ...ORDER, paymentId: 'e' }))
  await step(() => v2.approve('e'))
  sandbox.fault({ name: 'pending_cancel', times: 1 })
  await step(() => v2.cancel('e'))
  await step(() => v2.endCancellation('e'))
  const told = types().filter((type) => type !== 'Ready')
  t.strictSame(told, [
    'PartialCancelled', 'Cancelled', 'VirtualAccountIssued', 'Paid', 'Failed', 'PayPending', 'Paid', 'CancelPending',
    'Cancelled',
  ])
  t.equal(types().filter((type) => type === 'Ready').length, 4, 'at every opened window')
  t.ok(merchant.received.every(isSigned))
  t.ok(merchant.received.every(({ type }) => type === 'application/json'))
})

test('the version of 2024-01-01 has bodies of its own, as JSON or as a form, and is signed too', async (t) => {
  for (const webhookFormat of ['json', 'form'] as const) {
    const { merchant, sandbox, isSigned } = await open(t, { webhookVersion: '2024-01-01', webhookFormat })
    const { txId } = await sandbox.payV2({ ...ORDER, decline: '한도초과' })
    await sandbox.webhooksSent()
    const read = ({ body }: Received) =>
      webhookFormat === 'json' ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
    const bodies = merchant.received.map(read)
    t.strictSame(bodies.map(({ status }) => status).sort(), ['Failed', 'Ready'])
    for (const { status, ...rest } of bodies) t.strictSame(rest, { payment_id: 'order_1', tx_id: txId }, status)
    t.ok(merchant.received.every(isSigned))
    t.match(merchant.received[0]?.type, webhookFormat)
  }
})

test('noticeUrls take the place of the store\'s URL, and without any there is no webhook', async (t) => {
  const { merchant, sandbox } = await open(t)
  await sandbox.payV2({ ...ORDER, noticeUrls: [`${merchant.url}/a`, `${merchant.url}/b`] })
  await sandbox.webhooksSent()
  t.strictSame(merchant.received.map(({ path }) => path).sort(), ['/a', '/a', '/b', '/b'])
  const silent = createSandbox({ webhookUrl: `${merchant.url}/v1` })
  t.teardown(() => silent.close())
  await silent.payV2(ORDER)
  await silent.webhooksSent()
  t.equal(merchant.received.length, 4, 'V1\'s URL is not V2\'s')
  t.match(silent.v2.payments.inspect('order_1').history, [{}, { event: 'webhook', note: 'no_url' }])
})

test('a cancellation by API is announced unless skipWebhook says otherwise', async (t) => {
  const { sandbox, types, merchant } = await open(t)
  await sandbox.payV2(ORDER)
  await sandbox.webhooksSent()
  merchant.received.length = 0
  const cancel = (body: object) => sandbox.app.inject({
    method: 'POST',
    url: '/portone/payments/order_1/cancel',
    headers: { authorization: 'PortOne portone_secret' },
    payload: { reason: '변심', ...body },
  })
  await cancel({ amount: 1000, skipWebhook: true })
  await sandbox.webhooksSent()
  t.strictSame(types(), [])
  await cancel({})
  await sandbox.webhooksSent()
  t.strictSame(types(), ['Cancelled'])
})

test('a webhook is redelivered after anything but a 2xx, five times, at the documented times at most', async (t) => {
  const { merchant, clock, sandbox, isSigned } = await open(t, {}, { random: () => 1 })
  merchant.answers = [400, 500, 0, 404, 302, 503]
  await sandbox.payV2({ ...ORDER, leave: true })
  await sandbox.webhooksSent()
  t.equal(merchant.received.length, 1)
  for (const [index, minutes] of [1, 4, 16, 64, 256].entries()) {
    clock.advanceSec(minutes * 60 - 1)
    await sandbox.runDue()
    t.equal(merchant.received.length, index + 1, `not before ${minutes} minutes`)
    clock.advanceSec(1)
    await sandbox.runDue()
    t.equal(merchant.received.length, index + 2)
  }
  clock.advanceSec(86_400)
  await sandbox.runDue()
  t.equal(merchant.received.length, 6, 'not once more')
  const [first, last] = [merchant.received[0], merchant.received[5]]
  t.equal(last?.headers['webhook-id'], first?.headers['webhook-id'])
  t.equal(last?.body, first?.body)
  t.equal(Number(last?.headers['webhook-timestamp']) - Number(first?.headers['webhook-timestamp']), 341 * 60)
  t.ok(merchant.received.every(isSigned), 'signed anew each time')
  t.match(sandbox.v2.payments.get('order_1'), {
    webhooks: [{ currentExecutionCount: 6, status: 'FAILED_NOT_OK_RESPONSE', response: { code: '503' } }],
  })
})

test('redelivery is shortened at random, set to other times, and stops at a 2xx', async (t) => {
  const { merchant, clock, sandbox } = await open(t, {}, { random: () => 0.5 })
  merchant.answers = [500]
  await sandbox.payV2({ ...ORDER, leave: true })
  await sandbox.webhooksSent()
  clock.advanceSec(30)
  await sandbox.runDue()
  t.equal(merchant.received.length, 2, 'half a minute instead of one')
  clock.advanceSec(86_400)
  await sandbox.runDue()
  t.equal(merchant.received.length, 2)

  const short = await open(t, {}, { clock: undefined, webhookResend: { everyMs: 1 } })
  short.merchant.answers = [500, 500, 500]
  await short.sandbox.payV2({ ...ORDER, leave: true })
  await short.sandbox.webhooksSent()
  t.equal(short.merchant.received.length, 4, 'and whoever waits for webhooks waits for these')

  const none = await open(t, {}, { webhookResend: { times: 0 } })
  none.merchant.answers = [500]
  await none.sandbox.payV2({ ...ORDER, leave: true })
  none.clock.advanceSec(86_400)
  await none.sandbox.runDue()
  t.equal(none.merchant.received.length, 1)
})

test('during a rotation a webhook is signed with every secret, and with nobody\'s under a fault', async (t) => {
  const { merchant, sandbox, isSigned } = await open(t, { webhookSecret: [OTHER_SECRET, `whsec_${'A'.repeat(43)}=`] })
  await sandbox.payV2({ ...ORDER, leave: true })
  await sandbox.webhooksSent()
  const [first] = merchant.received
  t.equal(String(first?.headers['webhook-signature']).split(' ').length, 2)
  t.ok(first && isSigned(first) && isSignedWith(`whsec_${'A'.repeat(43)}=`, first.headers, first.body))
  sandbox.fault({ name: 'wrong_signature', times: 1 })
  await sandbox.payV2({ ...ORDER, leave: true })
  await sandbox.webhooksSent()
  t.notOk(merchant.received[1] && isSigned(merchant.received[1]))
})

test('a late webhook has the timestamp of when it was sent, a replayed one all of the first', async (t) => {
  const { merchant, clock, sandbox, isSigned } = await open(t)
  sandbox.fault({ name: 'late_webhook', ms: 3_600_000, times: 1 })
  const sent = Math.floor(clock() / 1000)
  await sandbox.payV2({ ...ORDER, leave: true })
  clock.advanceSec(3600)
  await sandbox.runDue()
  t.match(merchant.received, [{ headers: { 'webhook-timestamp': String(sent) } }])
  t.ok(merchant.received.every(isSigned))

  sandbox.fault({ name: 'replayed_webhook', ms: 60_000, times: 1 })
  await sandbox.payV2({ ...ORDER, leave: true })
  await sandbox.webhooksSent()
  clock.advanceSec(60)
  await sandbox.runDue()
  const [, first, replay] = merchant.received
  t.strictSame([replay?.body, replay?.headers], [first?.body, first?.headers])
  t.match(sandbox.v2.payments.inspect('order_1').history.at(-1), { event: 'webhook', note: 'replayed' })
})

test('a webhook is sent again by API, with its id, a limited number of times', async (t) => {
  const { merchant, sandbox } = await open(t)
  await sandbox.payV2({ ...ORDER, leave: true })
  await sandbox.webhooksSent()
  const resend = async (webhookId?: string) => (await sandbox.app.inject({
    method: 'POST',
    url: '/portone/payments/order_1/resend-webhook',
    headers: { authorization: 'PortOne portone_secret' },
    payload: { webhookId },
  })).json()
  t.match(await resend(), { webhook: { trigger: 'MANUAL', status: 'SUCCEEDED', currentExecutionCount: 2 } })
  t.equal(merchant.received[1]?.headers['webhook-id'], merchant.received[0]?.headers['webhook-id'])
  for (let count = 0; count < 9; count++) await resend()
  t.match(await resend(), { type: 'MAX_WEBHOOK_RETRY_COUNT_REACHED' })
  sandbox.v2.resendWebhook('order_1', { copies: 2 })
  await sandbox.webhooksSent()
  t.equal(merchant.received.length, 13, 'the console has no limit')
})

test('before an approval confirmUrl is asked, signed, and only 200 approves', async (t) => {
  const { merchant, sandbox, isSigned } = await open(t)
  const confirmUrl = `${merchant.url}/confirm`
  const { txId } = await sandbox.payV2({ ...ORDER, confirmUrl })
  await sandbox.webhooksSent()
  t.match(merchant.bodies('/confirm'), [{
    type: 'Transaction.Confirm', data: { paymentId: 'order_1', transactionId: txId, totalAmount: 14000 },
  }])
  t.ok(merchant.received.filter(({ path }) => path === '/confirm').every(isSigned))
  const before = merchant.answers
  merchant.body = '{"errorMessage":"품절"}'
  // The window's own webhook comes first, or second.
  before.push(409, 409)
  const refused = await sandbox.payV2({ ...ORDER, paymentId: 'order_2', confirmUrl })
  t.match(refused, { code: 'ConfirmProcessFailed', message: '품절', payment: { status: 'FAILED', paidAt: undefined } })

  const old = await open(t, { webhookVersion: '2024-01-01' })
  await old.sandbox.payV2({ ...ORDER, confirmUrl: `${old.merchant.url}/confirm` })
  t.match(old.merchant.bodies('/confirm'), [{ payment_id: 'order_1', tx_id: String, total_amount: 14000 }])
})
