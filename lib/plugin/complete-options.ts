import type { FastifyRequest, RawServerBase, RouteGenericInterface } from 'fastify'
import { ValidationError } from '../errors.js'

/** A request of an app over HTTP/1 or HTTP/2. */
export type AppRequest = FastifyRequest<RouteGenericInterface, RawServerBase>

/** For the hooks, which have every request as one over HTTP/1, also those of the routes: only `raw` differs. */
export const requestOf = (request: AppRequest | undefined) => request as FastifyRequest | undefined

/**
 * An option of `complete` that is misspelt or the other plugin's would be ignored: with `merchant_uid`, or V1's
 * `merchantUid` in V2, a payment of another order would pass.
 *
 * @param others the options that are left over
 * @param known the options that there are, as the message names them
 * @throws FST_ERR_VALIDATION there are others
 */
export function assertKnownOptions (others: object, known: string): void {
  const [name] = Object.keys(others)
  if (name !== undefined) throw new ValidationError(`complete has no option ${name}, but ${known}`)
}
