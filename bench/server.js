// A plugin as a contender: calls the provider at $UPSTREAM, listens on $PORT. With $API v2 it is that of PortOne V2.
import Fastify from 'fastify'
import iamport from 'fastify-iamport'
import portone from 'fastify-iamport/portone'
import { serve } from './serve.js'

let delivered = 0
const app = Fastify()
const shared = {
  baseUrl: process.env.UPSTREAM,
  timeoutMs: 1000,
  budgetMs: 2500,
  // Every order costs 14000 but one, which is tampered with.
  getExpectedAmount: (/** @type {{ merchant_uid: string }} */ { merchant_uid: order }) => order === 'order_imp_999999999999' ? 999 : 14000,
  onPaid: () => { delivered++ },
}
if (process.env.API === 'v2') await app.register(portone, { apiSecret: 'secret', storeId: 'store-1', ...shared })
else await app.register(iamport, { impKey: 'test_key', impSecret: 'test_secret', ...shared })
await serve(app, () => delivered)
