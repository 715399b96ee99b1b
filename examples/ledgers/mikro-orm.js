// A shop on PostgreSQL with MikroORM: the order and the record of its payment are one transaction.
import { EntitySchema, MikroORM } from '@mikro-orm/postgresql'
import Fastify from 'fastify'
import iamport, { iamportOptions, mikroOrmLedger } from 'fastify-iamport'
import { run } from './run.js'

/** @type {EntitySchema<{ id: string, amount: number, status: string, impUid: string | null }>} */
const Order = new EntitySchema({
  name: 'orders',
  properties: {
    id: { type: 'text', primary: true },
    amount: { type: 'integer' },
    status: { type: 'text' },
    impUid: { type: 'text', fieldName: 'imp_uid', nullable: true },
  },
})

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  const orm = await MikroORM.init({ clientUrl: databaseUrl, entities: [Order] })
  app.addHook('onClose', () => orm.close())

  const ledger = mikroOrmLedger(orm) // `tx` is an EntityManager; flush it in the hook, so that an error is the hook's
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    async getExpectedAmount (payment, { tx }) { // without a transaction where a payment is confirmed (onConfirm)
      const order = await (tx ?? orm.em.fork()).findOne(Order, payment.merchant_uid)
      return order?.amount
    },
    async onPaid ({ imp_uid: impUid, merchant_uid: id }, { tx, log }) {
      if (await tx.nativeUpdate(Order, { id, status: 'waiting' }, { status: 'paid', impUid }) === 1) return
      // This runs once for each payment, and an order can have two: by card, and then into the virtual account as well.
      const paid = await tx.findOne(Order, { id }, { refresh: true })
      if (paid?.impUid !== impUid) log.error({ imp_uid: impUid }, 'another payment has paid this order: refund this one')
    },
  }))
  return app
}

await run(import.meta.url, build)
