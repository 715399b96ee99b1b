// A shop on PostgreSQL with `pg`: the order and the record of its payment are one transaction.
import Fastify from 'fastify'
import iamport, { iamportOptions, postgresLedger } from 'fastify-iamport'
import pg from 'pg'
import { run } from './run.js'

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  // Without a limit, an attempt that nobody answers, as during a failover, keeps its place in the pool.
  const pool = new pg.Pool({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 })
  pool.on('error', (error) => app.log.error(error)) // an idle connection was lost: the pool opens another
  // One in use was lost: its next query rejects. Without a listener, the process ends if no query is under way.
  pool.on('connect', (client) => client.on('error', () => {}))
  app.addHook('onClose', () => pool.end())

  const ledger = postgresLedger(pool)
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    async getExpectedAmount (payment, { tx }) { // without a transaction where a payment is confirmed (onConfirm)
      const { rows } = await (tx ?? pool).query('select amount from orders where id = $1 for update', [payment.merchant_uid])
      return rows[0]?.amount
    },
    async onPaid ({ imp_uid: impUid, merchant_uid: order }, { tx, log }) {
      const pay = "update orders set status = 'paid', imp_uid = $2 where id = $1 and status = 'waiting'"
      if ((await tx.query(pay, [order, impUid])).rowCount === 1) return
      // This runs once for each payment, and an order can have two: by card, and then into the virtual account as well.
      const { rows: [paid] } = await tx.query('select imp_uid from orders where id = $1', [order])
      if (paid.imp_uid !== impUid) log.error({ imp_uid: impUid }, 'another payment has paid this order: refund this one')
    },
  }))
  return app
}

await run(import.meta.url, build)
