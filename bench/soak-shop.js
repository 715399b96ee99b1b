import Fastify from 'fastify'
import iamport, { sqliteLedger } from 'fastify-iamport'

/** @typedef {import('fastify-iamport/sandbox').SandboxPayment} SandboxPayment */
/** @typedef {{ amount: number, paid: number, cancelled: number, cancellations: number, refunds: number }} Order */

/**
 * Orders that count what their hooks did, and the truth they are held against.
 *
 * @param {import('libsql').Database} db
 */
export function createShop (db) {
  db.exec('create table orders (id text primary key, amount integer, paid integer default 0, cancelled integer default 0, cancellations integer default 0, refunds integer default 0)')
  const insert = db.prepare('insert into orders (id, amount) values (?, ?)')
  const select = db.prepare('select * from orders where id = ?')
  const pay = db.prepare('update orders set paid = paid + 1 where id = ?')
  const cancel = db.prepare('update orders set cancelled = cancelled + ?, cancellations = cancellations + 1 where id = ?')
  const refund = db.prepare('update orders set refunds = refunds + 1 where id = ?')
  /** How often each hook ran for each event. @type {Record<string, Map<string, number>>} */
  const runs = { onPaid: new Map(), onVbank: new Map(), onFail: new Map(), onCancel: new Map() }

  /** @param {string} hook @param {string} event */
  const count = (hook, event) => { runs[hook]?.set(event, (runs[hook]?.get(event) ?? 0) + 1) }
  /** @param {string} id @returns {Order | undefined} */
  const get = (id) => /** @type {Order | undefined} */ (select.get(id))

  return {
    /** @param {string} id @param {number} amount */
    order: (id, amount) => { insert.run(id, amount) },

    /** @param {string} baseUrl @param {number} port */
    async open (baseUrl, port) {
      const ledger = sqliteLedger(db)
      await ledger.migrate()
      // Whoever is connected is cut off, as by a restart in earnest; the work that has begun is not.
      const app = Fastify({ forceCloseConnections: true })
      await app.register(iamport, {
        impKey: 'imp_key',
        impSecret: 'imp_secret',
        baseUrl,
        ledger,
        getExpectedAmount: ({ merchant_uid: id }) => get(id)?.amount ?? null,
        onPaid: ({ imp_uid: impUid, merchant_uid: id }) => {
          pay.run(id)
          count('onPaid', impUid)
        },
        onVbank: ({ imp_uid: impUid }) => count('onVbank', impUid),
        onFail: ({ reason, refunded, payment }) => {
          if (refunded) refund.run(payment.merchant_uid)
          count('onFail', `${payment.imp_uid} ${reason} ${refunded}`)
        },
        onCancel: ({ imp_uid: impUid, merchant_uid: id }, { cancellation }) => {
          cancel.run(cancellation.amount, id)
          count('onCancel', `${impUid} ${cancellation.cancellation_id}`)
        },
      })
      await app.listen({ port, host: '127.0.0.1' })
      return app
    },

    /** Every order against what the provider says. @param {SandboxPayment[]} payments */
    check (payments) {
      /** @type {string[]} */
      const missing = []
      /** @type {string[]} */
      const wrong = []
      for (const payment of payments) {
        const { imp_uid: impUid, merchant_uid: id, status, amount, paid_at: paidAt, sandbox, cancel_amount: cancelled, cancel_history: history } = payment
        const order = get(id)
        if (!order) continue
        const isOurs = paidAt > 0 && !sandbox && amount === order.amount
        const isTampered = paidAt > 0 && !sandbox && amount !== order.amount
        const expected = { paid: isOurs ? 1 : 0, cancelled: isOurs ? cancelled : 0, cancellations: isOurs ? history.length : 0, refunds: isTampered ? 1 : 0 }
        // Cancelled in full before any news of it arrived: there was nothing to deliver.
        if (isOurs && cancelled === amount && order.paid === 0) expected.paid = 0
        for (const [name, value] of Object.entries(expected)) {
          const actual = Number(Reflect.get(order, name))
          const line = `${impUid} (${status}, ${amount} of ${order.amount}): ${name} is ${actual}, not ${value}`
          if (actual < value) missing.push(line)
          if (actual > value) wrong.push(line)
        }
        const isWaiting = status === 'ready' && payment.vbank_num !== null && !sandbox
        if (isWaiting && !runs.onVbank?.has(impUid)) missing.push(`${impUid}: its account was not told of`)
        if (isTampered && cancelled !== amount) missing.push(`${impUid}: not given back`)
      }
      const hooks = Object.fromEntries(Object.entries(runs).map(([hook, events]) => [hook, {
        events: events.size,
        runs: [...events.values()].reduce((sum, times) => sum + times, 0),
        repeated: [...events.values()].filter((times) => times > 1).length,
      }]))
      return { missing, wrong, hooks }
    },
  }
}
