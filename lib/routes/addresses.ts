import type { FastifyRequest } from 'fastify'
import { BlockList, isIP } from 'node:net'
import { ForbiddenError, InvalidOptionsError } from '../errors.js'

/** The option `allowedAddresses`: addresses and CIDR ranges. @throws IAMPORT_INVALID_OPTIONS */
export function readAddresses (addresses: readonly string[]): BlockList {
  // As from an unset variable: every webhook would be refused, and never redelivered.
  if (addresses.length === 0) {
    throw new InvalidOptionsError('webhook.allowedAddresses: expected at least one; leave it out to allow all')
  }
  const list = new BlockList()
  for (const [index, entry] of addresses.entries()) {
    const [address = '', bits, ...rest] = entry.split('/')
    const family = isIP(address)
    const isRange = bits !== undefined
    const isValidRange = isRange && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
    if (family === 0 || rest.length > 0 || isRange !== isValidRange) {
      throw new InvalidOptionsError(`webhook.allowedAddresses.${index}: expected an address or a CIDR range`)
    }
    const type = family === 4 ? 'ipv4' : 'ipv6'
    if (isRange) list.addSubnet(address, Number(bits), type)
    else list.addAddress(address, type)
  }
  return list
}

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
