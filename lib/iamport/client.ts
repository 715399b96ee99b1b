import type { Static } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { Deadline } from '../concurrency/deadline.js'
import { BadGatewayError, PaymentNotFoundError, ValidationError } from '../errors.js'
import type { CancelPayment, ClientInternals, IamportClient, ListPayments, PreparePayment } from './api.js'
import { assertAmounts, assertImpUid, isImpUid, segment } from './arguments.js'
import { createBatchedLookup } from './batched-lookup.js'
import { createConnection, type ConnectionOptions } from './connection.js'
import { readOrShrink, readUnlessAborted } from '../http/list-pages.js'
import { iterateList, type Page } from './iterate-list.js'
import { assertPeriod } from '../completion/period.js'
import { Payment, type PaymentStatus } from '../completion/payment.js'
import { PaymentBatch, PaymentPage, PreparedPayment, type ListedPayment } from './schemas.js'
import { readRequest, writeScalar } from '../http/any-request.js'
import { MAX_PAGE_BYTES } from '../http/request.js'
import { retrying } from '../http/retries.js'

/** A list is sent as several values of one name. */
const writeQueryValue = (value: unknown, name: string): string[] =>
  Array.isArray(value) ? value.map((one) => writeScalar(one, name)) : [writeScalar(value, name)]

const checkPayment = TypeCompiler.Compile(Payment)
const checkBatch = TypeCompiler.Compile(PaymentBatch)
const checkPage = TypeCompiler.Compile(PaymentPage)
const checkPrepared = TypeCompiler.Compile(PreparedPayment)

/** The statuses that the provider lists. */
const STATUSES = new Set(['all', 'ready', 'paid', 'cancelled', 'failed'])
/** Payments per page, at most. */
const MAX_PAGE_SIZE = 1000
/** Bytes of an answer about a batch, at most; 100 payments are about 200 kB. Those of more are looked up alone. */
const MAX_BATCH_BYTES = 2 * 2 ** 20

function readListed (entry: unknown): ListedPayment {
  if (checkPayment.Check(entry)) return { impUid: entry.imp_uid, payment: entry }
  const { imp_uid: impUid }: { imp_uid?: unknown } = typeof entry === 'object' && entry !== null ? entry : {}
  return { impUid: typeof impUid === 'string' ? impUid : '', payment: undefined }
}

function pageOf ({ list, ...page }: Static<typeof PaymentPage>): Page {
  if (!list && page.total > 0) throw new BadGatewayError('a page of the list has no payments')
  return { ...page, list: (list ?? []).map(readListed) }
}

/** A list without payments is not a 404: what is not found is the list itself, as at an emulator that has none. */
function asMissingList (error: unknown): never {
  throw error instanceof PaymentNotFoundError ? new BadGatewayError('HTTP 404', { cause: error.cause }) : error
}

async function * paymentsOf (list: AsyncIterable<ListedPayment>): AsyncGenerator<Payment, undefined> {
  for await (const { impUid, payment } of list) {
    if (!payment) throw new BadGatewayError(`the payment ${JSON.stringify(impUid)} in the list is invalid`)
    yield payment
  }
}

