import { Injectable } from '@nestjs/common'
import { InjectRepository } from '@nestjs/typeorm'
import type { CancelContext, Context, Failure, Payment, Priced } from 'fastify-iamport'
import { ExpectedAmount, OnCancel, OnFail, OnPaid } from 'fastify-iamport/nestjs'
import type { EntityManager, Repository } from 'typeorm'
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
  async ship ({ merchant_uid: id }: Payment, { tx }: Context<EntityManager>): Promise<void> {
    const { affected } = await tx.update(Order, { id, state: 'waiting' }, { state: 'paid' })
    if (affected === 1) await this.deliveries.book(id, tx)
  }

  @OnFail()
  async fail ({ payment, final }: Failure, { tx }: Context<EntityManager>): Promise<void> {
    if (final) await tx.update(Order, { id: payment.merchant_uid, state: 'waiting' }, { state: 'failed' })
  }

  @OnCancel()
  async cancel ({ merchant_uid: id, status }: Payment, { tx }: CancelContext<EntityManager>): Promise<void> {
    if (status === 'cancelled') await tx.update(Order, { id }, { state: 'cancelled' })
  }
}
