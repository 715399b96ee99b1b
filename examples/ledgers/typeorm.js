// A shop on PostgreSQL with TypeORM: the order and the record of its payment are one transaction.
import Fastify from 'fastify'
import iamport, { iamportOptions, typeormLedger } from 'fastify-iamport'
import { DataSource, EntitySchema } from 'typeorm'
import { run } from './run.js'

/** @type {EntitySchema<{ id: string, amount: number, status: string, impUid: string | null }>} */
const Order = new EntitySchema({
  name: 'orders',
  columns: {
    id: { type: 'text', primary: true },
    amount: { type: 'int' },
    status: { type: 'text' },
    impUid: { type: 'text', name: 'imp_uid', nullable: true },
  },
})

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  // Without a limit, an attempt that nobody answers, as during a failover, keeps its place in the pool.
  const limits = { connectTimeoutMS: 10_000 }
  const dataSource = await new DataSource({ type: 'postgres', url: databaseUrl, entities: [Order], ...limits }).initialize()
  app.addHook('onClose', () => dataSource.destroy())

  const ledger = typeormLedger(dataSource) // `tx` is an EntityManager
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    async getExpectedAmount (payment, { tx }) { // without a transaction where a payment is confirmed (onConfirm)
      const order = await (tx ?? dataSource.manager).findOneBy(Order, { id: payment.merchant_uid })
      return order?.amount
    },
    async onPaid ({ imp_uid: impUid, merchant_uid: id }, { tx, log }) {
      if ((await tx.update(Order, { id, status: 'waiting' }, { status: 'paid', impUid })).affected === 1) return
      // This runs once for each payment, and an order can have two: by card, and then into the virtual account as well.
      const paid = await tx.findOneBy(Order, { id })
      if (paid?.impUid !== impUid) log.error({ imp_uid: impUid }, 'another payment has paid this order: refund this one')
    },
  }))
  return app
}

await run(import.meta.url, build)
