import type { FastifyInstance } from 'fastify'
import type { Faults } from '../../faults/faults.js'
import { ApiRefusal } from '../errors.js'

/** Every call carries the API secret; there is no token. */
export function requireSecret (scope: FastifyInstance, apiSecret: string, faults: Faults): void {
  scope.addHook('onRequest', async (request) => {
    const isRight = request.headers.authorization === `PortOne ${apiSecret}`
    if (!isRight || faults.strike('expired_secret')) {
      throw new ApiRefusal('UNAUTHORIZED', '인증 정보가 올바르지 않습니다.')
    }
  })
}
