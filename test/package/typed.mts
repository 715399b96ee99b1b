import Fastify from 'fastify'
import iamport, { iamportOptions, type Completion, type Ledger } from 'fastify-iamport'

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
const completion: Completion = await app.iamport.complete('imp_1')
completion.status satisfies 'paid' | 'vbank_issued' | 'failed' | 'cancelled' | 'ignored'
// @ts-expect-error: there is no such option
iamportOptions({ impKey: 'key', impSecret: 'secret', getExpectedAmount: () => 1, onPaid () {}, onpaid () {} })
