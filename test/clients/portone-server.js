import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

/** Installed in this folder alone: the types of the whole project do not know it. */
const load = createRequire(import.meta.url)
const { PaymentClient, Webhook } = load('@portone/server-sdk')
const { CancelPaymentError, ConfirmPaymentError, GetPaymentError, PreRegisterPaymentError } = load('@portone/server-sdk/payment')

/** @typedef {import('../../lib/sandbox/index.js').Sandbox} Sandbox */

let serial = 0
const nextId = () => `clients-${process.pid}-${++serial}`

/** The provider's own SDK, with nothing changed but its `baseUrl`. @param {Sandbox} sandbox @param {string} [secret] */
const clientOf = ({ portone }, secret = portone.apiSecret) =>
  PaymentClient({ secret, baseUrl: portone.baseUrl, storeId: portone.storeId })

/** Rejects with that error of the SDK and that type. @param {Promise<unknown>} work @param {Function} kind @param {string} type */
async function refused (work, kind, type) {
  const error = await work.then(() => undefined, (/** @type {unknown} */ reason) => reason)
  assert.ok(error instanceof kind, type)
  assert.equal(Object(error).data.type, type)
}

/** What `@portone/server-sdk` must be able to do, by name. @type {Record<string, (sandbox: Sandbox) => Promise<void>>} */
export const SERVER_CHECKS = {
  async lookup (sandbox) {
    const client = clientOf(sandbox)
    const paymentId = nextId()
    const { txId } = await sandbox.payV2({ paymentId, totalAmount: 1004, currency: 'USD' })
    const payment = await client.getPayment({ paymentId })
    assert.equal(payment.status, 'PAID')
    const { id, transactionId, amount, currency, channel, method } = payment
    assert.deepEqual([id, transactionId, amount.total, currency], [paymentId, txId, 1004, 'USD'])
    assert.equal(channel.type, 'LIVE')
    assert.equal(method?.type, 'PaymentMethodCard')
    await refused(client.getPayment({ paymentId: 'nobody' }), GetPaymentError, 'PAYMENT_NOT_FOUND')
    await refused(client.getPayment({ paymentId, storeId: 'store-x' }), GetPaymentError, 'PAYMENT_NOT_FOUND')
    await refused(clientOf(sandbox, 'wrong').getPayment({ paymentId }), GetPaymentError, 'UNAUTHORIZED')
  },
  async list (sandbox) {
    const client = clientOf(sandbox)
    const paymentId = nextId()
    await sandbox.payV2({ paymentId, totalAmount: 1004, payMethod: 'VIRTUAL_ACCOUNT' })
    const { items, page } = await client.getPayments({
      page: { number: 0, size: 100 },
      filter: { version: 'V2', status: ['VIRTUAL_ACCOUNT_ISSUED'], timestampType: 'STATUS_CHANGED_AT', sortOrder: 'ASC' },
    })
    assert.ok(items.some((/** @type {{ id: string }} */ one) => one.id === paymentId))
    assert.ok(items.every((/** @type {{ status: string }} */ one) => one.status === 'VIRTUAL_ACCOUNT_ISSUED'))
    assert.equal(page.totalCount, items.length)
  },
  async 'cancel in part and whole' (sandbox) {
    const client = clientOf(sandbox)
    const paymentId = nextId()
    await sandbox.payV2({ paymentId, totalAmount: 1004 })
    const { cancellation } = await client.cancelPayment({ paymentId, reason: 'part', amount: 4 })
    assert.equal(cancellation.status, 'SUCCEEDED')
    const wrong = client.cancelPayment({ paymentId, reason: 'rest', currentCancellableAmount: 1004 })
    await refused(wrong, CancelPaymentError, 'CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN')
    await client.cancelPayment({ paymentId, reason: 'rest', currentCancellableAmount: 1000 })
    assert.equal((await client.getPayment({ paymentId })).status, 'CANCELLED')
    await refused(client.cancelPayment({ paymentId, reason: 'x' }), CancelPaymentError, 'PAYMENT_ALREADY_CANCELLED')
  },
  async 'manual approval' (sandbox) {
    const client = clientOf(sandbox)
    const paymentId = nextId()
    const { paymentToken = '', txId } = await sandbox.payV2({ paymentId, totalAmount: 1004, channelKey: 'channel-key-manual' })
    const altered = client.confirmPayment({ paymentId, paymentToken, totalAmount: 14000, currency: 'KRW' })
    await refused(altered, ConfirmPaymentError, 'INFORMATION_MISMATCH')
    const summary = await client.confirmPayment({ paymentId, paymentToken, txId, totalAmount: 1004, currency: 'KRW', isTest: false })
    assert.ok(summary.pgTxId && Date.parse(summary.paidAt) > 0)
    assert.equal((await client.getPayment({ paymentId })).status, 'PAID')
  },
  async 'pre-register' (sandbox) {
    const client = clientOf(sandbox)
    const paymentId = nextId()
    await client.preRegisterPayment({ paymentId, totalAmount: 1004, currency: 'KRW' })
    await assert.rejects(sandbox.payV2({ paymentId, totalAmount: 1 }), { code: 'SANDBOX_REFUSED' })
    await sandbox.payV2({ paymentId, totalAmount: 1004 })
    await refused(client.preRegisterPayment({ paymentId, totalAmount: 1004 }), PreRegisterPaymentError, 'ALREADY_PAID')
  },
  async 'close a virtual account' (sandbox) {
    const client = clientOf(sandbox)
    const paymentId = nextId()
    await sandbox.payV2({ paymentId, totalAmount: 1004, payMethod: 'VIRTUAL_ACCOUNT' })
    assert.ok((await client.closeVirtualAccount({ paymentId })).closedAt)
  },
  async 'billing key and schedule' (sandbox) {
    const client = clientOf(sandbox)
    const order = { billingKey: 'billing-key-1', orderName: 'an order', amount: { total: 1004 } }
    assert.ok((await client.payWithBillingKey({ paymentId: nextId(), ...order, currency: 'KRW' })).payment.pgTxId)
    const { schedule } = await client.paymentSchedule.createPaymentSchedule({
      paymentId: nextId(), payment: { ...order, currency: 'KRW' }, timeToPay: new Date(Date.now() + 3_600_000).toISOString(),
    })
    const revoked = await client.paymentSchedule.revokePaymentSchedules({ scheduleIds: [schedule.id] })
    assert.deepEqual(revoked.revokedScheduleIds, [schedule.id])
  },
  async 'Webhook.verify' (sandbox) {
    /** @type {{ text: string, headers: Record<string, string> }[]} */
    const received = []
    const server = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      received.push({ text, headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])) })
      response.end('ok')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(address && typeof address === 'object')
    try {
      const noticeUrls = [`http://127.0.0.1:${address.port}/`]
      const { txId } = await sandbox.payV2({ paymentId: nextId(), totalAmount: 1004, noticeUrls })
      await sandbox.webhooksSent()
      const { webhookSecret } = sandbox.portone
      const read = await Promise.all(received.map(({ text, headers }) => Webhook.verify(webhookSecret, text, headers)))
      assert.deepEqual(read.map(({ type }) => type).sort(), ['Transaction.Paid', 'Transaction.Ready'])
      assert.ok(read.every(({ data }) => data.transactionId === txId))
      const [{ text, headers } = { text: '', headers: {} }] = received
      await assert.rejects(Webhook.verify(webhookSecret, `${text} `, headers), Webhook.WebhookVerificationError)
    } finally {
      server.close()
    }
  },
}