export function createClient (options: ConnectionOptions): IamportClient & ClientInternals {
  const connection = createConnection(options)
  const { send, authorized, read, write, writeOnce, inBudget } = connection

  async function lookUpAlone (impUid: string, token: string, deadline: Deadline): Promise<Payment> {
    // Since 26 January 2026 a test payment is a 404 without include_sandbox, just like an unknown one.
    const path = `/payments/${impUid}?include_sandbox=true`
    const payment = await send({ method: 'GET', path, check: checkPayment }, token, deadline)
    if (payment.imp_uid !== impUid) throw new BadGatewayError('the answer is about another payment')
    return payment
  }

  async function lookUpTogether (path: string, token: string, deadline: Deadline): Promise<ListedPayment[]> {
    const call = { method: 'GET' as const, path, check: checkBatch, maxBytes: MAX_BATCH_BYTES }
    return (await send(call, token, deadline)).map(readListed)
  }
  const { timeoutMs } = options
  const lookUp = createBatchedLookup({ ...connection, timeoutMs, alone: lookUpAlone, together: lookUpTogether })

  async function find (merchantUid: string, status?: PaymentStatus, deadline?: Deadline): Promise<Payment | null> {
    const path = `/payments/find/${segment(merchantUid)}${status === undefined ? '' : `/${segment(status)}`}`
    try {
      const payment = await read({ method: 'GET', path, check: checkPayment }, deadline)
      if (payment.merchant_uid !== merchantUid) throw new BadGatewayError('the answer is about another order')
      return payment
    } catch (error) {
      if (error instanceof PaymentNotFoundError) return null
      throw error
    }
  }
  const findAny = async (merchantUid: string, deadline?: Deadline) =>
    await find(merchantUid, 'paid', deadline) ?? await find(merchantUid, undefined, deadline)

  function readPage (path: string, size: number): Promise<Page | Error> {
    const deadline = inBudget()
    const call = { method: 'GET' as const, path, check: checkPage, maxBytes: MAX_PAGE_BYTES }
    const attempt = (token: string) =>
      readOrShrink(size, async () => pageOf(await send(call, token, deadline).catch(asMissingList)))
    return authorized(deadline, (token) => retrying(deadline, () => attempt(token)))
  }

  function list ({ status = 'all', from, to = new Date(), limit = MAX_PAGE_SIZE }: ListPayments, signal?: AbortSignal) {
    assertPeriod(from, to)
    if (!STATUSES.has(status)) throw new ValidationError(`status must be one of ${[...STATUSES].join(', ')}`)
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_SIZE) {
      throw new ValidationError(`limit must be 1 to ${MAX_PAGE_SIZE}`)
    }
    const read = (path: string, size: number) => readUnlessAborted(signal, () => readPage(path, size))
    return iterateList(read, { status, from, to, limit })
  }

  const cancel = (body: CancelPayment) =>
    ({ method: 'POST' as const, path: '/payments/cancel', body, check: checkPayment })
  function prepare (method: 'POST' | 'PUT', body: PreparePayment) {
    assertAmounts({ amount: body.amount ?? null })
    return write({ method, path: '/payments/prepare', body, check: checkPrepared })
  }
  const revoke = (impUid: string) => ({ method: 'DELETE' as const, path: `/vbanks/${impUid}`, check: checkPayment })

  return {
    async getPayment (impUid) {
      assertImpUid(impUid)
      const deadline = inBudget()
      // Never with others: the payment is the caller's, who may change it.
      return authorized(deadline, (token) => retrying(deadline, () => lookUpAlone(impUid, token, deadline)))
    },
    findPayment: async (merchantUid, { status } = {}) =>
      status === undefined ? findAny(merchantUid) : find(merchantUid, status),
    listPayments: (options) => paymentsOf(list(options)),
    async cancelPayment (cancellation) {
      if (cancellation.imp_uid === undefined && cancellation.merchant_uid === undefined) {
        throw new ValidationError('imp_uid or merchant_uid is required')
      }
      const { amount, checksum, tax_free, vat_amount } = cancellation
      assertAmounts({ amount, checksum, tax_free, vat_amount })
      return write(cancel(cancellation))
    },
    preparePayment: async (body) => prepare('POST', body),
    updatePreparedPayment: async (body) => prepare('PUT', body),
    getPreparedPayment: async (merchantUid) =>
      read({ method: 'GET', path: `/payments/prepare/${segment(merchantUid)}`, check: checkPrepared }),
    async revokeVbank (impUid) {
      assertImpUid(impUid)
      return write(revoke(impUid))
    },
    async request (method, path, parts = {}) {
      return connection.any(readRequest(method, path, parts, writeQueryValue))
    },

    lookUp,
    list,
    async findOrderPayment (merchantUid, deadline) {
      const payment = await findAny(merchantUid, deadline)
      if (payment === null) throw new PaymentNotFoundError()
      if (!isImpUid(payment.imp_uid)) throw new BadGatewayError('the imp_uid is malformed')
      return payment
    },
    cancelOnce: (cancellation, deadline) => writeOnce(cancel(cancellation), deadline),
    revokeOnce: (impUid, deadline) => writeOnce(revoke(impUid), deadline),
  }
}
