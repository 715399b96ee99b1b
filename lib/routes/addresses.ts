import type { FastifyRequest } from 'fastify'
import { isIP, type BlockList } from 'node:net'
import { ForbiddenError } from '../errors.js'

/** Characters: the longest IPv6 address has 45, but what a proxy forwards may be as long as a header. */
const MAX_LOGGED_ADDRESS = 45

/** Refuses senders outside the list, by `request.ip`, which depends on the app's `trustProxy`. */
export function guardAddress (allowed: BlockList) {
  return async function checkAddress (request: FastifyRequest): Promise<void> {
    const family = isIP(request.ip)
    if (family === 0 || !allowed.check(request.ip, family === 4 ? 'ipv4' : 'ipv6')) {
      const ip = String(request.ip).slice(0, MAX_LOGGED_ADDRESS) // a Unix socket has none, whatever the type says
      request.log.warn({ ip }, 'notification from an address that is not allowed')
      throw new ForbiddenError()
    }
  }
}
