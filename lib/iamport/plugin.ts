import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { setMaxListeners } from 'node:events'
import { Pool } from 'undici'
import { createCompletion } from '../completion/completion.js'
import type { Completion } from '../completion/reply.js'
import { createConfirmation } from '../completion/confirmation.js'
import { InvalidOptionsError, UnavailableError } from '../errors.js'
import type { Source } from '../hooks.js'
import type { IamportClient } from './api.js'
import { assertImpUid } from './arguments.js'
import { createClient } from './client.js'
import { createProvider } from './provider.js'
import { createInFlightCounter } from '../concurrency/in-flight-counter.js'
import type { Complete } from '../completion/notification.js'
import { readOptions, type IamportOptions } from './options.js'
import { createReconcile } from '../completion/reconcile.js'
import type { Reconcile } from '../completion/reconcile-report.js'
import { reconcileEvery } from '../completion/reconcile-timer.js'
import { checkLedger } from '../ledger/check-ledger.js'
import { mountComplete } from '../routes/complete.js'
import { mountConfirm } from '../routes/confirm.js'
import { mountRedirect } from '../routes/redirect.js'
import { prepareScope } from '../routes/scope.js'
import { mountWebhook } from '../routes/webhook.js'

/** `fastify.iamport`: completion and reconciliation on demand, and the provider's REST API. */
export interface Iamport extends IamportClient {
  /**
   * Completes a payment as a notification does: looks it up, compares it with the order, and runs its hook once. Also
   * resolves for failed payments.
   * @throws a code of the error table if no decision could be made
   */
  complete (impUid: string, options?: { source?: Source }): Promise<Completion>
  /**
   * Completes every payment of a period whose notifications were lost. Running it again is safe: completed payments are
   * replayed.
   */
  reconcile: Reconcile
}

declare module 'fastify' {
  interface FastifyInstance { iamport: Iamport }
}

/**
 * Connections to the provider, at most, so that a burst does not exhaust file descriptors or the provider; further
 * requests wait. undici opens another whenever all are busy, and each costs 1.7 ms of CPU for its TLS handshake: 64
 * cost a tenth of a second. Lookups that go together need a few; where each goes alone (a batch that failed), these
 * carry 2000 a second at 30 ms.
 */
const MAX_CONNECTIONS = 64

/**
 * Milliseconds for which a closing app waits for hooks. Kubernetes and ECS kill a process 30 s after SIGTERM, systemd
 * after 90 s: this leaves time to close the shop's own connections, and to log which payments were left.
 */
const CLOSE_WAIT_MS = 20_000
/** Milliseconds beyond `budgetMs` that a reconciliation waits for a hook; a minute is enough for any that works. */
const HOOK_LIMIT_MS = 60_000
/** Payments left by a closing app and named in the log, at most. */
const MAX_NAMED = 20

/** The warning for a shop that has not configured a ledger. */
function forgetfulness (reconcile: IamportOptions['reconcile']): string {
  const timer = reconcile === undefined
    ? ''
    : ' With `reconcile`, the next deployment runs onPaid again, seconds after its start, for every payment of' +
      ` the last ${reconcile.lookbackMs} ms.`
  return 'no `ledger` was given: a restart forgets which hooks have run, and they may then run again.' + timer +
    ' Configure sqliteLedger, postgresLedger, mysqlLedger or sqlLedger, or memoryLedger() if this is intended'
}

const plugin: FastifyPluginAsync<IamportOptions> = async (fastify, options) => {
  const settings = readOptions(options)
  if (Object.hasOwn(fastify, 'iamport')) {
    throw new InvalidOptionsError('registered already in this scope; register each shop in a scope of its own')
  }
  if (options.ledger === undefined) fastify.log.warn(forgetfulness(settings.reconcile))
  const dispatcher = settings.dispatcher ?? new Pool(new URL(settings.baseUrl).origin, { connections: MAX_CONNECTIONS })
  const { lookUp, findOrderPayment, cancelOnce, revokeOnce, list, ...api } = createClient({ ...settings, dispatcher })
  const provider = createProvider({ lookUp, findOrderPayment, cancelOnce, revokeOnce, list })
  const completion = createCompletion({ ...settings, provider })
  const inFlight = createInFlightCounter<{ imp_uid: string, source: Source }>()
  const complete: Complete = (notification) => {
    const { impUid, source } = notification
    return inFlight.track({ imp_uid: impUid, source }, () => completion.complete(notification))
  }
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // a reconciliation adds one for every payment in progress
  const reconcile = createReconcile({
    provider,
    complete,
    isHandled: (payment, source, log) =>
      inFlight.track({ imp_uid: payment.imp_uid, source }, () => completion.isHandled(payment, source, log)),
    log: fastify.log,
    signal: closing.signal,
    completionLimitMs: settings.budgetMs + HOOK_LIMIT_MS,
  })

  fastify.decorate('iamport', {
    ...api,
    async complete (impUid, { source = 'direct' } = {}) {
      assertImpUid(impUid)
      return complete({ impUid, source, log: fastify.log })
    },
    reconcile,
  })
  fastify.addHook('onReady', () => checkLedger(settings.ledger, fastify.log))
  if (settings.reconcile) {
    const { reconcile: period } = settings
    fastify.addHook('onReady', async () => {
      closing.signal.addEventListener('abort', reconcileEvery(reconcile, period, fastify.log))
    })
  }
  let closeTimer: NodeJS.Timeout | undefined

  async function beginToClose () {
    if (closing.signal.aborted) return
    closing.abort()
    closeTimer = setTimeout(() => {
      const left = inFlight.abandon(() => new UnavailableError('the app is closing'))
      if (left.length === 0) return
      const fields = { left: left.length, payments: left.slice(0, MAX_NAMED) }
      fastify.log.error(fields, 'closed before all hooks had finished; reconcile to complete these payments')
    }, CLOSE_WAIT_MS)
  }

  // Fastify runs `onClose` only after all requests have ended, and one may wait for a hook: so the time starts here.
  fastify.addHook('preClose', beginToClose)
  fastify.addHook('onClose', async () => {
    await beginToClose()
    await inFlight.idle()
    clearTimeout(closeTimer)
    if (settings.dispatcher === undefined) await dispatcher.close() // the option's dispatcher stays open
  })
  // The routes get a scope of their own: a plugin that breaks encapsulation ignores `prefix` and leaks its parsers.
  await fastify.register(async (scope) => {
    await prepareScope(scope, completion.isReported)
    // A connection that a client keeps alive would keep a closing app open for longer than its hooks.
    scope.addHook('onSend', (_, reply, payload, done) => {
      if (closing.signal.aborted) reply.header('connection', 'close')
      done(null, payload)
    })
    const { routes, allowedAddresses } = settings
    if (routes.complete) mountComplete(scope, routes.complete, complete)
    const { isReported } = completion
    if (routes.redirect) mountRedirect(scope, routes.redirect, { ...settings, complete, provider, isReported })
    if (routes.webhook) mountWebhook(scope, routes.webhook, complete, allowedAddresses)
    if (routes.confirm) mountConfirm(scope, routes.confirm, createConfirmation(settings), allowedAddresses)
  }, settings.register)
}

/** Registers the routes and `fastify.iamport`. */
export const fastifyIamport = fp(plugin, { name: 'fastify-iamport', fastify: '5.x' })
