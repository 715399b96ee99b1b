// Modules, decorated handlers and injected clients of both plugins on NestJS, in an ES module. Compiled, and then run.
import 'reflect-metadata'
import assert from 'node:assert/strict'
import { Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import {
  memoryLedger, type CancelContext, type Context, type Failure, type Iamport, type Ledger, type Payment, type Priced,
} from 'fastify-iamport'
import {
  ExpectedAmount, IamportModule, InjectIamport, InjectPortOne, OnCancel, OnFail, OnPaid, PortOneModule,
} from 'fastify-iamport/nestjs'
import type { Portone, PortonePayment, PortonePriced } from 'fastify-iamport/portone'
import { createSandbox } from 'fastify-iamport/sandbox'

interface Tx { insert (id: string): void }

@Injectable()
export class Prices {
  readonly won = 14000
}

@Injectable()
export class Orders {
  readonly paid: string[] = []

  constructor (
    private readonly prices: Prices, @InjectIamport() readonly iamport: Iamport,
    @InjectPortOne() readonly portone: Portone
  ) {}

  @ExpectedAmount()
  amountOf ({ merchant_uid }: Priced) {
    return merchant_uid.startsWith('order') ? this.prices.won : null
  }

  @OnPaid('iamport')
  ship ({ merchant_uid }: Payment, { source }: Context): void { this.paid.push(`${merchant_uid} ${source}`) }

  @OnPaid('portone')
  shipV2 ({ portone }: PortonePayment): void { this.paid.push(portone.status) }

  @OnFail()
  fail ({ reason }: Failure, { tx }: Context<Tx>): void { tx.insert(reason) }

  @OnCancel()
  cancel (_: Payment, { cancellation }: CancelContext): number { return cancellation.amount }
}

/** What TypeScript refuses. */
export class Refused {
  // @ts-expect-error: onPaid gets a payment
  @OnPaid()
  paid (failure: Failure) { return failure.reason }

  // @ts-expect-error: an attempt that is being confirmed is not a payment yet, and there is no transaction
  @ExpectedAmount()
  amountOf (payment: Payment, { tx }: Context<Tx>) { return payment.amount + Number(tx.insert('')) }

  // @ts-expect-error: an amount is expected
  @ExpectedAmount()
  rowOf () { return { id: 'order_1' } }

  @ExpectedAmount('portone')
  ofV2 ({ amount }: PortonePriced): number | undefined { return amount }
}

export const typed = IamportModule.forRootAsync({
  inject: [Prices],
  useFactory: (prices: Prices) => ({
    impKey: 'key',
    impSecret: 'secret',
    baseUrl: process.env['IMP_URL'],
    ledger: memoryLedger() as unknown as Ledger<Tx>,
    getExpectedAmount: () => prices.won,
    onPaid: ({ imp_uid }: Payment, { tx }: Context<Tx>) => tx.insert(imp_uid),
  }),
})

const sandbox = createSandbox()
const { dispatcher, portone: { apiSecret, storeId } } = sandbox

@Module({
  imports: [
    IamportModule.forRootAsync({
      useFactory: async () => ({ impKey: 'imp_key', impSecret: 'imp_secret', dispatcher, ledger: memoryLedger() }),
    }),
    PortOneModule.forRoot({ apiSecret, storeId, dispatcher, ledger: memoryLedger(), prefix: '/v2' }),
  ],
  providers: [Prices, Orders],
})
class AppModule {}

const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter({ logger: { level: 'error' } }), {
  logger: ['error', 'warn'],
})
await app.init()
const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
assert.equal((await post('/payments/complete', { imp_uid })).json().status, 'paid')
await sandbox.payV2({ paymentId: 'order_2', totalAmount: 14000 })
assert.equal((await post('/v2/payments/complete', { paymentId: 'order_2' })).json().status, 'paid')
const orders = app.get(Orders)
assert.deepEqual(orders.paid, ['order_1 browser', 'PAID'])
assert.equal((await orders.iamport.getPayment(imp_uid)).status, 'paid')
assert.equal((await orders.portone.getPayment('order_2')).status, 'PAID')
await app.close()
await sandbox.close()
