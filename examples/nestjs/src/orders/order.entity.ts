import { Column, Entity, PrimaryColumn } from 'typeorm'

@Entity('orders')
export class Order {
  /** The `merchant_uid` of its payment. */
  @PrimaryColumn({ length: 40 })
  id!: string

  /** In won. */
  @Column()
  amount!: number

  @Column({ length: 10, default: 'waiting' })
  state!: 'waiting' | 'paid' | 'failed' | 'cancelled'

  /** The payment that has paid it. */
  @Column({ type: 'varchar', length: 64, nullable: true })
  impUid!: string | null
}
