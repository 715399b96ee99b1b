// A shop on MySQL or MariaDB with `mysql2`: the order and the record of its payment are one transaction.
import Fastify from 'fastify'
import iamport, { iamportOptions, mysqlLedger } from 'fastify-iamport'
import mysql from 'mysql2/promise'
import { run } from './run.js'

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  const pool = mysql.createPool(databaseUrl)
  app.addHook('onClose', () => pool.end())

  const ledger = mysqlLedger(pool) // `tx` is a PoolConnection in a transaction
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    async getExpectedAmount (payment, { tx }) { // without a transaction where a payment is confirmed (onConfirm)
      /** @type {[import('mysql2').RowDataPacket[], unknown]} */
      const [[order]] = await (tx ?? pool).execute('select amount from orders where id = ? for update', [payment.merchant_uid])
      return order?.amount
    },
    async onPaid ({ imp_uid: impUid, merchant_uid: id }, { tx, log }) {
      const pay = "update orders set status = 'paid', imp_uid = ? where id = ? and status = 'waiting'"
      /** @type {[import('mysql2').ResultSetHeader, unknown]} */
      const [{ affectedRows }] = await tx.execute(pay, [impUid, id])
      if (affectedRows === 1) return
      // This runs once for each payment, and an order can have two: by card, and then into the virtual account as well.
      /** @type {[import('mysql2').RowDataPacket[], unknown]} */
      const [[paid]] = await tx.execute('select imp_uid from orders where id = ?', [id])
      if (paid?.imp_uid !== impUid) log.error({ imp_uid: impUid }, 'another payment has paid this order: refund this one')
    },
  }))
  return app
}

await run(import.meta.url, build)
