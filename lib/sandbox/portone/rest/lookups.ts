import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Entry } from '../../entry.js'
import { fieldsOf, text } from '../../rest/fields.js'
import type { Store } from '../../store.js'
import type { V2Entry } from '../entry.js'
import { ApiRefusal } from '../errors.js'
import { v1PaymentOf } from '../of-v1.js'
import type { V2Store } from '../store.js'
import { paymentOf, transactionOf } from '../wire.js'

export interface PathOf { Params: { paymentId: string } }

export const notFound = () => new ApiRefusal('PAYMENT_NOT_FOUND', '결제 건이 존재하지 않습니다.')

/** Finds payments for a store: another store's are not found. */
export interface Finder {
  storeId: string
  /** @throws ApiRefusal PAYMENT_NOT_FOUND */
  need (paymentId: string, storeId: string | undefined): V2Entry
}

export function createFinder (store: V2Store, storeId: string): Finder {
  return {
    storeId,
    need (paymentId, asked = storeId) {
      const entry = asked === storeId ? store.get(paymentId) : undefined
      if (!entry) throw notFound()
      return entry
    },
  }
}

const storeIdIn = ({ query }: FastifyRequest) => text(fieldsOf(query), 'storeId')

/** One payment, and its attempts. V1's payments are known too, by their order number. */
export function mountV2Lookups (scope: FastifyInstance, store: V2Store, v1: Store, finder: Finder): void {
  /** An order of V1 may have several payments; which one the provider shows is not documented. */
  function v1Payment (paymentId: string): Entry | undefined {
    return v1.ofOrder(paymentId).findLast(({ payment }) => payment.paid_at > 0) ?? v1.ofOrder(paymentId).at(-1)
  }

  scope.get<PathOf>('/payments/:paymentId', async (request) => {
    const { paymentId } = request.params
    const { storeId } = finder
    const old = store.get(paymentId) || (storeIdIn(request) ?? storeId) !== storeId ? undefined : v1Payment(paymentId)
    if (old) {
      v1.countLookup(old)
      return v1PaymentOf(old, storeId)
    }
    const entry = finder.need(paymentId, storeIdIn(request))
    store.countLookup(entry)
    return paymentOf(entry, storeId)
  })

  scope.get<PathOf>('/payments/:paymentId/transactions', async (request) => {
    finder.need(request.params.paymentId, storeIdIn(request))
    return { items: store.attempts(request.params.paymentId).map((entry) => transactionOf(entry, finder.storeId)) }
  })
}
