import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Payment } from '../../lib/index.js'

/** A request that the provider received. */
export interface Seen {
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: string
}

/** Returns true if it answers the request itself, or means to leave it open; otherwise the usual answer is sent. */
export type Script = (seen: Seen, response: ServerResponse) => boolean | undefined | Promise<boolean | undefined>

/** Holds one request back: `arrived` resolves when it comes, and `open()` lets it be answered. */
export interface Gate { arrived: Promise<void>, open (): void }

/** A scripted provider, which can also do what Iamport and the sandbox never do. */
export interface Upstream {
  url: string
  payments: Map<string, Payment>
  /** Every request, oldest first. */
  seen: Seen[]
  /** The token that it issues, and the only one that it accepts. */
  token: string
  /** Receives every request before the usual answer is sent. */
  script: Script
  count (method: string, path: RegExp): number
  /** How often a payment was looked up, or this one, alone or with others. */
  lookups (impUid?: string): number
  /** What each request for several payments asked for, oldest first. */
  batches (): string[][]
  /** The bodies of the requests to cancel, oldest first. */
  cancellations (): Record<string, unknown>[]
  /**
   * Holds back the answer to the next request of that kind. The answer to a GET has the payments as they were when the
   * request arrived.
   */
  hold (method: string, path: RegExp): Gate
  close (): Promise<void>
}

/** UNIX seconds. */
export const secondsAgo = (seconds: number): number => Math.floor(Date.now() / 1000) - seconds

/** A card payment of 14000 won for `order_1`, paid a minute ago. */
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
    paid_at: secondsAgo(60),
    cancel_history: [],
    ...changes,
  }
}

/** A payment by virtual account, issued, without its deposit. */
export const account = (changes: Partial<Payment> = {}): Payment => payment({
  status: 'ready',
  pay_method: 'vbank',
  paid_at: 0,
  vbank_num: '100-200-300',
  vbank_name: '국민은행',
  vbank_holder: '가게',
  vbank_date: 1790500000,
  ...changes,
})

/** A promise, and what resolves it. */
export function deferred () {
  let resolve = () => {}
  const promise = new Promise<void>((_resolve) => { resolve = _resolve })
  return { promise, resolve }
}

export const json = (response: ServerResponse, value: unknown, status = 200, headers: Record<string, string> = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
  return true
}
export const ok = (response: ServerResponse, value: unknown) =>
  json(response, { code: 0, message: null, response: value })
export const refuse = (response: ServerResponse, status: number, message = 'refused', code = -1) =>
  json(response, { code, message, response: null }, status)
export const html = (response: ServerResponse, status: number) => {
  response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>proxy</h1>')
  return true
}
/** An outage whose `retry-after` does not fit into the budget, so that the plugin does not retry. */
export const outage = (response: ServerResponse, status = 503) =>
  json(response, { code: -1, message: 'later', response: null }, status, { 'retry-after': '60' })
/** Closes the connection without an answer. */
export const hangUp = (response: ServerResponse) => {
  response.destroy()
  return true
}

export const isLookup = ({ method, path }: Seen) => method === 'GET' && /^\/payments\/[^/]+$/.test(path)
export const isBatch = ({ method, path }: Seen) => method === 'GET' && path === '/payments'
/** The payments that a request looks up, alone or with others. */
export const idsOf = (seen: Seen): string[] =>
  isBatch(seen) ? seen.query.getAll('imp_uid[]') : isLookup(seen) ? [seen.path.slice('/payments/'.length)] : []
export const isCancellation = ({ method, path }: Seen) => method === 'POST' && path === '/payments/cancel'
export const isToken = ({ path }: Seen) => path.endsWith('/users/getToken')

