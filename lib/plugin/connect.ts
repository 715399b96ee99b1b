import { Pool, type Dispatcher } from 'undici'
import type { CommonSettings } from './options.js'

/**
 * The dispatcher that was handed in, or else a pool of our own. `disconnect` closes the pool; a dispatcher that was
 * handed in stays open.
 *
 * @param connections to the provider, at most
 */
export function connect (
  { dispatcher, baseUrl }: Pick<CommonSettings<unknown>, 'dispatcher' | 'baseUrl'>, connections: number
): { dispatcher: Dispatcher, disconnect (): Promise<void> } {
  if (dispatcher !== undefined) return { dispatcher, disconnect: async () => {} }
  const pool = new Pool(new URL(baseUrl).origin, { connections })
  return { dispatcher: pool, disconnect: () => pool.close() }
}
