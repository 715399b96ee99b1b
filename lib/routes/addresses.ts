import type { FastifyRequest } from 'fastify'
import { isIP, type BlockList } from 'node:net'
import { ForbiddenError } from '../errors.js'

/** Characters: the longest IPv6 address has 45. What a proxy forwards for one may be as long as a header. */
const MAX_LOGGED_ADDRESS = 45

/** Refuses a sender outside the list, by `request.ip`, which follows the app's `trustProxy`. */
export function guardAddress (allowed: BlockList) {
  return async (request: FastifyRequest): Promise<void> => {
    const family = isIP(request.ip)
    if (family === 0 || !allowed.check(request.ip, family === 4 ? 'ipv4' : 'ipv6')) {
      const ip = String(request.ip).slice(0, MAX_LOGGED_ADDRESS) // a Unix socket has none, whatever the type says
      request.log.warn({ ip }, 'notification from an address that is not allowed')
      throw new ForbiddenError()
    }
  }
}
