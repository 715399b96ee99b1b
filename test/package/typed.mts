import Fastify from 'fastify'
import iamport, { iamportOptions, type Completion, type Ledger } from 'fastify-iamport'
import portone, { portoneOptions } from 'fastify-iamport/portone'

declare const ledger: Ledger<{ insert (id: string): Promise<void> }>

const app = Fastify()
await app.register(iamport, iamportOptions({
  impKey: 'key',
  impSecret: 'secret',
  ledger,
  getExpectedAmount: ({ amount }) => ({ amount, currency: 'USD' }),
  onPaid: (payment, { tx }) => tx.insert(payment.imp_uid),
  onFail: (failure) => { failure.reason satisfies string },
}))
await app.register(portone, portoneOptions({
  apiSecret: 'secret',
  storeId: 'store-1',
  ledger,
  prefix: '/v2',
  getExpectedAmount: ({ amount = 0 }) => ({ amount, currency: 'USD' }),
  onPaid: (payment, { tx }) => tx.insert(payment.portone.transactionId),
  onFail: (failure) => { failure.refund_pending satisfies true | undefined },
}))
const second: Completion = await app.portone.complete('order_1', { paymentToken: 'token' })
second.reason satisfies string | undefined
const completion: Completion = await app.iamport.complete('imp_1')
completion.status satisfies 'paid' | 'vbank_issued' | 'failed' | 'cancelled' | 'ignored'
// @ts-expect-error: V2 has another key
portoneOptions({ impKey: 'key', storeId: 'store-1', getExpectedAmount: () => 1, onPaid () {} })
// @ts-expect-error: there is no such option
iamportOptions({ impKey: 'key', impSecret: 'secret', getExpectedAmount: () => 1, onPaid () {}, onpaid () {} })
