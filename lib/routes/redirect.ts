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

/** The outcome of a redirect: where the buyer goes, and what our own page would show. */
interface RedirectOutcome {
  to: 'paid' | 'vbank' | 'fail' | 'pending'
  /** Added to the target's query. */
  query: Record<string, string | undefined>
  completion?: Completion
  message: string
  statusCode: number
  retryAfter?: string
}

const TARGETS = { paid: 'paid', vbank_issued: 'vbank', failed: 'fail', cancelled: 'fail', ignored: 'paid' } as const

/** The reason for refusing an input, by the error's code. */
const REFUSALS: Record<string, 'payment_not_found' | 'order_mismatch' | 'invalid'> = {
  IAMPORT_PAYMENT_NOT_FOUND: 'payment_not_found',
  IAMPORT_ORDER_MISMATCH: 'order_mismatch',
  FST_ERR_VALIDATION: 'invalid',
}

/**
 * A URL or path, or a function that returns one. The completion is `undefined` if no decision could be made, or if the
 * input was refused.
 */
export type RedirectTarget = string | ((completion: Completion | undefined, request: FastifyRequest) => string)

/** Where the buyer goes. Without a target, a small page of our own shows the outcome. */
export interface Redirects {
  paid?: RedirectTarget
  vbank?: RedirectTarget
  fail?: RedirectTarget
  pending?: RedirectTarget
}

export interface RedirectSettings {
  redirects: Redirects
  locale: Locale
  budgetMs: number
  complete: Complete
  provider: Pick<PaymentProvider, 'lookUpByOrder'>
  /** Whether the log already has this error. */
  isReported: (error: Error) => boolean
}

/** GET: the buyer returns from the checkout (mobile, some methods on PC) and is redirected by the actual outcome. */
export function mountRedirect (scope: FastifyInstance, path: string, settings: RedirectSettings): void {
  const { complete, redirects, locale, budgetMs } = settings
  // Anyone can name any order number, so simultaneous redirects of one order share a lookup.
  const lookUpOrder = createSharedLookup(settings.provider.lookUpByOrder)
  const notFound = createNegativeCache()
  // Link previews send HEAD; they are not the buyer.
  const options = { schema: { querystring: RedirectQuery }, attachValidation: true, exposeHeadRoute: false }

  scope.get<{ Querystring: RedirectQuery }>(path, options, async (request, reply) => {
    const outcome = await handle(request)
    if (outcome.retryAfter !== undefined) reply.header('retry-after', outcome.retryAfter)
    reply.header('cache-control', 'no-store')
    const location = locate(redirects[outcome.to], outcome, request)
    return location === undefined ? showPage(reply, outcome, locale) : reply.redirect(location, 302)
  })

  async function handle (request: FastifyRequest<{ Querystring: RedirectQuery }>): Promise<RedirectOutcome> {
    const arrivedAt = monotonic()
    const { impUid, orders } = identifiersOf(request.validationError ? {} : request.query)
    const [merchantUid] = orders
    try {
      if (request.validationError) throw new ValidationError(request.validationError.message)
      if (orders.some((order) => order !== merchantUid)) throw new ValidationError('merchant_uid names several orders')
      const known = impUid ?? await findByOrder(merchantUid, arrivedAt + budgetMs)
      const completion = await complete(
        { impUid: known, merchantUid, arrivedAt, source: 'redirect', request, log: request.log })
      const { imp_uid, merchant_uid, status, reason } = completion
      const query = { imp_uid, merchant_uid, status, reason }
      return { to: TARGETS[status], query, completion, message: completion.message, statusCode: 200 }
    } catch (error) {
      const reason = REFUSALS[codeOf(error) ?? '']
      const isReported = error instanceof Error && settings.isReported(error)
      if (reason === undefined && !isReported) {
        const event = { imp_uid: impUid, merchant_uid: merchantUid, source: 'redirect', code: codeOf(error) }
        request.log.error({ ...event, err: error }, 'no decision about the payment: it could not be found by its order')
      }
      const query = { imp_uid: impUid, merchant_uid: merchantUid, reason }
      const message = messageFor(reason ?? 'pending', locale)
      return { to: reason === undefined ? 'pending' : 'fail', query, message, ...replyTo(error) }
    }
  }

  /** Some payment methods send only the order number. */
  async function findByOrder (merchantUid: string | undefined, deadline: Deadline): Promise<string> {
    if (merchantUid === undefined) throw new ValidationError('imp_uid or merchant_uid is required')
    const { payment } = await notFound.lookUp(merchantUid, () => lookUpOrder(merchantUid, deadline))
    return payment.imp_uid
  }
}

/** The ids in the query; an empty one counts as absent. */
function identifiersOf ({ imp_uid: impUid, merchant_uid: merchantUid }: RedirectQuery) {
  return { impUid: impUid || undefined, orders: [merchantUid ?? []].flat().filter((order) => order !== '') }
}

/** The URL to redirect to; `undefined` without a target, or if the merchant's function fails. */
function locate (
  target: RedirectTarget | undefined, outcome: RedirectOutcome, request: FastifyRequest
): string | undefined {
  if (target === undefined) return undefined
  if (typeof target === 'string') return inHeader(withQuery(target, outcome.query))
  try {
    const location: unknown = target(outcome.completion, request)
    if (location instanceof Promise) location.catch(() => {}) // unused, and a rejection must not end the process
    if (typeof location !== 'string' || location === '') {
      throw new TypeError('a redirect function must return a URL or path')
    }
    return inHeader(location)
  } catch (error) {
    request.log.error({ err: error, redirect: outcome.to }, 'a redirect function failed')
    return undefined
  }
}

/** Adds to the target's own query, before its fragment. */
function withQuery (target: string, query: RedirectOutcome['query']): string {
  const [, before = '', fragment = ''] = /^([^#]*)(#.*)?$/su.exec(target) ?? []
  const added = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') added.set(name, value)
  const separator = !before.includes('?') ? '?' : /[?&]$/.test(before) ? '' : '&'
  return added.size === 0 ? target : `${before}${separator}${added.toString()}${fragment}`
}

/** A header holds visible ASCII only: everything else is percent-encoded. */
const inHeader = (location: string) => location.toWellFormed().replace(/[^\x21-\x7e]/gu, encodeURIComponent)

function showPage (
  reply: FastifyReply, { message, statusCode, completion, query }: RedirectOutcome, locale: Locale
): FastifyReply {
  return sendPage(reply, statusCode, locale, message, completion ?? { merchant_uid: query.merchant_uid })
}
