import { TypeCompiler } from '@sinclair/typebox/compiler'
import { readOrShrink, readUnlessAborted } from '../http/list-pages.js'
import { MAX_PAGE_BYTES } from '../http/request.js'
import { retrying } from '../http/retries.js'
import type { PortoneListPayments } from './api.js'
import { checked, checkPayment, isOfStore } from './check.js'
import type { Connection } from './connection.js'
import type { ClientInternals } from './internals.js'
import { readListOptions, readPage, writeListPath } from './list-query.js'
import { iterateList, type ListEntry, type ListPage, type PageQuery } from './iterate-list.js'
import { readPayment } from './payment.js'
import { badGateway } from './read-answer.js'
import { PaymentPage } from './schemas.js'
import type { PortoneWirePayment } from './wire-payment.js'

const checkPage = TypeCompiler.Compile(PaymentPage)

interface Lists {
  /** @throws IAMPORT_BAD_GATEWAY an entry is no valid payment of the store */
  payments (options: PortoneListPayments): AsyncIterableIterator<PortoneWirePayment>
  listed: ClientInternals['list']
}

/** The lists of a store's payments. */
export function createLists (connection: Connection, storeId: string): Lists {
  function list (options: PortoneListPayments, signal?: AbortSignal): AsyncGenerator<ListEntry, undefined> {
    const { filter, ...period } = readListOptions(options)
    function read (query: PageQuery): Promise<ListPage | Error> {
      const call = { method: 'GET' as const, path: writeListPath(storeId, filter, query), maxBytes: MAX_PAGE_BYTES }
      const deadline = connection.inBudget()
      return retrying(deadline, () => readOrShrink(query.size, async () =>
        readPage(checked(checkPage, await connection.readOnce(call, deadline)), filter)))
    }
    return iterateList((query) => readUnlessAborted(signal, () => read(query)), period)
  }

  async function * paymentsOf (entries: AsyncIterable<ListEntry>): AsyncGenerator<PortoneWirePayment, undefined> {
    for await (const { id, wire } of entries) {
      if (!checkPayment.Check(wire) || !isOfStore(storeId, wire)) {
        throw badGateway(`the payment ${JSON.stringify(id)} in the list is invalid`)
      }
      yield wire
    }
  }

  async function * listedOf (entries: AsyncIterable<ListEntry>): ReturnType<Lists['listed']> {
    for await (const { id, transactionId, wire } of entries) {
      const isValid = checkPayment.Check(wire) && isOfStore(storeId, wire)
      yield { id, impUid: transactionId, payment: isValid ? readPayment(wire) : undefined }
    }
  }

  return {
    payments: (options) => paymentsOf(list(options)),
    listed: (options, signal) => listedOf(list(options, signal)),
  }
}
