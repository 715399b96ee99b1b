import Fastify from 'fastify'
import { fastifyIamport, iamportOptions, PaymentNotFoundError, type Ledger } from 'fastify-iamport'
import { fastifyPortone, portoneOptions } from 'fastify-iamport/portone'
import { createSandbox } from 'fastify-iamport/sandbox'

declare const ledger: Ledger<{ insert (id: string): Promise<void> }>

const app = Fastify()
const options = iamportOptions({
  impKey: 'key',
  impSecret: 'secret',
  ledger,
  dispatcher: createSandbox().dispatcher,
  getExpectedAmount: ({ amount }) => amount,
  onPaid: (payment, { tx }) => tx.insert(payment.imp_uid),
})
const { code, statusCode } = new PaymentNotFoundError()
code satisfies string
statusCode satisfies number | undefined
// @ts-expect-error: a code is text
code satisfies number
const v2 = portoneOptions({
  apiSecret: 'secret', storeId: 'store-1', ledger, getExpectedAmount: () => 14000, onPaid: (payment, { tx }) => tx.insert(payment.imp_uid),
})
app.register(fastifyPortone, v2).then(() => app.portone.getPayment('order_1'), () => {})
app.register(fastifyIamport, options).then(() => app.iamport.getPayment('imp_1'), () => {})
