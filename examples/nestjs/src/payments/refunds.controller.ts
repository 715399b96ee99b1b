import { Controller, HttpCode, Param, Post } from '@nestjs/common'
import type { Iamport } from 'fastify-iamport'
import { InjectIamport } from 'fastify-iamport/nestjs'

/** For the shop's staff: a real one stands behind a guard. */
@Controller('refunds')
export class RefundsController {
  constructor (@InjectIamport() private readonly iamport: Iamport) {}

  @Post(':impUid')
  @HttpCode(204)
  async refund (@Param('impUid') imp_uid: string): Promise<void> {
    await this.iamport.cancelPayment({ imp_uid, reason: '고객 변심' })
    await this.iamport.complete(imp_uid) // runs onCancel now, not when the webhook comes
  }
}
