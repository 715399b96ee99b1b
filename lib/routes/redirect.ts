import type { Static, TSchema } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LookedUpPayment } from '../completion/looked-up-payment.js'
import type { Complete } from '../completion/notification.js'
import type { Completion } from '../completion/reply.js'
import { monotonic } from '../concurrency/deadline.js'
import { codeOf, replyTo, ValidationError } from '../errors.js'
import { messageFor, type Locale } from '../messages.js'
import type { RedirectInput } from './input.js'
import { redirectSchema } from './openapi.js'
import { sendPage } from './page.js'

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
  paid?: RedirectTarget | undefined
  vbank?: RedirectTarget | undefined
  fail?: RedirectTarget | undefined
  pending?: RedirectTarget | undefined
}

export interface RedirectSettings {
  redirects: Redirects
  locale: Locale
  budgetMs: number
  complete: Complete
  /** Whether the log already has this error. */
  isReported: (error: Error) => boolean
}

/** GET: the buyer returns from the checkout (mobile, some methods on PC) and is redirected by the actual outcome. */
export function mountRedirect<Schema extends TSchema> (
  scope: FastifyInstance, path: string, input: RedirectInput<Schema>, settings: RedirectSettings
): void {
  const { complete, redirects, locale, budgetMs } = settings
  // Link previews send HEAD; they are not the buyer.
  const options = {
    schema: redirectSchema(input.tag, input.schema, scope.prefix + path),
    attachValidation: true,
    exposeHeadRoute: false,
  }

  scope.get<{ Querystring: Static<Schema> }>(path, options, async function redirectBuyer (request, reply) {
    const outcome = await handle(request)
    if (outcome.retryAfter !== undefined) reply.header('retry-after', outcome.retryAfter)
    reply.header('cache-control', 'no-store')
    const location = locate(redirects[outcome.to], outcome, request)
    return location === undefined ? showPage(reply, outcome, locale) : reply.redirect(location, 302)
  })

  async function handle (request: FastifyRequest): Promise<RedirectOutcome> {
    const arrivedAt = monotonic()
    const query: Static<Schema> = request.validationError ? {} : request.query
    const claimed = input.claimed(query)
    try {
      if (request.validationError) throw new ValidationError(request.validationError.message)
      const named = await input.find(query, arrivedAt + budgetMs)
      const { completion, looked } = await complete(
        { arrivedAt, source: 'redirect', request, log: request.log, ...named })
      return describeOutcome(completion, looked, locale)
    } catch (error) {
      const reason = REFUSALS[codeOf(error) ?? '']
      const isReported = error instanceof Error && settings.isReported(error)
      const names = { imp_uid: claimed.impUid, merchant_uid: claimed.merchantUid }
      if (reason === undefined && !isReported) {
        const event = { ...names, source: 'redirect', code: codeOf(error) }
        request.log.error({ ...event, err: error }, 'no decision about the payment: it could not be found by its order')
      }
      const message = messageFor(reason ?? 'pending', locale)
      return {
        to: reason === undefined ? 'pending' : 'fail', query: { ...names, reason }, message, ...replyTo(error),
      }
    }
  }
}

function describeOutcome (
  completion: Completion, looked: LookedUpPayment | undefined, locale: Locale
): RedirectOutcome {
  const { imp_uid, merchant_uid, status, reason } = completion
  const outcome = { query: { imp_uid, merchant_uid, status, reason }, completion, statusCode: 200 }
  // It may still be approved, hours later: the buyer must not pay again.
  return looked?.state === 'approval_pending'
    ? { ...outcome, to: 'pending', message: messageFor('pending', locale) }
    : { ...outcome, to: TARGETS[status], message: completion.message }
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
