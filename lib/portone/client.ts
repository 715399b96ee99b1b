import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { Deadline } from '../concurrency/deadline.js'
import { ValidationError } from '../errors.js'
import { readRequest, writeBody, writeScalar } from '../http/any-request.js'
import { isObject } from '../http/json.js'
import { MAX_PAGE_BYTES } from '../http/request.js'
import type { PortoneClient } from './api.js'
import { assertUnits, segmentOf } from './arguments.js'
import { checked, checkPayment, isOfStore } from './check.js'
import { createConnection, type ConnectionOptions } from './connection.js'
import type { ClientInternals } from './internals.js'
import { createLists } from './lists.js'
import { readPayment } from './payment.js'
import { badGateway } from './read-answer.js'
import { AnyAnswer, CancelAnswer, CloseAnswer, PaidAnswer } from './schemas.js'
import type { PortoneWirePayment } from './wire-payment.js'

export interface PortoneClientOptions extends ConnectionOptions { storeId: string }

const checkCancel = TypeCompiler.Compile(CancelAnswer)
const checkClose = TypeCompiler.Compile(CloseAnswer)
const checkPaid = TypeCompiler.Compile(PaidAnswer)
const checkAny = TypeCompiler.Compile(AnyAnswer)

/** Objects become JSON text, as the filters of GET want it. */
const writeQueryValue = (value: unknown, name: string): string[] =>
  [value instanceof Date || !(typeof value === 'object' && value !== null)
    ? writeScalar(value instanceof Date ? isoOf(value) : value, name)
    : writeBody(value)]

function isoOf (date: Date): string {
  if (Number.isNaN(date.getTime())) throw new ValidationError('query has an invalid Date')
  return date.toISOString()
}

export function createClient (options: PortoneClientOptions): { api: PortoneClient, internals: ClientInternals } {
  const { storeId } = options
  const connection = createConnection(options)
  const inStore = `storeId=${encodeURIComponent(storeId)}`

  const lists = createLists(connection, storeId)

  async function get (paymentId: string, deadline?: Deadline): Promise<PortoneWirePayment> {
    const path = `/payments/${segmentOf(paymentId)}?${inStore}`
    const wire = checked(checkPayment, await connection.read({ method: 'GET', path }, deadline))
    if (wire.id !== paymentId) throw badGateway('the answer is about another payment')
    if (!isOfStore(storeId, wire)) throw badGateway('the answer is about a payment of another store, or of V1')
    return wire
  }

  /** A write about a payment. @param more is sent with our `storeId` */
  function post (paymentId: string, action: string, more: object, idempotencyKey?: string): Promise<unknown> {
    const path = `/payments/${segmentOf(paymentId)}/${action}`
    return connection.write({ method: 'POST', path, body: writeBody({ ...more, storeId }) }, idempotencyKey)
  }

  const api: PortoneClient = {
    getPayment: (paymentId) => get(paymentId),
    listPayments: lists.payments,
    async cancelPayment ({ paymentId, idempotencyKey, ...body }) {
      const { amount, taxFreeAmount, vatAmount, currentCancellableAmount } = body
      assertUnits({ amount, taxFreeAmount, vatAmount, currentCancellableAmount })
      return checked(checkCancel, await post(paymentId, 'cancel', body, idempotencyKey))
    },
    async preRegister ({ paymentId, idempotencyKey, ...body }) {
      const { totalAmount, taxFreeAmount } = body
      assertUnits({ totalAmount: totalAmount ?? null, taxFreeAmount })
      return checked(checkAny, await post(paymentId, 'pre-register', body, idempotencyKey))
    },
    async closeVirtualAccount (paymentId, { idempotencyKey } = {}) {
      const path = `/payments/${segmentOf(paymentId)}/virtual-account/close?${inStore}`
      return checked(checkClose, await connection.write({ method: 'POST', path }, idempotencyKey))
    },
    async payWithBillingKey ({ paymentId, idempotencyKey, ...body }) {
      if (isObject(body.amount)) assertUnits(body.amount)
      return checked(checkPaid, await post(paymentId, 'billing-key', body, idempotencyKey))
    },
    async request (method, path, { query, body, idempotencyKey } = {}) {
      const asked = readRequest(method, path, { query, body }, writeQueryValue)
      const call = { ...asked, maxBytes: MAX_PAGE_BYTES, asksPg: true }
      return call.method === 'GET' ? connection.read(call) : connection.write(call, idempotencyKey)
    },
  }

  return {
    api,
    internals: {
      lookUp: async (paymentId, deadline) => readPayment(await get(paymentId, deadline)),
      list: lists.listed,
      approve: async ({ paymentId, ...body }) => checked(checkAny, await post(paymentId, 'confirm', body)),
    },
  }
}
