import Fastify from 'fastify'
import iamport, { sqliteLedger } from 'fastify-iamport'
import portone from 'fastify-iamport/portone'
import { problemOfDelivery, problemOfRefund } from './moment.js'

/**
 * @typedef {import('fastify-iamport/sandbox').Sandbox} Sandbox
 * @typedef {import('fastify-iamport').Hooks<undefined>} Hooks
 * @typedef {object} Parts
 * @property {import('libsql').Database} db
 * @property {Sandbox} sandbox
 * @property {import('./orders.js').Orders} orders
 * @property {import('./events.js').Events} events
 */

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
      const problem = problemOfDelivery(sandbox, payment)
      if (problem !== undefined) events.add(id, problem)
    },
    onVbank: ({ imp_uid: id }) => events.add(id, 'issued'),
    onFail ({ reason, refunded, refund_pending: isPending, payment }) {
      const { imp_uid: id, status, vbank_num: account } = payment
      const isAccount = status === 'ready' && Boolean(account)
      const isCharged = status !== 'ready' && status !== 'failed'
      const problem = refunded && (isCharged || isAccount) ? problemOfRefund(sandbox, payment) : undefined
      if (problem !== undefined) events.add(id, problem)
      const done = isCharged || isAccount ? 'refunded' : 'not_approved'
      const wasAccepted = events.of(id).includes(`refund_pending:${reason}`)
      const refund = refunded ? done : isPending ? 'refund_pending' : wasAccepted ? 'refund_failed' : 'failed'
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
      const keys = { impKey: 'imp_key', impSecret: 'imp_secret' }
      await app.register(iamport, { ...keys, baseUrl: sandbox.url, ledger, ...hooks })
      const { baseUrl, apiSecret, storeId, webhookSecret } = sandbox.portone
      await app.register(portone, { baseUrl, apiSecret, storeId, webhookSecret, ledger, ...hooks, prefix: '/v2' })
      await app.listen({ port, host: '127.0.0.1' })
      return app
    },
  }
}
