// A shop on a SQLite file with `node:sqlite` of Node 24. There is no transaction: after a crash a hook runs again.
import Fastify from 'fastify'
import iamport, { iamportOptions, sqliteLedger } from 'fastify-iamport'
import { DatabaseSync } from 'node:sqlite'
import { run } from './run.js'

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  const db = new DatabaseSync(databaseUrl, { timeout: 100 }) // a file; a longer wait would block the event loop
  app.addHook('onClose', () => db.close())
  db.exec('pragma journal_mode = wal')

  const ledger = sqliteLedger(db)
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    getExpectedAmount (payment) {
      const order = db.prepare('select amount from orders where id = ?').get(payment.merchant_uid)
      return order && Number(order.amount)
    },
    onPaid ({ imp_uid: impUid, merchant_uid: id }, { log }) {
      const pay = "update orders set status = 'paid', imp_uid = ? where id = ? and status = 'waiting'"
      if (db.prepare(pay).run(impUid, id).changes === 1) return
      // Not once only: after a crash it runs again, and an order can have two: by card, and then into the virtual account as well.
      const paid = db.prepare('select imp_uid from orders where id = ?').get(id)
      if (paid?.imp_uid !== impUid) log.error({ imp_uid: impUid }, 'another payment has paid this order: refund this one')
    },
  }))
  return app
}

await run(import.meta.url, build)
