import { randomBytes } from 'node:crypto'
import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { DECLINES } from '../banks.js'
import { oldestBeyond } from '../bounded.js'
import { dueAt, secondsOf, type Clock } from '../clock.js'
import { RefusedError } from '../errors.js'
import type { Faults } from '../faults/faults.js'
import { createOpenerCheck, guardCrossSite, type AcceptsHost } from '../guard.js'
import { sendHtml } from '../html.js'
import { languageOf, type Language } from '../language.js'
import type { Lifecycle } from '../lifecycle.js'
import { fieldsOf, integer, text } from '../rest/fields.js'
import type { Entry, Store } from '../store.js'
import { outcomeOf, redirectOf, refusedCallback, type Callback } from './outcome.js'
import { checkoutPage, closedPage } from './page.js'
import { receiptPage } from './receipt.js'
import { readWindowRequest, type WindowRequest } from './request.js'

export interface CheckoutParts {
  store: Store
  lifecycle: Lifecycle
  faults: Faults
  clock: Clock
  userCode: string | undefined
  /** The language of the window; without one, the browser's. */
  lang: Language | undefined
  acceptsHost: AcceptsHost
  webhooksSent: () => Promise<void>
}

/** An open window, or one whose end is known. */
interface Window extends Pick<WindowRequest, 'mode' | 'returnUrl'> {
  /** The shop's page: the only one that may frame the window and hear from it. */
  origin: string
  /** None where the request was refused. */
  entry?: Entry
  callback?: Callback
}

/** Windows kept; the oldest are forgotten. */
const MAX_WINDOWS = 2000
const CLOSED_BY_BUYER = '사용자가 결제를 취소하셨습니다.'

/** The window: opened for the script, or a form like it, decided by a call of its own page. */
export function checkout (parts: CheckoutParts) {
  const { store, lifecycle, faults, clock, userCode, lang, acceptsHost, webhooksSent } = parts
  const opener = createOpenerCheck(acceptsHost)
  const windows = new Map<string, Window>()
  // The id is all that it takes to decide a window.
  const idOf = (window: Window) => {
    const id = randomBytes(16).toString('hex')
    windows.set(id, window)
    oldestBeyond(windows, MAX_WINDOWS)
    return id
  }

  function open (request: WindowRequest & { origin: string }, userAgent: string | undefined): Window {
    const { mode, origin, returnUrl, payment } = request
    try {
      if (userCode !== undefined && request.userCode !== userCode) throw new RefusedError('등록되지 않은 가맹점 식별코드입니다.')
      if (mode === 'redirect' && returnUrl === undefined) throw new RefusedError('모바일 결제에는 m_redirect_url이 필요합니다.')
      const amount = faults.strike('tampered_amount')?.amount ?? payment.amount
      const entry = lifecycle.open(
        { ...payment, amount },
        { channel: mode === 'redirect' ? 'mobile' : 'pc', userAgent }
      )
      return { mode, origin, returnUrl, entry }
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      return { mode, origin, returnUrl, callback: refusedCallback(payment.merchant_uid, error.message) }
    }
  }

  const redirectFor = ({ mode, returnUrl }: Window, callback: Callback) =>
    mode === 'redirect' && returnUrl !== undefined ? redirectOf(returnUrl, callback) : undefined

  async function decide (window: Window, entry: Entry, choice: Record<string, unknown>): Promise<Callback> {
    const action = text(choice, 'action')
    if (action === 'approve') {
      await lifecycle.approve(entry, {
        payMethod: text(choice, 'method'),
        source: text(choice, 'source') === 'money' ? 'money' : 'card',
        institution: text(choice, 'institution'),
        quota: integer(choice, 'quota', { max: 36, otherwise: 0 }),
      })
    } else {
      const declined = DECLINES.get(text(choice, 'reason') ?? '') ?? '승인 거절'
      lifecycle.fail(entry, action === 'decline' ? declined : CLOSED_BY_BUYER)
    }
    if (faults.strike('webhook_first')) await webhooksSent()
    // A second click, or a click while the first is under way, finds the same end.
    window.callback ??= outcomeOf(entry, action === 'approve', faults)
    return window.callback
  }

  return async function checkoutRoutes (scope: FastifyInstance): Promise<void> {
    await scope.register(formbody)

    scope.post('/checkout', { onRequest: opener.onRequest }, async (request, reply) => {
      const asked = readWindowRequest(request.body)
      const found = opener.openerOf(request, asked.origin)
      if ('problem' in found) return reply.code(403).send({ message: found.problem })
      const window = open({ ...asked, origin: found.origin }, request.headers['user-agent'])
      const location = `/checkout/${idOf(window)}`
      // The script goes there itself; a form, which knows no JSON, is led there.
      return request.headers.accept === 'application/json' ? { location } : reply.redirect(location, 303)
    })

    await scope.register(async (own) => {
      guardCrossSite(own)

      own.get<{ Params: { id: string } }>('/checkout/:id', async (request, reply) => {
        const { id } = request.params
        const window = windows.get(id)
        if (!window) return reply.code(404).send({ message: 'There is no such window' })
        const { entry, mode, origin, callback } = window
        const ancestors = mode === 'layer' ? origin : undefined
        const shown = { language: languageOf(request, reply, lang), mode, origin }
        if (entry && !callback) {
          const now = secondsOf(clock())
          return sendHtml(reply, checkoutPage(shown, id, entry, dueAt(entry.request.vbank_due, now)), ancestors)
        }
        const known = callback ?? {}
        return sendHtml(reply, closedPage(shown, known, redirectFor(window, known), !entry), ancestors)
      })

      own.post<{ Params: { id: string } }>('/checkout/:id', async (request, reply) => {
        const window = windows.get(request.params.id)
        if (!window?.entry) return reply.code(404).send({ message: 'There is no such window' })
        const callback = await decide(window, window.entry, fieldsOf(request.body))
        return { callback, redirect: redirectFor(window, callback) }
      })

      own.get<{ Params: { impUid: string } }>('/receipt/:impUid', async (request, reply) => {
        const entry = store.get(request.params.impUid)
        if (!entry || entry.payment.paid_at === 0) return reply.code(404).send({ message: 'There is no such receipt' })
        return sendHtml(reply, receiptPage(entry, languageOf(request, reply, lang)))
      })
    })
  }
}
