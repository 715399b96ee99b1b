import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import iamport, { postgresLedger } from 'fastify-iamport'
import portone from 'fastify-iamport/portone'
import pg from 'pg'

/** Attempts of V2 have a row in `attempts`; with V1, the `merchant_uid` is the order. */
const ORDER = 'coalesce((select order_id from attempts where payment_id = $1), $1)'

/** @typedef {{ impKey: string, impSecret: string, baseUrl?: string }} V1 */
/** @typedef {{ apiSecret: string, storeId: string, webhookSecret: string, baseUrl?: string }} V2 */

/** @param {{ databaseUrl: string, v1: V1, v2: V2, logger?: boolean }} config */
export async function build ({ databaseUrl, v1, v2, logger = true }) {
  const app = Fastify({ logger })
  const pool = new pg.Pool({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 })
  pool.on('error', (error) => app.log.error(error))
  pool.on('connect', (client) => client.on('error', () => {}))
  app.addHook('onClose', () => pool.end())
  const ledger = postgresLedger(pool)
  await ledger.migrate()

  /** @type {import('fastify-iamport').Hooks<pg.PoolClient>} */
  const hooks = {
    getExpectedAmount: async ({ merchant_uid }, { tx }) =>
      (await (tx ?? pool).query(`select amount from orders where id = ${ORDER}`, [merchant_uid])).rows[0]?.amount,
    onPaid: async ({ imp_uid, merchant_uid, amount, currency, ...payment }, { tx, log }) => {
      const pay = `update orders set state = 'paid', paid_by = $2 where id = ${ORDER} and state = 'waiting'`
      if ((await tx.query(pay, [merchant_uid, imp_uid])).rowCount === 1) return // fulfil it here, through tx
      const api = 'portone' in payment ? 'v2' : 'v1'
      // An order that is paid, without `paid_by`: by V1, before the move. A payment of V1 is then that one.
      const named = await tx.query(`
        insert into refunds_due (imp_uid, merchant_uid, api, amount, currency)
        select $2, $1, $3, $4::numeric, $5 from orders where id = ${ORDER}
          and (paid_by <> $2 or (paid_by is null and ($3 = 'v2' or state = 'cancelled')))
        on conflict do nothing`, [merchant_uid, imp_uid, api, amount, currency])
      if (named.rowCount === 1) log.error({ imp_uid, merchant_uid, api }, 'paid twice: refund this payment')
    },
    onCancel: async ({ imp_uid, merchant_uid, amount, cancel_amount }, { tx }) => {
      if (cancel_amount < amount) return // in part; with promotions of V2, go by the payment's `portone.status`
      // The second payment of an order that was paid twice matches no order.
      const cancel = `update orders set state = 'cancelled'
        where paid_by = $1 or (paid_by is null and state = 'paid' and id = $2)`
      await tx.query(cancel, [imp_uid, merchant_uid])
    },
  }
  await app.register(iamport, { ...v1, ledger, ...hooks }) // /payments/complete, /payments/webhook, ...
  await app.register(portone, { ...v2, ledger, ...hooks, prefix: '/v2' }) // /v2/payments/complete, ...

  // Where V2's page asks for the `paymentId` of its next attempt.
  app.post('/orders/:id/attempts', async (request, reply) => {
    const { id } = /** @type {{ id: string }} */ (request.params)
    const paymentId = randomUUID().replaceAll('-', '')
    const add = "insert into attempts select $1, id from orders where id = $2 and state = 'waiting'"
    return (await pool.query(add, [paymentId, id])).rowCount === 1 ? { paymentId } : reply.callNotFound()
  })
  return app
}
