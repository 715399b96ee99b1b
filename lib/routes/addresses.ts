import type { FastifyRequest } from 'fastify'
import { isIP, type BlockList } from 'node:net'
import { ForbiddenError } from '../errors.js'

/** Refuses a sender outside the list, by `request.ip`, which follows the app's `trustProxy`. */
export function guardAddress (allowed: BlockList) {
  return async (request: FastifyRequest): Promise<void> => {
    const family = isIP(request.ip)
    if (family === 0 || !allowed.check(request.ip, family === 4 ? 'ipv4' : 'ipv6')) {
      request.log.warn({ ip: request.ip }, 'notification from an address that is not allowed')
      throw new ForbiddenError()
    }
  }
}
