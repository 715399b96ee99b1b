import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cancelPayment, closeAccount, confirmPayment, type Body } from './portone-answers.js'
import { listPayments } from './portone-list.js'
import { STORE_ID, paid, type WirePayment } from './portone-payments.js'
import { deferred, json, type Gate, type Script, type Seen } from './upstream.js'

export * from './portone-payments.js'

/** What a request is for. */
export type Kind =
  'lookup' | 'list' | 'cancel' | 'close' | 'confirm' | 'pre-register' | 'billing-key' | 'other'

/** Answers a request; `undefined` or false leaves that to the usual answer. */
export type Reply = (response: ServerResponse, seen: Seen) => boolean | undefined | Promise<boolean | undefined>

/** A scripted PortOne V2, which can also do what the real one never does. */
export interface PortoneUpstream {
  url: string
  /** By `paymentId`, as a lookup shows them. */
  payments: Map<string, WirePayment>
  /** Every request, oldest first. */
  seen: Seen[]
  /** The only API secret that it accepts. */
  secret: string
  /** The status of the next cancellations: a real one may end later (`REQUESTED`), or fail with HTTP 200. */
  cancelsAs: string
  /** The attempts that wait for `POST /payments/{id}/confirm`, by `paymentToken`: the payment that it makes. */
  attempts: Map<string, WirePayment>
  /** Receives every request before any other answer. */
  script: Script
  /** Answers all requests of this kind (and of this payment); without a reply they get the usual answer again. */
  on (kind: Kind, reply: Reply | undefined, paymentId?: string): void
  /** Answers the next request of this kind (and of this payment). */
  once (kind: Kind, reply: Reply, paymentId?: string): void
  /** Ends a `REQUESTED` cancellation, the first one of that payment. */
  endCancellation (paymentId: string, status: 'SUCCEEDED' | 'FAILED'): void
  /** The requests of this kind, oldest first. */
  requests (kind: Kind): Seen[]
  /** Their bodies, parsed. */
  bodies (kind: Kind): Body[]
  lookups (): number
  /** Holds back the answer to the next request of that kind; that of a read is of the time when it arrived. */
  hold (kind: Kind, paymentId?: string): Gate
  close (): Promise<void>
}

/** An error as the provider writes it. */
export const refuse = (response: ServerResponse, status: number, type: string, more: object = {}) =>
  json(response, { type, message: '거절되었습니다.', ...more }, status)

/** A {@link Reply} that refuses. */
export const refusing = (status: number, type: string, more: object = {}): Reply => (response) =>
  refuse(response, status, type, more)

/** An outage whose `retry-after` does not fit into the budget, so that there is no retry. */
export const outage = (status = 503): Reply => (response) =>
  json(response, { type: 'UNKNOWN' }, status, { 'retry-after': '60' })

/** Closes the connection without an answer. */
export const hangUp: Reply = (response) => {
  response.destroy()
  return true
}

/** What a request is for, and of which payment. */
export function kindOf ({ method, path }: Seen): { kind: Kind, paymentId: string } {
  const [, area, id, ...rest] = path.split('/')
  const paymentId = decodeURIComponent(id ?? '')
  const is = (wanted: string, action: string) => method === wanted && area === 'payments' && rest.join('/') === action
  if (is('GET', '')) return { kind: id === undefined ? 'list' : 'lookup', paymentId }
  if (is('POST', 'virtual-account/close')) return { kind: 'close', paymentId }
  for (const kind of ['cancel', 'confirm', 'pre-register', 'billing-key'] as const) {
    if (is('POST', kind)) return { kind, paymentId }
  }
  return { kind: 'other', paymentId }
}

const parse = (text: string): Body => text === '' ? {} : JSON.parse(text)

