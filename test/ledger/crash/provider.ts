import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Won, of every payment. */
const AMOUNT = 14000
/** The store of V2's payments. */
export const STORE_ID = 'store-1'
/** Milliseconds for which a cancellation of V2 stays open that is accepted for later. */
const OPEN_FOR_MS = 30

interface Answer { status?: number, value: unknown }

/**
 * What becomes of a request to cancel, in turn: it gets lost; it is carried out, and its answer gets lost; it is
 * carried out and answered, by V2 later; it is carried out and answered.
 */
const FATES = ['lost', 'unanswered', 'later', 'answered'] as const

/**
 * A provider that knows every payment of both APIs (V2's below `/portone`), each paid when it started. It cancels a
 * payment once, if the balance is right.
 */
export async function startProvider () {
  const started = new Date()
  const cancelled = new Set<string>()
  /** Orders whose cancellation is accepted, and ends later. */
  const open = new Map<string, string>()
  const ending: Promise<void>[] = []
  let cancellations = 0

  function readV1 (number: string): object {
    const isCancelled = cancelled.has(`order_${number}`)
    return {
      imp_uid: `imp_${number}`,
      merchant_uid: `order_${number}`,
      status: isCancelled ? 'cancelled' : 'paid',
      amount: AMOUNT,
      cancel_amount: isCancelled ? AMOUNT : 0,
      currency: 'KRW',
      sandbox: false,
      paid_at: Math.floor(started.getTime() / 1000),
    }
  }

  function readV2 (order: string): object {
    const isCancelled = cancelled.has(order)
    const reason = open.get(order)
    const status = isCancelled ? 'SUCCEEDED' : 'REQUESTED'
    return {
      id: order,
      transactionId: order.replace('order', 'tx'),
      storeId: STORE_ID,
      version: 'V2',
      status: isCancelled ? 'CANCELLED' : 'PAID',
      channel: { type: 'LIVE' },
      amount: { total: AMOUNT, discount: 0 },
      currency: 'KRW',
      paidAt: started.toISOString(),
      requestedAt: started.toISOString(),
      ...(reason !== undefined && { cancellations: [{ id: `c_${order}`, status, totalAmount: AMOUNT, reason }] }),
    }
  }

  async function end (order: string): Promise<void> {
    await sleep(OPEN_FOR_MS)
    cancelled.add(order)
  }

  /** @returns the answer; `undefined` if it gets lost */
  function cancelV1 (body: string): Answer | undefined {
    const { imp_uid: impUid, checksum } = JSON.parse(body)
    const order = impUid.replace('imp', 'order')
    const fate = FATES[cancellations++ % 4]
    if (fate === 'lost') return undefined
    if (cancelled.has(order) || checksum !== AMOUNT) return { value: { code: 1, message: null, response: null } }
    cancelled.add(order)
    return fate === 'unanswered' ? undefined : { value: { code: 0, response: readV1(order.replace('order_', '')) } }
  }

  function cancelV2 (order: string, body: string): Answer | undefined {
    const { reason, currentCancellableAmount: balance } = JSON.parse(body)
    const fate = FATES[cancellations++ % 4]
    if (fate === 'lost') return undefined
    if (cancelled.has(order) || balance !== AMOUNT) return { status: 409, value: { type: 'PAYMENT_ALREADY_CANCELLED' } }
    if (!open.has(order)) {
      open.set(order, reason)
      if (fate === 'later') ending.push(end(order))
      else cancelled.add(order)
    }
    if (fate === 'unanswered') return undefined
    return { value: { cancellation: { id: `c_${order}`, status: cancelled.has(order) ? 'SUCCEEDED' : 'REQUESTED' } } }
  }

  function answer (url: string, body: string): Answer | undefined {
    const [, order] = /^\/portone\/payments\/(order_\d+)/.exec(url) ?? []
    if (order !== undefined) return url.endsWith('/cancel') ? cancelV2(order, body) : { value: readV2(order) }
    if (url === '/payments/cancel') return cancelV1(body)
    const numbers = [...url.matchAll(/\bimp_(\d+)/g)].map(([, number = '']) => readV1(number))
    if (url.startsWith('/payments?')) return { value: { code: 0, response: numbers } }
    if (numbers.length > 0) return { value: { code: 0, response: numbers[0] } }
    return { value: { code: 0, response: { access_token: 'token', now: 1000, expired_at: 2800 } } }
  }

  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const answered = answer(request.url ?? '', body)
    if (answered === undefined) return response.destroy()
    response.writeHead(answered.status ?? 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answered.value))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The orders whose payment was cancelled, when no cancellation is open any more. */
    async refunded () {
      await Promise.all(ending)
      return cancelled
    },
    async close () {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
