import Fastify from 'fastify'
import iamport, { sqliteLedger } from 'fastify-iamport'
import portone from 'fastify-iamport/portone'

/**
 * Milliseconds for which a payment may have been cancelled in full when `onPaid` runs: a lookup is evidence for 500 ms,
 * V1 tells seconds only, and a busy machine is late.
 */
const LATE_MS = 2500

/**
 * @typedef {import('fastify-iamport/sandbox').Sandbox} Sandbox
 * @typedef {import('fastify-iamport').Hooks<undefined>} Hooks
 * @typedef {{ db: import('libsql').Database, sandbox: Sandbox, orders: import('./orders.js').Orders, events: import('./events.js').Events }} Parts
 */

/** Since when the provider has known that nothing will be left of a payment. @param {Sandbox} sandbox @param {import('fastify-iamport').Payment} payment */
function cancelledAtMs (sandbox, payment) {
  if (!('portone' in payment)) {
    const now = sandbox.payments.get(payment.imp_uid)
    return now?.status === 'cancelled' && now.cancel_amount === now.amount ? (now.cancelled_at + 1) * 1000 : Infinity
  }
  const now = sandbox.v2.payments.get(payment.merchant_uid)
  const begun = (now && 'cancellations' in now ? now.cancellations ?? [] : []).filter(({ status }) => status !== 'FAILED')
  if (!now || begun.reduce((sum, { totalAmount }) => sum + totalAmount, 0) < now.amount.total) return Infinity
  return Math.max(...begun.map(({ requestedAt }) => Date.parse(requestedAt)))
}

/** Both plugins in one app, on one ledger, with the same hooks. @param {Parts} parts */
export function createShop ({ db, sandbox, orders, events }) {
  /** @type {Required<Omit<Hooks, 'onConfirm'>>} */
  const hooks = {
    getExpectedAmount ({ merchant_uid: id }) {
      const order = orders.get(id)
      return order && { amount: order.amount, currency: order.currency }
    },
    onPaid (payment) {
      const { imp_uid: id, merchant_uid: merchantUid, amount } = payment
      orders.pay(id, merchantUid, 'portone' in payment ? 'v2' : 'v1', amount)
      events.add(id, 'paid')
      if (Date.now() - cancelledAtMs(sandbox, payment) > LATE_MS) events.add(id, 'paid after it was cancelled')
    },
    onVbank: ({ imp_uid: id }) => events.add(id, 'issued'),
    onFail ({ reason, refunded, refund_pending: isPending, payment }) {
      const { imp_uid: id, status, vbank_num: account } = payment
      const isAccount = status === 'ready' && Boolean(account)
      const isCharged = status !== 'ready' && status !== 'failed'
      const refund = refunded ? (isCharged || isAccount ? 'refunded' : 'not_approved') : isPending ? 'refund_pending' : 'failed'
      events.add(id, `${refund}:${reason}${refund === 'failed' && isAccount ? ':issued' : ''}`)
    },
    onCancel ({ imp_uid: id, amount, cancel_amount: cancelled }, { cancellation }) {
      orders.cancel(id, cancellation.amount, cancelled === amount)
      events.add(id, `cancelled:${cancellation.cancellation_id}`)
    },
  }

  return {
    /** @param {number} port */
    async open (port) {
      const ledger = sqliteLedger(db)
      await ledger.migrate()
      // Whoever is connected is cut off, as by a restart in earnest; the work that has begun is not.
      const app = Fastify({ forceCloseConnections: true })
      await app.register(iamport, { impKey: 'imp_key', impSecret: 'imp_secret', baseUrl: sandbox.url, ledger, ...hooks })
      const { baseUrl, apiSecret, storeId, webhookSecret } = sandbox.portone
      await app.register(portone, { baseUrl, apiSecret, storeId, webhookSecret, ledger, ...hooks, prefix: '/v2' })
      await app.listen({ port, host: '127.0.0.1' })
      return app
    },
  }
}