/** The payments are found by lookups at once; `fastify.iamport` and the routes do the rest. */
export async function createPortone (payments: WirePayment[] = [paid()]): Promise<PortoneUpstream> {
  const held: { kind: Kind, paymentId: string | undefined, arrive: () => void, opened: Promise<void> }[] = []
  const replies: { kind: Kind, paymentId: string | undefined, reply: Reply, isOnce: boolean }[] = []
  /** The provider repeats the first answer to an `Idempotency-Key`. */
  const answered = new Map<string, { status: number, value: unknown }>()
  const isFor = (one: { kind: Kind, paymentId: string | undefined }, kind: Kind, paymentId: string) =>
    one.kind === kind && (one.paymentId === undefined || one.paymentId === paymentId)

  const upstream: PortoneUpstream = {
    url: '',
    payments: new Map(payments.map((one) => [one.id, one])),
    seen: [],
    secret: 'the-secret',
    cancelsAs: 'SUCCEEDED',
    attempts: new Map(),
    script: () => undefined,
    on (kind, reply, paymentId) {
      const index = replies.findIndex((one) => !one.isOnce && one.kind === kind && one.paymentId === paymentId)
      if (index >= 0) replies.splice(index, 1)
      if (reply) replies.push({ kind, paymentId, reply, isOnce: false })
    },
    once: (kind, reply, paymentId) => { replies.unshift({ kind, paymentId, reply, isOnce: true }) },
    endCancellation (paymentId, status) {
      const payment = upstream.payments.get(paymentId)
      const cancellation = payment?.cancellations?.find((one) => one.status === 'REQUESTED')
      if (!payment || !cancellation) throw new Error('there is no such cancellation')
      cancellation.status = status
      if (status === 'FAILED') return
      payment.amount.cancelled += cancellation.totalAmount
      payment.status = payment.amount.cancelled >= payment.amount.total ? 'CANCELLED' : 'PARTIAL_CANCELLED'
    },
    requests: (kind) => upstream.seen.filter((one) => kindOf(one).kind === kind),
    bodies: (kind) => upstream.requests(kind).map(({ body }) => parse(body)),
    lookups: () => upstream.requests('lookup').length,
    hold (kind, paymentId) {
      const arrived = deferred()
      const opened = deferred()
      held.push({ kind, paymentId, arrive: arrived.resolve, opened: opened.promise })
      return { arrived: arrived.promise, open: opened.resolve }
    },
    async close () {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  function answer (seen: Seen, payments: Map<string, WirePayment>): { status: number, value: unknown } {
    const { kind, paymentId } = kindOf(seen)
    if (seen.headers.authorization !== `PortOne ${upstream.secret}`) {
      return { status: 401, value: { type: 'UNAUTHORIZED' } }
    }
    if (kind === 'list') return listPayments([...payments.values()], seen)
    if (kind === 'pre-register') return { status: 200, value: {} }
    if (kind === 'billing-key') {
      return { status: 200, value: { payment: { pgTxId: 'pg_1', paidAt: new Date().toISOString() } } }
    }
    const body = parse(seen.body)
    if (kind === 'confirm') return confirmPayment(upstream, paymentId, body)
    const payment = payments.get(paymentId)
    const storeId = kind === 'cancel' ? body.storeId : seen.query.get('storeId')
    if (!payment || storeId !== payment.storeId || kind === 'other') {
      return { status: 404, value: { type: kind === 'other' ? 'NOT_FOUND' : 'PAYMENT_NOT_FOUND' } }
    }
    if (kind === 'cancel') return cancelPayment(payment, body, upstream.cancelsAs)
    if (kind === 'close') return closeAccount(payment)
    return { status: 200, value: payment }
  }

  const server = createServer(async (request, response) => {
    request.on('error', () => {}) // a client may close its connection at any time
    let body = ''
    for await (const chunk of request) body += chunk
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://upstream')
    const seen = { method: request.method ?? '', path: pathname, query: searchParams, headers: request.headers, body }
    upstream.seen.push(seen)
    const { kind, paymentId } = kindOf(seen)
    const index = held.findIndex((one) => isFor(one, kind, paymentId))
    const [gate] = index >= 0 ? held.splice(index, 1) : []
    const payments = gate && seen.method === 'GET' ? structuredClone(upstream.payments) : upstream.payments
    gate?.arrive()
    await gate?.opened
    if (await upstream.script(seen, response) === true) return
    const scripted = replies.find((one) => isFor(one, kind, paymentId))
    if (scripted?.isOnce) replies.splice(replies.indexOf(scripted), 1)
    if (scripted && await scripted.reply(response, seen) === true) return
    const key = seen.method === 'GET' ? undefined : request.headers['idempotency-key']?.toString()
    const { status, value } = (key !== undefined && answered.get(key)) || answer(seen, payments)
    if (key !== undefined) answered.set(key, { status, value: structuredClone(value) })
    json(response, value, status)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  upstream.url = `http://127.0.0.1:${address.port}`
  return upstream
}

/** The options under which a plugin or a client reaches it. */
export const portoneOptions = ({ url, secret }: PortoneUpstream) =>
  ({ apiSecret: secret, storeId: STORE_ID, baseUrl: url })
