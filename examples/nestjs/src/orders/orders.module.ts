import { Module } from '@nestjs/common'
import { TypeOrmModule } from '@nestjs/typeorm'
import { DeliveriesService } from './deliveries.service'
import { Delivery } from './delivery.entity'
import { Order } from './order.entity'
import { OrdersService } from './orders.service'

@Module({
  imports: [TypeOrmModule.forFeature([Order, Delivery])],
  providers: [OrdersService, DeliveriesService],
})
export class OrdersModule {}