export async function createUpstream (payments: Payment[] = [payment()]): Promise<Upstream> {
  const held: { method: string, path: RegExp, arrive: () => void, opened: Promise<void> }[] = []
  const upstream: Upstream = {
    url: '',
    payments: new Map(payments.map((one) => [one.imp_uid, one])),
    seen: [],
    token: 'token',
    script: () => undefined,
    count: (method, path) => upstream.seen.filter((one) => one.method === method && path.test(one.path)).length,
    lookups: (impUid) =>
      upstream.seen.flatMap(idsOf).filter((id) => impUid === undefined || id === impUid).length,
    batches: () => upstream.seen.filter(isBatch).map(idsOf),
    cancellations: () => upstream.seen.filter(isCancellation).map(({ body }) => JSON.parse(body)),
    hold (method, path) {
      const arrived = deferred()
      const opened = deferred()
      held.push({ method, path, arrive: arrived.resolve, opened: opened.promise })
      return { arrived: arrived.promise, open: opened.resolve }
    },
    async close () {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  function answer (seen: Seen, response: ServerResponse, payments: Map<string, Payment>) {
    const { method, path, body } = seen
    if (path === '/users/getToken') return ok(response, { access_token: upstream.token, now: 1000, expired_at: 2800 })
    if (seen.headers.authorization !== upstream.token) return refuse(response, 401)
    const [, area, ...rest] = path.split('/').map(decodeURIComponent)
    if (area === 'payments' && rest[0] === 'prepare') return prepare(seen, response, rest[1])
    if (method === 'GET' && area === 'payments' && rest[0] === 'find') {
      const [, merchantUid, status] = rest
      const ofOrder = [...payments.values()].filter((one) => one.merchant_uid === merchantUid)
      const found = ofOrder.filter((one) => status === undefined || one.status === status).at(-1)
      return found ? ok(response, found) : refuse(response, 404)
    }
    if (method === 'GET' && area === 'payments' && rest[0] === 'status') {
      const all = [...payments.values()].filter((one) => rest[1] === 'all' || one.status === rest[1])
      const page = Number(seen.query.get('page') ?? 1)
      const limit = Number(seen.query.get('limit') ?? 20)
      const list = all.slice((page - 1) * limit, page * limit)
      if (page > 1 && list.length === 0) return refuse(response, 400, '데이터 범위를 넘어선 page')
      const next = all.length > page * limit ? page + 1 : 0
      return ok(response, { total: all.length, previous: page - 1, next, list })
    }
    if (isBatch(seen)) return batch(idsOf(seen), response, payments)
    const target = payments.get(method === 'POST' ? JSON.parse(body).imp_uid : rest[0] ?? '')
    if (!target) return refuse(response, 404)
    if (method === 'GET' && area === 'payments') return ok(response, target)
    if (method === 'POST' && path === '/payments/cancel') return cancel(target, JSON.parse(body), response)
    if (method === 'DELETE' && area === 'vbanks') {
      if (target.status !== 'ready') return refuse(response, 200, '입금된 계좌입니다.', 1)
      target.status = 'cancelled'
      return ok(response, target)
    }
    return refuse(response, 404)
  }

  function batch (ids: string[], response: ServerResponse, payments: Map<string, Payment>) {
    if (ids.length === 0 || ids.length > 100) return refuse(response, 400)
    const asked = new Set(ids)
    const found = [...payments.values()].filter(({ imp_uid }) => asked.has(imp_uid))
    if (found.length === 0) return refuse(response, 404)
    return json(response, { code: 0, message: null, response: found }, found.length < asked.size ? 207 : 200)
  }

  const prepared = new Map<string, unknown>()
  function prepare ({ method, body }: Seen, response: ServerResponse, merchantUid = '') {
    if (method !== 'GET') prepared.set(JSON.parse(body).merchant_uid, JSON.parse(body))
    const found = prepared.get(method === 'GET' ? merchantUid : JSON.parse(body).merchant_uid)
    return found ? ok(response, found) : refuse(response, 404)
  }

  function cancel (
    target: Payment, request: { amount?: number, checksum?: number, reason?: string }, response: ServerResponse
  ) {
    const { amount: requested, checksum, reason } = request
    const balance = target.amount - target.cancel_amount
    if (balance === 0 || (checksum !== undefined && checksum !== balance)) {
      return refuse(response, 200, '취소할 수 없습니다.', 1)
    }
    const amount = requested || balance
    const history = target.cancel_history ?? []
    target.status = 'cancelled'
    target.cancel_amount += amount
    target.cancel_history = [...history, { amount, reason, cancellation_id: `c${history.length}` }]
    return ok(response, target)
  }

  const server = createServer(async (request, response) => {
    request.on('error', () => {}) // a client may close its connection at any time
    let body = ''
    for await (const chunk of request) body += chunk
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://upstream')
    const seen = { method: request.method ?? '', path: pathname, query: searchParams, headers: request.headers, body }
    upstream.seen.push(seen)
    const index = held.findIndex(({ method, path }) => method === seen.method && path.test(seen.path))
    const [gate] = index >= 0 ? held.splice(index, 1) : []
    const payments = gate && seen.method === 'GET' ? structuredClone(upstream.payments) : upstream.payments
    gate?.arrive()
    await gate?.opened
    if (await upstream.script(seen, response) !== true) answer(seen, response, payments)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return upstream
}
