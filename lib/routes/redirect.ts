import type { Static, TSchema } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parse } from 'node:querystring'
import type { LookedUpPayment } from '../completion/looked-up-payment.js'
import type { Complete } from '../completion/notification.js'
import type { Completion } from '../completion/reply.js'
import { monotonic } from '../concurrency/deadline.js'
import { codeOf, replyTo, ValidationError } from '../errors.js'
import { messageFor, type Locale } from '../messages.js'
import type { RedirectInput } from './input.js'
import { redirectSchema, UNVALIDATED } from './openapi.js'
import { sendPage } from './page.js'
import { errorOf, replyToThrown } from './scope.js'

/** The outcome of a redirect: where the buyer goes, and what our own page would show. */
interface RedirectOutcome {
  to: 'paid' | 'vbank' | 'fail' | 'pending'
  /** Added to the target's query. */
  query: Record<string, string | undefined>
  completion?: Completion
  message: string
  statusCode: number
  retryAfter?: string | undefined
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
  const { complete, redirects, locale, budgetMs, isReported } = settings
  const check = TypeCompiler.Compile(input.schema)
  // Link previews send HEAD; they are not the buyer.
  const options = {
    ...UNVALIDATED,
    schema: redirectSchema(input.tag, input.schema, scope.prefix + path),
    exposeHeadRoute: false,
  }

  scope.get(path, { ...options, errorHandler: sendOn }, async function redirectBuyer (request, reply) {
    const outcome = await handle(request)
    return reply.sent ? reply : answer(reply, request, outcome) // sent: by the app's `handlerTimeout`
  })

  async function handle (request: FastifyRequest): Promise<RedirectOutcome> {
    const arrivedAt = monotonic()
    const query = readQuery(request)
    try {
      if (query === undefined) throw new ValidationError('the query is not valid')
      const named = await input.find(query, arrivedAt + budgetMs)
      const { completion, looked } = await complete(
        { arrivedAt, source: 'redirect', request, log: request.log, ...named })
      return describeOutcome(completion, looked, locale)
    } catch (error) {
      const reason = REFUSALS[codeOf(error) ?? '']
      const names = namesOf(query)
      if (reason === undefined) report(error, request, 'it could not be found by its order')
      const message = messageFor(reason ?? 'pending', locale)
      return {
        to: reason === undefined ? 'pending' : 'fail', query: { ...names, reason }, message, ...replyTo(error),
      }
    }
  }

  /**
   * A hook of the app has failed or limits requests, or the app's `handlerTimeout` is over: the buyer may have paid,
   * and must not pay again. What else a hook throws is the app's answer.
   */
  function sendOn (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const error = errorOf(thrown)
    const { statusCode, retryAfter } = replyToThrown(error, reply)
    if (statusCode < 500 && statusCode !== 429) throw error
    report(error, request, 'a hook of the app refused the request, or its time is over', statusCode)
    const query = namesOf(readQuery(request))
    const message = messageFor('pending', locale)
    return answer(reply, request, { to: 'pending', query, message, statusCode, retryAfter })
  }

  function report (error: unknown, request: FastifyRequest, why: string, statusCode = 500): void {
    if (error instanceof Error && isReported(error)) return
    const event = { ...namesOf(readQuery(request)), source: 'redirect', code: codeOf(error) }
    const level = statusCode < 500 ? 'info' : 'error' // as Fastify: a flood that is limited is no error
    request.log[level]({ ...event, err: error }, `no decision about the payment: ${why}`)
  }

  /**
   * From the URL, as a query parser of the app may make numbers of digits; so the scope does not validate queries.
   * `undefined` if it is not valid.
   */
  function readQuery ({ url }: FastifyRequest): Static<Schema> | undefined {
    const start = url.indexOf('?')
    const query: unknown = start === -1 ? {} : { ...parse(url.slice(start + 1)) }
    return check.Check(query) ? query : undefined
  }

  function namesOf (query: Static<Schema> | undefined) {
    const { impUid, merchantUid } = input.claimed(query ?? {})
    return { imp_uid: impUid, merchant_uid: merchantUid }
  }

  function answer (reply: FastifyReply, request: FastifyRequest, outcome: RedirectOutcome): FastifyReply {
    const { retryAfter } = outcome
    if (retryAfter !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', retryAfter)
    reply.header('cache-control', 'no-store')
    const location = locate(redirects[outcome.to], outcome, request)
    return location === undefined ? showPage(reply, outcome, locale) : reply.redirect(location, 302)
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
