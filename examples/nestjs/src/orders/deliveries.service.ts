import { Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { Delivery } from './delivery.entity'

@Injectable()
export class DeliveriesService {
  async book (orderId: string, tx: EntityManager): Promise<void> {
    await tx.insert(Delivery, { orderId })
  }
}
