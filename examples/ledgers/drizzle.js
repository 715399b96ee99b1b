// A shop on PostgreSQL with Drizzle: the order and the record of its payment are one transaction.
import { and, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import Fastify from 'fastify'
import iamport, { drizzleLedger, iamportOptions } from 'fastify-iamport'
import pg from 'pg'
import { run } from './run.js'

const orders = pgTable('orders', { id: text().primaryKey(), amount: integer().notNull(), status: text().notNull(), impUid: text('imp_uid') })

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  // Without a limit, an attempt that nobody answers, as during a failover, keeps its place in the pool.
  const pool = new pg.Pool({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 })
  pool.on('error', (error) => app.log.error(error)) // an idle connection was lost: the pool opens another
  // One in use was lost: its next query rejects. Without a listener, the process ends if no query is under way.
  pool.on('connect', (client) => client.on('error', () => {}))
  app.addHook('onClose', () => pool.end())
  const db = drizzle(pool)

  const ledger = drizzleLedger(db) // `tx` is Drizzle's transaction
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    async getExpectedAmount (payment, { tx }) { // without a transaction where a payment is confirmed (onConfirm)
      const [order] = await (tx ?? db).select().from(orders).where(eq(orders.id, payment.merchant_uid)).for('update')
      return order?.amount
    },
    async onPaid ({ imp_uid: impUid, merchant_uid: order }, { tx, log }) {
      const isWaiting = and(eq(orders.id, order), eq(orders.status, 'waiting'))
      if ((await tx.update(orders).set({ status: 'paid', impUid }).where(isWaiting)).rowCount === 1) return
      // This runs once for each payment, and an order can have two: by card, and then into the virtual account as well.
      const [paid] = await tx.select().from(orders).where(eq(orders.id, order))
      if (paid?.impUid !== impUid) log.error({ imp_uid: impUid }, 'another payment has paid this order: refund this one')
    },
  }))
  return app
}

await run(import.meta.url, build)
