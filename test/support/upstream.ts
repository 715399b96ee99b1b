import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Payment } from '../../lib/index.js'

/** A request as the stand-in saw it. */
export interface Seen { method: string, path: string, query: URLSearchParams, headers: IncomingMessage['headers'], body: string }

/** Answers a request itself and returns true, or leaves it to the usual answer. */
export type Script = (seen: Seen, response: ServerResponse) => boolean | undefined

/** A scripted, faulty stand-in for the provider: what the sandbox must never do, this one does. */
export interface Upstream {
  url: string
  payments: Map<string, Payment>
  /** Every request, oldest first. */
  seen: Seen[]
  /** Replaces the usual answers where it returns true. */
  script: Script
  count (method: string, path: RegExp): number
  close (): Promise<void>
}

export function payment (changes: Partial<Payment> = {}): Payment {
  return {
    imp_uid: 'imp_1',
    merchant_uid: 'order_1',
    status: 'paid',
    amount: 14000,
    cancel_amount: 0,
    currency: 'KRW',
    sandbox: false,
    pay_method: 'card',
    paid_at: 1790000000,
    cancel_history: [],
    ...changes,
  }
}

export const json = (response: ServerResponse, value: unknown, status = 200) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  return true
}
export const ok = (response: ServerResponse, value: unknown) => json(response, { code: 0, message: null, response: value })
export const refuse = (response: ServerResponse, status: number, message = 'refused', code = -1) => json(response, { code, message, response: null }, status)

export async function createUpstream (payments: Payment[] = [payment()]): Promise<Upstream> {
  const book = new Map(payments.map((one) => [one.imp_uid, one]))
  const upstream: Upstream = {
    url: '',
    payments: book,
    seen: [],
    script: () => undefined,
    count: (method, path) => upstream.seen.filter((one) => one.method === method && path.test(one.path)).length,
    async close () {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  function answer (seen: Seen, response: ServerResponse) {
    const { method, path, body } = seen
    if (path === '/users/getToken') return ok(response, { access_token: 'token', now: 1000, expired_at: 2800 })
    if (seen.headers.authorization !== 'token') return refuse(response, 401)
    const [, area, ...rest] = path.split('/')
    if (method === 'GET' && area === 'payments' && rest[0] === 'find') {
      const found = [...book.values()].filter((one) => one.merchant_uid === rest[1] && (rest[2] === undefined || one.status === rest[2])).at(-1)
      return found ? ok(response, found) : refuse(response, 404)
    }
    if (method === 'GET' && area === 'payments' && rest[0] === 'status') {
      const list = [...book.values()].filter((one) => rest[1] === 'all' || one.status === rest[1])
      const page = Number(seen.query.get('page') ?? 1)
      const limit = Number(seen.query.get('limit') ?? 20)
      const more = list.length > page * limit
      return ok(response, { total: list.length, previous: page - 1, next: more ? page + 1 : 0, list: list.slice((page - 1) * limit, page * limit) })
    }
    const target = book.get(method === 'POST' ? JSON.parse(body).imp_uid : rest[0] ?? '')
    if (!target) return refuse(response, 404)
    if (method === 'GET' && area === 'payments') return ok(response, target)
    if (method === 'POST' && path === '/payments/cancel') {
      const { amount, checksum, reason } = JSON.parse(body)
      const left = target.amount - target.cancel_amount
      if (left === 0 || (checksum !== undefined && checksum !== left)) return json(response, { code: 1, message: '취소할 수 없습니다.', response: null })
      const cancelled = amount || left
      target.status = 'cancelled'
      target.cancel_amount += cancelled
      target.cancel_history = [...target.cancel_history ?? [], { amount: cancelled, reason, cancellation_id: `c${target.cancel_history?.length ?? 0}` }]
      return ok(response, target)
    }
    if (method === 'DELETE' && area === 'vbanks') {
      target.status = 'cancelled'
      return ok(response, target)
    }
    return refuse(response, 404)
  }

  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://upstream')
    const seen = { method: request.method ?? '', path: pathname, query: searchParams, headers: request.headers, body }
    upstream.seen.push(seen)
    if (upstream.script(seen, response) !== true) answer(seen, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return upstream
}
