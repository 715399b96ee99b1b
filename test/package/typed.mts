import Fastify from 'fastify'
import iamport, {
  HookFailedError, iamportOptions, PaymentNotFoundError, type Completion, type Ledger,
} from 'fastify-iamport'
import portone, { portoneOptions } from 'fastify-iamport/portone'
import { createSandbox, UnknownPaymentError } from 'fastify-iamport/sandbox'

declare const ledger: Ledger<{ insert (id: string): Promise<void> }>

const app = Fastify()
await app.register(iamport, iamportOptions({
  impKey: 'key',
  impSecret: 'secret',
  ledger,
  baseUrl: process.env['IMP_URL'],
  onVbank: undefined,
  dispatcher: process.env['IMP_URL'] === undefined ? createSandbox().dispatcher : undefined,
  redirects: { paid: process.env['PAID_URL'] },
  getExpectedAmount: ({ amount }) => ({ amount, currency: 'USD' }),
  onPaid: (payment, { tx }) => tx.insert(payment.imp_uid),
  onFail: (failure) => { failure.reason satisfies string },
}))
await app.register(portone, portoneOptions({
  apiSecret: 'secret',
  storeId: 'store-1',
  ledger,
  webhookSecret: process.env['PORTONE_WEBHOOK_SECRET'],
  prefix: '/v2',
  getExpectedAmount: ({ amount = 0 }) => ({ amount, currency: 'USD' }),
  onPaid: (payment, { tx }) => tx.insert(payment.portone.transactionId),
  onFail: (failure) => { failure.refund_pending satisfies true | undefined },
}))
const second: Completion = await app.portone.complete('order_1', { paymentToken: 'token' })
second.reason satisfies string | undefined
const completion: Completion = await app.iamport.complete('imp_1')
completion.status satisfies 'paid' | 'vbank_issued' | 'failed' | 'cancelled' | 'ignored'
for (const error of [new PaymentNotFoundError(), new HookFailedError(), new UnknownPaymentError()]) {
  error.code satisfies string
  error.statusCode satisfies number | undefined
  // @ts-expect-error: a code is text
  error.code satisfies number
}
// @ts-expect-error: V2 has another key
portoneOptions({ impKey: 'key', storeId: 'store-1', getExpectedAmount: () => 1, onPaid () {} })
// @ts-expect-error: there is no such option
iamportOptions({ impKey: 'key', impSecret: 'secret', getExpectedAmount: () => 1, onPaid () {}, onpaid () {} })
