import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import iamport from 'fastify-iamport'

/** @type {Map<string, number>} */
const orders = new Map() // order number and amount; in your shop, a table
const page = readFileSync(new URL('page.html', import.meta.url), 'utf8')
const app = Fastify({ logger: true })
await app.register(iamport, {
  impKey: process.env.IMP_KEY ?? '', // without one, it does not start
  impSecret: process.env.IMP_SECRET ?? '',
  baseUrl: process.env.IMP_URL, // the sandbox's address; without it, Iamport itself
  // Every account starts with a test channel, where no money moves: production must not accept it.
  acceptTestPayments: process.env.NODE_ENV !== 'production',
  locale: 'en',
  getExpectedAmount: ({ merchant_uid }) => orders.get(merchant_uid),
  onPaid: ({ merchant_uid }, { log }) => log.info(`order ${merchant_uid} is paid`), // set your order to paid here
})
app.get('/', (_, reply) => {
  const id = randomUUID() // a new order number for every order, at most 40 characters
  orders.set(id, 14000)
  return reply.type('text/html').send(page.replace('{merchant_uid}', id))
})
await app.listen({ port: Number(process.env.PORT ?? 3000) })
