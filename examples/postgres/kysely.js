// A shop on PostgreSQL with Kysely: the order and the record of its payment are one transaction of Kysely's.
import Fastify from 'fastify'
import iamport, { iamportOptions, sqlLedger } from 'fastify-iamport'
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { run } from './run.js'

/** @typedef {{ orders: { id: string, amount: number, status: string } }} Database */

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  const pool = new pg.Pool({ connectionString: databaseUrl })
  pool.on('error', (error) => app.log.error(error)) // an idle connection was lost: the pool opens another
  /** @type {Kysely<Database>} */
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) })
  app.addHook('onClose', () => db.destroy())

  const ledger = sqlLedger({
    dialect: 'postgres',
    /** @param {(tx: import('kysely').Transaction<Database>) => Promise<void>} run */
    transaction: (run) => db.transaction().execute(run),
    query: async (tx, statement, params) => (await tx.executeQuery(CompiledQuery.raw(statement, params))).rows,
  })
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    async getExpectedAmount (payment, { tx }) {
      const order = await tx.selectFrom('orders').select('amount').where('id', '=', payment.merchant_uid).forUpdate().executeTakeFirst()
      return order?.amount
    },
    async onPaid (payment, { tx }) {
      await tx.updateTable('orders').set({ status: 'paid' }).where('id', '=', payment.merchant_uid).execute()
      return { order: payment.merchant_uid }
    },
  }))
  return app
}

await run(import.meta.url, build)
