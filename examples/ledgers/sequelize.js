// A shop on PostgreSQL with Sequelize: the order and the record of its payment are one transaction.
import Fastify from 'fastify'
import iamport, { iamportOptions, sequelizeLedger } from 'fastify-iamport'
import { DataTypes, Sequelize } from 'sequelize'
import { run } from './run.js'

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  const sequelize = new Sequelize(databaseUrl, { dialect: 'postgres', logging: false })
  app.addHook('onClose', () => sequelize.close())
  const Order = sequelize.define('orders', {
    id: { type: DataTypes.TEXT, primaryKey: true },
    amount: DataTypes.INTEGER,
    status: DataTypes.TEXT,
    impUid: { type: DataTypes.TEXT, field: 'imp_uid' },
  }, { timestamps: false })

  const ledger = sequelizeLedger(sequelize) // `tx` is a Transaction: pass it to every call
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    async getExpectedAmount (payment, { tx: transaction }) { // without a transaction where a payment is confirmed (onConfirm)
      const order = await Order.findByPk(payment.merchant_uid, { transaction })
      return order && Number(order.get('amount'))
    },
    async onPaid ({ imp_uid: impUid, merchant_uid: id }, { tx: transaction, log }) {
      const where = { id, status: 'waiting' }
      if ((await Order.update({ status: 'paid', impUid }, { where, transaction }))[0] === 1) return
      // This runs once for each payment, and an order can have two: by card, and then into the virtual account as well.
      const paid = await Order.findByPk(id, { transaction })
      if (paid?.get('impUid') !== impUid) log.error({ imp_uid: impUid }, 'another payment has paid this order: refund this one')
    },
  }))
  return app
}

await run(import.meta.url, build)
