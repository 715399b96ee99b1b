import { Module } from '@nestjs/common'
import { TypeOrmModule } from '@nestjs/typeorm'
import { OrdersModule } from './orders/orders.module'
import { PaymentsModule } from './payments/payments.module'

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      useFactory: () => ({
        type: 'mariadb',
        url: process.env.DATABASE_URL,
        autoLoadEntities: true,
        synchronize: true, // in production, migrations
      }),
    }),
    OrdersModule,
    PaymentsModule,
  ],
})
export class AppModule {}
