import { Pool } from 'undici'
import { InvalidOptionsError } from '../errors.js'
import type { HttpDispatcher } from '../http/exchange.js'
import type { CommonSettings } from './options.js'

/**
 * The dispatcher that was handed in, or else a pool of our own. `disconnect` closes the pool; a dispatcher that was
 * handed in stays open.
 *
 * @param connections to the provider, at most
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function connect (
  { dispatcher, baseUrl }: Pick<CommonSettings<unknown>, 'dispatcher' | 'baseUrl'>, connections: number
): { dispatcher: HttpDispatcher, disconnect (): Promise<void> } {
  if (dispatcher !== undefined) return { dispatcher, disconnect: async () => {} }
  const pool = new Pool(new URL(baseUrl).origin, { connections })
  // Bun resolves `undici` to classes of its own without these methods, whatever is installed.
  if (!('dispatch' in pool)) {
    throw new InvalidOptionsError('this runtime replaces the package undici by one that sends no requests: use Node.js')
  }
  return { dispatcher: pool, disconnect: () => pool.close() }
}
