import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import iamport, { sqliteLedger } from 'fastify-iamport'
import portone from 'fastify-iamport/portone'
import { createHooks } from './hooks.js'
import { createOrders } from './orders.js'
import { createRefundSecond } from './refund-second.js'
import { addRoutes } from './routes.js'

/**
 * A small shop that takes payments of PortOne V1 and V2. Everything about payments is in the two registrations below
 * and in the hooks, which both share; the rest is any shop.
 *
 * @param {object} options
 * @param {import('libsql').Database} options.db
 * @param {string} options.iamportUrl where V1's REST API and script are; here the sandbox
 * @param {string} [options.impKey]
 * @param {string} [options.impSecret]
 * @param {{ baseUrl: string, apiSecret: string, storeId: string, webhookSecret?: string }} options.portone V2's
 * @param {{ everyMs: number, lookbackMs: number }} [options.reconcile] looks for what no notification reported
 * @param {import('fastify').FastifyServerOptions['logger']} [options.logger]
 */
export async function buildShop (options) {
  const { db, iamportUrl, impKey = 'imp_key', impSecret = 'imp_secret', reconcile, logger = false } = options
  const { baseUrl, apiSecret, storeId, webhookSecret } = options.portone
  const app = Fastify({ logger })
  const orders = createOrders(db)
  const ledger = sqliteLedger(db) // remembers which hooks have run, also after a restart
  await ledger.migrate()
  const common = {
    ledger,
    reconcile,
    ...createHooks(orders, createRefundSecond(app)),
    redirects: { paid: '/result', vbank: '/result', fail: '/result', pending: '/result' },
  }

  await app.register(formbody)
  await app.register(iamport, { impKey, impSecret, baseUrl: iamportUrl, ...common })
  // V1 keeps the routes below /payments; V2's are below /v2/payments.
  await app.register(portone, { apiSecret, storeId, webhookSecret, baseUrl, ...common, prefix: '/v2' })
  addRoutes(app, orders, {
    consoleUrl: iamportUrl,
    storeId,
    scripts: [`${iamportUrl}/v1/iamport.js`, `${baseUrl}/v2/browser-sdk.js`],
  })
  return app
}
