import { Entity, PrimaryColumn } from 'typeorm'

/** What has to be sent. */
@Entity('deliveries')
export class Delivery {
  @PrimaryColumn({ length: 40 })
  orderId!: string
}
