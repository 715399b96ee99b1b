import { createSharedLookup } from '../completion/shared-lookup.js'
import type { Deadline } from '../concurrency/deadline.js'
import { createNegativeCache } from '../concurrency/negative-cache.js'
import { TimeoutError } from '../errors.js'
import type { ClientInternals } from './api.js'
import { lookedUp } from './looked-up.js'

/**
 * Finds the `imp_uid` of an order's payment, a paid one first. Anyone can name any order number in a redirect, so
 * simultaneous ones share a lookup, and numbers that are not found are remembered for a moment.
 */
export function createFindByOrder (findOrderPayment: ClientInternals['findOrderPayment']) {
  const lookUpOrder = createSharedLookup(
    async (merchantUid, deadline) => lookedUp(await findOrderPayment(merchantUid, deadline)), () => new TimeoutError())
  const notFound = createNegativeCache()

  return async (merchantUid: string, deadline: Deadline): Promise<string> => {
    const { payment } = await notFound.lookUp(merchantUid, () => lookUpOrder(merchantUid, deadline))
    return payment.imp_uid
  }
}
