// A shop on PostgreSQL with Knex: the order and the record of its payment are one transaction.
import Fastify from 'fastify'
import iamport, { iamportOptions, knexLedger } from 'fastify-iamport'
import createKnex from 'knex'
import { run } from './run.js'

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  const knex = createKnex({ client: 'pg', connection: databaseUrl })
  app.addHook('onClose', () => knex.destroy())

  const ledger = knexLedger(knex) // `tx` is a Knex.Transaction
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    async getExpectedAmount (payment, { tx }) { // without a transaction where a payment is confirmed (onConfirm)
      const order = await (tx ?? knex)('orders').where({ id: payment.merchant_uid }).first('amount')
      return order?.amount
    },
    async onPaid ({ imp_uid: impUid, merchant_uid: id }, { tx, log }) {
      if (await tx('orders').where({ id, status: 'waiting' }).update({ status: 'paid', imp_uid: impUid }) === 1) return
      // This runs once for each payment, and an order can have two: by card, and then into the virtual account as well.
      const paid = await tx('orders').where({ id }).first('imp_uid')
      if (paid?.imp_uid !== impUid) log.error({ imp_uid: impUid }, 'another payment has paid this order: refund this one')
    },
  }))
  return app
}

await run(import.meta.url, build)
