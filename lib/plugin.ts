import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { setMaxListeners } from 'node:events'
import { Pool } from 'undici'
import { createCompletion } from './completion.js'
import type { Completion } from './completion-reply.js'
import { createConfirmation } from './confirmation.js'
import type { Source } from './hooks.js'
import type { IamportClient } from './iamport/api.js'
import { assertImpUid } from './iamport/arguments.js'
import { createClient } from './iamport/client.js'
import { readOptions, type IamportOptions } from './options.js'
import { createReconcile } from './reconcile.js'
import type { Reconcile } from './reconcile-report.js'
import { reconcileEvery } from './reconcile-timer.js'
import { mountComplete } from './routes/complete.js'
import { mountConfirm } from './routes/confirm.js'
import { mountRedirect } from './routes/redirect.js'
import { prepareScope } from './routes/scope.js'
import { mountWebhook } from './routes/webhook.js'
import { countRunning } from './running.js'

/** What `fastify.iamport` is: the completion, for news that come another way, and the provider's REST API. */
export interface Iamport extends IamportClient {
  /**
   * Completes a payment as a notification would: looked up, compared, and its hook run once. Failed payments resolve too.
   * @throws a code of the error table where nothing could be decided
   */
  complete (impUid: string, options?: { source?: Source }): Promise<Completion>
  /** Completes every payment of a period of whose news nothing arrived. Running it again is safe: what is done is replayed. */
  reconcile: Reconcile
}

declare module 'fastify' {
  interface FastifyInstance { iamport: Iamport }
}

/** Connections to the provider, at most; what is more waits. Enough for 8000 lookups a second at 30 ms each. */
const MAX_CONNECTIONS = 256

/** Milliseconds beyond `budgetMs` that a reconciliation waits for a hook: no hook that still works takes a minute. */
const HOOK_LIMIT_MS = 60_000

const plugin: FastifyPluginAsync<IamportOptions> = async (fastify, options) => {
  const settings = readOptions(options)
  const dispatcher = settings.dispatcher ?? new Pool(new URL(settings.baseUrl).origin, { connections: MAX_CONNECTIONS })
  const client = createClient({ ...settings, dispatcher })
  const completion = createCompletion({ ...settings, client })
  const { work: complete, idle } = countRunning(completion.complete)
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // a reconciliation has one for every payment that it works on
  const { work: reconcile, idle: reconciled } = countRunning(createReconcile({
    client,
    complete,
    isDone: completion.isDone,
    log: fastify.log,
    signal: closing.signal,
    completionLimitMs: settings.budgetMs + HOOK_LIMIT_MS,
  }))
  const { lookUp, findImpUid, cancelOnce, revokeOnce, list, ...api } = client

  fastify.decorate('iamport', {
    ...api,
    async complete (impUid, { source = 'direct' } = {}) {
      assertImpUid(impUid)
      return complete({ impUid, source, log: fastify.log })
    },
    reconcile,
  })
  if (settings.reconcile) {
    const { reconcile: period } = settings
    fastify.addHook('onReady', async () => {
      closing.signal.addEventListener('abort', reconcileEvery(reconcile, period, fastify.log))
    })
  }
  fastify.addHook('onClose', async () => {
    closing.abort()
    await Promise.all([idle(), reconciled()])
    if (settings.dispatcher === undefined) await dispatcher.close() // one handed in stays open
  })
  // The routes go into a scope of their own: a plugin that breaks encapsulation ignores `prefix` and leaks its parsers.
  await fastify.register(async (scope) => {
    await prepareScope(scope)
    const { routes, allowedAddresses } = settings
    if (routes.complete) mountComplete(scope, routes.complete, complete)
    if (routes.redirect) mountRedirect(scope, routes.redirect, { ...settings, complete, findImpUid })
    if (routes.webhook) mountWebhook(scope, routes.webhook, complete, allowedAddresses)
    if (routes.confirm) mountConfirm(scope, routes.confirm, createConfirmation(settings), allowedAddresses)
  }, settings.register)
}

/** Registers the ways in, and `fastify.iamport`. */
export const fastifyIamport = fp(plugin, { name: 'fastify-iamport', fastify: '5.x' })
