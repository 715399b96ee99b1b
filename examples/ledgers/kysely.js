// A shop on PostgreSQL with Kysely: the order and the record of its payment are one transaction.
import Fastify from 'fastify'
import iamport, { iamportOptions, kyselyLedger } from 'fastify-iamport'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { run } from './run.js'

/** @typedef {{ orders: { id: string, amount: number, status: string, imp_uid: string | null } }} Database */

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  // Without a limit, an attempt that nobody answers, as during a failover, keeps its place in the pool.
  const pool = new pg.Pool({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 })
  pool.on('error', (error) => app.log.error(error)) // an idle connection was lost: the pool opens another
  // One in use was lost: its next query rejects. Without a listener, the process ends if no query is under way.
  pool.on('connect', (client) => client.on('error', () => {}))
  /** @type {Kysely<Database>} */
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) })
  app.addHook('onClose', () => db.destroy())

  const ledger = kyselyLedger(db, { pool }) // `tx` is a Transaction of Kysely; of the pool, one connection stays free
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    async getExpectedAmount (payment, { tx }) { // without a transaction where a payment is confirmed (onConfirm)
      const order = await (tx ?? db).selectFrom('orders').select('amount').where('id', '=', payment.merchant_uid).forUpdate().executeTakeFirst()
      return order?.amount
    },
    async onPaid ({ imp_uid: impUid, merchant_uid: order }, { tx, log }) {
      const { numUpdatedRows } = await tx.updateTable('orders').set({ status: 'paid', imp_uid: impUid })
        .where('id', '=', order).where('status', '=', 'waiting').executeTakeFirstOrThrow()
      if (numUpdatedRows === 1n) return
      // This runs once for each payment, and an order can have two: by card, and then into the virtual account as well.
      const paid = await tx.selectFrom('orders').select('imp_uid').where('id', '=', order).executeTakeFirst()
      if (paid?.imp_uid !== impUid) log.error({ imp_uid: impUid }, 'another payment has paid this order: refund this one')
    },
  }))
  return app
}

await run(import.meta.url, build)
