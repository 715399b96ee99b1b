import Fastify from 'fastify'
import { fastifyIamport, iamportOptions, type Ledger } from 'fastify-iamport'
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
app.register(fastifyIamport, options).then(() => app.iamport.getPayment('imp_1'), () => {})
