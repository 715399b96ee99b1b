import Fastify from 'fastify'
import iamport from 'fastify-iamport'

/** @type {Map<string, { amount: number, paid: boolean }>} */
const orders = new Map([['order_1', { amount: 14000, paid: false }]])

const app = Fastify({ logger: true })
await app.register(iamport, {
  impKey: process.env.IMP_KEY ?? '', // without one, it does not start
  impSecret: process.env.IMP_SECRET ?? '',
  baseUrl: process.env.IMP_URL, // the sandbox's address; without it, Iamport itself
  getExpectedAmount: (payment) => orders.get(payment.merchant_uid)?.amount ?? null,
  onPaid: (payment) => {
    const order = orders.get(payment.merchant_uid)
    if (order) order.paid = true
  },
  redirects: { paid: '/done', fail: '/failed' },
})
await app.listen({ port: Number(process.env.PORT ?? 3000) })
