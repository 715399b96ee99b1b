import { createSharedLookup } from '../completion/shared-lookup.js'
import type { Deadline } from '../concurrency/deadline.js'
import { createNegativeCache } from '../concurrency/negative-cache.js'
import { createSemaphore } from '../concurrency/semaphore.js'
import { TimeoutError } from '../errors.js'
import type { ClientInternals } from './api.js'
import { lookedUp } from './looked-up.js'

/**
 * Orders looked up at the same time: a quarter of our own connections. A made-up one costs two requests, and a payment
 * that is named by its `imp_uid`, as nearly all are, must not wait behind them.
 */
const AT_ONCE = 16

/**
 * Finds the `imp_uid` of an order's payment, a paid one first. Anyone can name any order number in a redirect, so
 * simultaneous ones share a lookup, and numbers that are not found are remembered for a moment.
 */
export function createFindByOrder (findOrderPayment: ClientInternals['findOrderPayment']) {
  const places = createSemaphore(AT_ONCE)
  const late = () => new TimeoutError()
  const lookUpOrder = createSharedLookup(async (merchantUid, deadline) => {
    const leave = await places.acquire(deadline, late)
    return findOrderPayment(merchantUid, deadline).then(lookedUp).finally(leave)
  }, late)
  const notFound = createNegativeCache()

  return async (merchantUid: string, deadline: Deadline): Promise<string> => {
    const { payment } = await notFound.lookUp(merchantUid, () => lookUpOrder(merchantUid, deadline))
    return payment.imp_uid
  }
}
