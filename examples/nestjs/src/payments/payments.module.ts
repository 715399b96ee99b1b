import { Module } from '@nestjs/common'
import { typeormLedger } from 'fastify-iamport'
import { IamportModule } from 'fastify-iamport/nestjs'
import { DataSource } from 'typeorm'
import { RefundsController } from './refunds.controller'

@Module({
  imports: [IamportModule.forRootAsync({
    inject: [DataSource],
    async useFactory (dataSource: DataSource) {
      const ledger = typeormLedger(dataSource)
      await ledger.migrate() // in production, a migration with `ledger.schema()`
      return {
        impKey: process.env.IMP_KEY ?? '',
        impSecret: process.env.IMP_SECRET ?? '',
        baseUrl: process.env.IMP_URL, // of the sandbox; in production not set
        acceptTestPayments: process.env.NODE_ENV !== 'production',
        ledger,
      }
    },
  })],
  controllers: [RefundsController],
})
export class PaymentsModule {}
