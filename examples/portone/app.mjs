import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import portone from 'fastify-iamport/portone'

/** @type {Map<string, { order: number, amount: number }>} */
const payments = new Map() // paymentId, and what it pays for; in your shop, a table
const page = readFileSync(new URL('page.html', import.meta.url), 'utf8')
const app = Fastify({ logger: true })
await app.register(portone, {
  apiSecret: process.env.PORTONE_API_SECRET ?? '', // without one, it does not start
  storeId: process.env.PORTONE_STORE_ID ?? '',
  webhookSecret: process.env.PORTONE_WEBHOOK_SECRET ?? '',
  baseUrl: process.env.PORTONE_URL, // the sandbox's address; without it, PortOne itself
  // In test channels no money moves: production must not accept them.
  acceptTestPayments: process.env.NODE_ENV !== 'production',
  locale: 'en',
  getExpectedAmount: ({ merchant_uid: paymentId }) => payments.get(paymentId)?.amount,
  onPaid: ({ merchant_uid: paymentId }, { log }) => log.info(`order ${payments.get(paymentId)?.order} is paid`),
})
let order = 0
app.get('/', (_, reply) => {
  const paymentId = randomUUID().replaceAll('-', '') // a new one for every attempt, made by the server
  payments.set(paymentId, { order: ++order, amount: 14000 })
  return reply.type('text/html').send(page.replace('{paymentId}', paymentId))
})
await app.listen({ port: Number(process.env.PORT ?? 3000) })
