// A shop on PostgreSQL with `pg`: the order and the record of its payment are one transaction.
import Fastify from 'fastify'
import iamport, { iamportOptions, postgresLedger } from 'fastify-iamport'
import pg from 'pg'
import { run } from './run.js'

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  const pool = new pg.Pool({ connectionString: databaseUrl })
  pool.on('error', (error) => app.log.error(error)) // an idle connection was lost: the pool opens another
  app.addHook('onClose', () => pool.end())

  const ledger = postgresLedger(pool)
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    async getExpectedAmount (payment, { tx }) {
      const { rows } = await tx.query('select amount from orders where id = $1 for update', [payment.merchant_uid])
      return rows[0]?.amount
    },
    async onPaid (payment, { tx }) {
      await tx.query("update orders set status = 'paid' where id = $1", [payment.merchant_uid])
      return { order: payment.merchant_uid }
    },
  }))
  return app
}

await run(import.meta.url, build)
