import { Injectable } from '@nestjs/common'
import { InjectRepository } from '@nestjs/typeorm'
import type { CancelContext, Context, Failure, Payment, Priced } from 'fastify-iamport'
import { ExpectedAmount, OnCancel, OnFail, OnPaid } from 'fastify-iamport/nestjs'
import { In, type EntityManager, type Repository } from 'typeorm'
import { DeliveriesService } from './deliveries.service'
import { Order } from './order.entity'

/** Its decorated methods are the plugin's hooks. They write through `tx`, which commits with the ledger's record. */
@Injectable()
export class OrdersService {
  constructor (
    @InjectRepository(Order) private readonly orders: Repository<Order>, private readonly deliveries: DeliveriesService
  ) {}

  @ExpectedAmount()
  async amountOf ({ merchant_uid: id }: Priced, { tx }: Context<EntityManager | undefined>) {
    return (await (tx ?? this.orders.manager).findOneBy(Order, { id }))?.amount
  }

  @OnPaid()
  async ship ({ merchant_uid: id, imp_uid: impUid }: Payment, { tx, log }: Context<EntityManager>): Promise<void> {
    const { affected } = await tx.update(Order, { id, state: In(['waiting', 'failed']) }, { state: 'paid', impUid })
    if (affected === 1) return this.deliveries.book(id, tx)
    // This runs once for each payment, and an order can have two: by card, and then into the virtual account as well.
    const order = await tx.findOneBy(Order, { id })
    if (order?.impUid !== impUid) log.error({ imp_uid: impUid }, 'another payment has paid this order: refund this one')
  }

  @OnFail()
  async fail ({ payment, final }: Failure, { tx }: Context<EntityManager>): Promise<void> {
    if (final) await tx.update(Order, { id: payment.merchant_uid, state: 'waiting' }, { state: 'failed' })
  }

  @OnCancel()
  async cancel (payment: Payment, { tx }: CancelContext<EntityManager>): Promise<void> {
    const { merchant_uid: id, imp_uid: impUid, amount, cancel_amount: cancelled } = payment
    if (cancelled >= amount) await tx.update(Order, { id, impUid }, { state: 'cancelled' })
  }
}
