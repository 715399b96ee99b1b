import { randomBytes } from 'node:crypto'
import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { DECLINES } from '../banks.js'
import { oldestBeyond } from '../bounded.js'
import { createOpenerCheck, guardCrossSite, type AcceptsHost } from '../guard.js'
import { sendHtml } from '../html.js'
import { languageOf, type Language } from '../language.js'
import { fieldsOf, integer, text, type Fields } from '../rest/fields.js'
import { checkoutPage, closedPage } from './page.js'
import { receiptPage, type Receipt } from './receipt.js'
import { readWindowRequest, type WindowRequest } from './request.js'
import type { Decision, Window } from './window.js'

/** One of the scripts that open windows. */
export interface Opening {
  /** Where its script posts to. */
  path: string
  open (request: WindowRequest & { origin: string }, userAgent: string | undefined): Window
  /** True: its page hears at once why there is no window; else the window says it. */
  tellsRefusals: boolean
}

export interface CheckoutParts {
  openings: readonly Opening[]
  /** Receipts, by their path and the id in it. */
  receipts: readonly { path: string, find: (id: string) => Receipt | undefined }[]
  /** The language of the window; without one, the browser's. */
  lang: Language | undefined
  acceptsHost: AcceptsHost
}

/** Windows kept; the oldest are forgotten. */
const MAX_WINDOWS = 2000

function decisionIn (body: Fields): Decision {
  switch (text(body, 'action')) {
    case 'approve': return {
      action: 'approve',
      choice: {
        payMethod: text(body, 'method'),
        source: text(body, 'source') === 'money' ? 'money' : 'card',
        institution: text(body, 'institution'),
        quota: integer(body, 'quota', { max: 36, otherwise: 0 }),
      },
    }
    case 'decline': return { action: 'decline', reason: DECLINES.get(text(body, 'reason') ?? '') ?? '승인 거절' }
    default: return { action: 'close' }
  }
}

/** The window: opened for a script, or a form like it, decided by a call of its own page. */
export function checkout ({ openings, receipts, lang, acceptsHost }: CheckoutParts) {
  const opener = createOpenerCheck(acceptsHost)
  const windows = new Map<string, Window>()
  // The id is all that it takes to decide a window.
  const idOf = (window: Window) => {
    const id = randomBytes(16).toString('hex')
    windows.set(id, window)
    oldestBeyond(windows, MAX_WINDOWS)
    return id
  }

  return async function checkoutRoutes (scope: FastifyInstance): Promise<void> {
    await scope.register(formbody)

    for (const { path, open, tellsRefusals } of openings) {
      scope.post(path, { onRequest: opener.onRequest }, async (request, reply) => {
        const asked = readWindowRequest(request.body)
        const found = opener.openerOf(request, asked.origin)
        if ('problem' in found) return reply.code(403).send({ message: found.problem })
        const window = open({ ...asked, origin: found.origin }, request.headers['user-agent'])
        if (tellsRefusals && !window.checkout) return { callback: window.outcome?.callback }
        const location = `/checkout/${idOf(window)}`
        // The script goes there itself; a form, which knows no JSON, is led there.
        return request.headers.accept === 'application/json' ? { location } : reply.redirect(location, 303)
      })
    }

    await scope.register(async (own) => {
      guardCrossSite(own)

      own.get<{ Params: { id: string } }>('/checkout/:id', async (request, reply) => {
        const { id } = request.params
        const window = windows.get(id)
        if (!window) return reply.code(404).send({ message: 'There is no such window' })
        const { checkout, mode, origin, outcome } = window
        const ancestors = mode === 'layer' ? origin : undefined
        const shown = { language: languageOf(request, reply, lang), mode, origin }
        if (checkout && !outcome) return sendHtml(reply, checkoutPage(shown, id, checkout.bill()), ancestors)
        const known = outcome ?? { callback: {}, redirect: undefined, failure: undefined }
        return sendHtml(reply, closedPage(shown, known, !checkout), ancestors)
      })

      own.post<{ Params: { id: string } }>('/checkout/:id', async (request, reply) => {
        const window = windows.get(request.params.id)
        if (!window?.checkout) return reply.code(404).send({ message: 'There is no such window' })
        window.outcome = await window.checkout.decide(decisionIn(fieldsOf(request.body)))
        const { callback, redirect } = window.outcome
        return { callback, redirect }
      })

      for (const { path, find } of receipts) {
        own.get<{ Params: { id: string } }>(`${path}/:id`, async (request, reply) => {
          const receipt = find(request.params.id)
          if (!receipt) return reply.code(404).send({ message: 'There is no such receipt' })
          return sendHtml(reply, receiptPage(receipt, languageOf(request, reply, lang)))
        })
      }
    })
  }
}
