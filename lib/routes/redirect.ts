import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Complete } from '../completion/notification.js'
import type { Completion } from '../completion/reply.js'
import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { codeOf, replyTo, ValidationError } from '../errors.js'
import type { PaymentProvider } from '../completion/provider.js'
import { createSharedLookup } from '../completion/shared-lookup.js'
import { messageFor, type Locale } from '../messages.js'
import { createNegativeCache } from '../concurrency/negative-cache.js'
import { sendPage } from './page.js'
import { RedirectQuery } from './schemas.js'

/** What became of a redirect: where the buyer goes, and what a page of ours would say. */
interface Arrival {
  to: 'paid' | 'vbank' | 'fail' | 'pending'
  /** Added to the target's query. */
  query: Record<string, string | undefined>
  completion?: Completion
  message: string
  statusCode: number
  retryAfter?: string
}

const TARGETS = { paid: 'paid', vbank_issued: 'vbank', failed: 'fail', cancelled: 'fail', ignored: 'paid' } as const

/** Why an input was refused, by the error's code. */
const REFUSALS: Record<string, 'payment_not_found' | 'order_mismatch' | 'invalid'> = {
  IAMPORT_PAYMENT_NOT_FOUND: 'payment_not_found',
  IAMPORT_ORDER_MISMATCH: 'order_mismatch',
  FST_ERR_VALIDATION: 'invalid',
}

/** A URL or path, or what makes one; `undefined` as completion where the payment could not be decided, or the input was refused. */
export type RedirectTarget = string | ((completion: Completion | undefined, request: FastifyRequest) => string)

/** Where the buyer goes; a small page of our own says how it went where none is given. */
export interface Redirects { paid?: RedirectTarget, vbank?: RedirectTarget, fail?: RedirectTarget, pending?: RedirectTarget }

export interface RedirectSettings {
  redirects: Redirects
  locale: Locale
  budgetMs: number
  complete: Complete
  provider: Pick<PaymentProvider, 'lookUpByOrder'>
}

/** GET: the buyer (mobile, some methods on PC) comes back from the checkout, and is sent on by what really happened. */
export function mountRedirect (scope: FastifyInstance, path: string, settings: RedirectSettings): void {
  const { complete, redirects, locale, budgetMs } = settings
  // Anybody may name any order number, so redirects of one order at once share a search, as notifications a lookup.
  const search = createSharedLookup<never>(settings.provider.lookUpByOrder)
  const notFound = createNegativeCache()
  // HEAD is what link previews send; they are not the buyer.
  const options = { schema: { querystring: RedirectQuery }, attachValidation: true, exposeHeadRoute: false }

  scope.get<{ Querystring: RedirectQuery }>(path, options, async (request, reply) => {
    const arrival = await arrive(request)
    if (arrival.retryAfter !== undefined) reply.header('retry-after', arrival.retryAfter)
    reply.header('cache-control', 'no-store')
    const location = locate(redirects[arrival.to], arrival, request)
    return location === undefined ? showPage(reply, arrival, locale) : reply.redirect(location, 302)
  })

  async function arrive (request: FastifyRequest<{ Querystring: RedirectQuery }>): Promise<Arrival> {
    const arrivedAt = monotonic()
    const { impUid, orders } = request.validationError ? { impUid: undefined, orders: [] } : identifiersOf(request.query)
    const [merchantUid] = orders
    try {
      if (request.validationError) throw new ValidationError(request.validationError.message)
      if (orders.some((order) => order !== merchantUid)) throw new ValidationError('merchant_uid names several orders')
      const known = impUid ?? await findByOrder(merchantUid, arrivedAt + budgetMs)
      const completion = await complete({ impUid: known, merchantUid, arrivedAt, source: 'redirect', request, log: request.log })
      const { imp_uid, merchant_uid, status, reason } = completion
      return { to: TARGETS[status], query: { imp_uid, merchant_uid, status, reason }, completion, message: completion.message, statusCode: 200 }
    } catch (error) {
      const reason = REFUSALS[codeOf(error) ?? '']
      const query = { imp_uid: impUid, merchant_uid: merchantUid, reason }
      return { to: reason === undefined ? 'pending' : 'fail', query, message: messageFor(reason ?? 'pending', locale), ...replyTo(error) }
    }
  }

  /** Some methods bring the order's number only. */
  async function findByOrder (merchantUid: string | undefined, deadline: Deadline): Promise<string> {
    if (merchantUid === undefined) throw new ValidationError('imp_uid or merchant_uid is needed')
    const { payment } = await notFound.lookUp(merchantUid, () => search(merchantUid, deadline))
    return payment.imp_uid
  }
}

/** What the query names; empty counts as absent. */
function identifiersOf ({ imp_uid: impUid, merchant_uid: merchantUid }: RedirectQuery) {
  return { impUid: impUid || undefined, orders: [merchantUid ?? []].flat().filter((order) => order !== '') }
}

/** The address to go to; `undefined` without a target, or where the merchant's function fails: the payment is decided all the same. */
function locate (target: RedirectTarget | undefined, arrival: Arrival, request: FastifyRequest): string | undefined {
  if (target === undefined) return undefined
  if (typeof target === 'string') return inHeader(withQuery(target, arrival.query))
  try {
    const location: unknown = target(arrival.completion, request)
    if (location instanceof Promise) location.catch(() => {}) // not taken, and must not end the process
    if (typeof location !== 'string' || location === '') throw new TypeError('a redirect function must return a URL or path')
    return inHeader(location)
  } catch (error) {
    request.log.error({ err: error, redirect: arrival.to }, 'a redirect function failed')
    return undefined
  }
}

/** Adds to the target's own query, before its fragment. */
function withQuery (target: string, query: Arrival['query']): string {
  const [, before = '', fragment = ''] = /^([^#]*)(#.*)?$/su.exec(target) ?? []
  const added = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') added.set(name, value)
  const separator = !before.includes('?') ? '?' : /[?&]$/.test(before) ? '' : '&'
  return added.size === 0 ? target : `${before}${separator}${added.toString()}${fragment}`
}

/** A header takes visible ASCII only: all else goes percent-encoded. */
const inHeader = (location: string) => location.toWellFormed().replace(/[^\x21-\x7e]/gu, encodeURIComponent)

function showPage (reply: FastifyReply, { message, statusCode, completion, query }: Arrival, locale: Locale): FastifyReply {
  return sendPage(reply, statusCode, locale, message, completion?.merchant_uid ?? query.merchant_uid)
}
