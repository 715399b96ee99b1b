// The plugin as a contender: calls the provider at $UPSTREAM, listens on $PORT.
import Fastify from 'fastify'
import iamport from 'fastify-iamport'
import { serve } from './serve.js'

let delivered = 0
const app = Fastify()
await app.register(iamport, {
  impKey: 'test_key',
  impSecret: 'test_secret',
  baseUrl: process.env.UPSTREAM,
  timeoutMs: 1000,
  budgetMs: 2500,
  // Every order costs 14000 but one, which is tampered with.
  getExpectedAmount: ({ merchant_uid: order }) => order === 'order_imp_999999999999' ? 999 : 14000,
  onPaid: () => { delivered++ },
})
await serve(app, () => delivered)
