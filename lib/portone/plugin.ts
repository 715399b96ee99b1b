import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { createConfirmation } from '../completion/confirmation.js'
import type { ManualRefund, ManualRefundsPeriod } from '../completion/manual-refunds-report.js'
import type { Complete } from '../completion/notification.js'
import { cancelReasonOf } from '../completion/refund-rules.js'
import type { Reconcile } from '../completion/reconcile-report.js'
import type { Completion } from '../completion/reply.js'
import { traceApproval, traceProvider } from '../completion/trace-parts.js'
import type { Source } from '../hooks.js'
import { assertKnownOptions, requestOf, type AppRequest } from '../plugin/complete-options.js'
import { connect } from '../plugin/connect.js'
import { assertFree, createService } from '../plugin/service.js'
import { guardAddress } from '../routes/addresses.js'
import { mountComplete } from '../routes/complete.js'
import { mountRedirect } from '../routes/redirect.js'
import type { PortoneCancel, PortoneClient } from './api.js'
import { createClient } from './client.js'
import { mountConfirm } from './confirm.js'
import { completeInput, nameOf, redirectInput } from './inputs.js'
import { createManualApproval } from './manual-approval.js'
import { readOptions, type PortoneOptions } from './options.js'
import type { PortonePayment } from './payment.js'
import { createProvider, refundOf } from './provider.js'
import { keepRawBodies } from './raw-body.js'
import { mountWebhook } from './webhook.js'

/** The second argument of {@link Portone.complete}. */
export interface CompleteOptions {
  /** @default 'direct' */
  source?: Source | undefined
  /** Manual approval: what the checkout gave the page. The payment is approved first. */
  paymentToken?: string | undefined
  /** The attempt that the token is of. */
  txId?: string | undefined
  /** The request on whose behalf this is: `context.request` of the hooks, whose log is used. */
  request?: AppRequest | undefined
}

/** `fastify.portone`: completion and reconciliation on demand, and the provider's REST API. */
export interface Portone extends PortoneClient {
  /**
   * Completes a payment as a notification does: looks it up, compares it with the order, and runs its hook once. Also
   * resolves for failed payments.
   * @throws a code of the error table if no decision could be made; FST_ERR_VALIDATION also for an unknown option
   */
  complete (paymentId: string, options?: CompleteOptions): Promise<Completion>
  /**
   * Completes every payment of a period whose notifications were lost. Running it again is safe: completed payments are
   * replayed.
   */
  reconcile: Reconcile
  /**
   * The payments of a period that hold money which only a person can refund, looked up just now. Runs no hook but
   * `getExpectedAmount`, writes nothing, cancels nothing.
   *
   * @throws FST_ERR_VALIDATION `from` and `to` are not Dates in order
   * @throws IAMPORT_INVALID_OPTIONS the ledger has no `find`
   * @throws at the very end, after all that was found: a {@link ManualRefundsError}, some could not be checked
   */
  manualRefunds (period: ManualRefundsPeriod): AsyncIterableIterator<ManualRefund<PortonePayment, PortoneCancel>>
}

declare module 'fastify' {
  interface FastifyInstance { portone: Portone }
}

/**
 * Connections to the provider, at most, so that a burst does not exhaust file descriptors or the provider; further
 * requests wait. Enough for 8000 lookups a second at 30 ms each.
 */
const MAX_CONNECTIONS = 256

const NAME = 'fastify-iamport-portone'

const plugin: FastifyPluginAsync<PortoneOptions> = async (fastify, options) => {
  const settings = readOptions(options)
  assertFree(fastify, 'portone')
  const { dispatcher, disconnect } = connect(settings, MAX_CONNECTIONS)
  const { api, internals } = createClient({ ...settings, dispatcher })
  const provider = createProvider(api, internals, settings)
  const hasLedger = options.ledger !== undefined
  const service = createService(fastify, { name: NAME, settings, provider, hasLedger, disconnect })
  const approveAndDecide = createManualApproval({
    settings, provider: { lookUp: traceProvider(provider).lookUp, approve: traceApproval(provider.approve) },
  })
  const complete: Complete = (notification) => {
    const { approval } = notification
    if (approval === undefined) return service.complete(notification)
    return service.completeAfter(notification, (deciding) => approveAndDecide(notification, approval, deciding))
  }

  fastify.decorate('portone', {
    ...api,
    async complete (paymentId, { source = 'direct', paymentToken, txId, request, ...others } = {}) {
      const named = nameOf({ paymentId, paymentToken, txId })
      assertKnownOptions(others, 'source, paymentToken, txId, request')
      const log = request?.log ?? fastify.log
      return (await complete({ source, request: requestOf(request), log, ...named })).completion
    },
    reconcile: service.reconcile,
    manualRefunds: (period) => service.manualRefunds(period, {
      lookUp: provider.lookUp,
      itemOf: ({ looked, ...found }) =>
        ({ payment: looked.payment, ...found, cancellation: refundOf(looked, cancelReasonOf(found.reason)) }),
    }),
  })
  await service.mount(async (scope) => {
    const { routes, allowedAddresses } = settings
    if (routes.complete) mountComplete(scope, routes.complete, completeInput, complete)
    if (routes.redirect) {
      mountRedirect(scope, routes.redirect, redirectInput, { ...settings, complete, isReported: service.isReported })
    }
    const { webhook, confirm } = routes
    await scope.register(async function signedRoutes (signed) {
      keepRawBodies(signed)
      if (allowedAddresses) signed.addHook('onRequest', guardAddress(allowedAddresses))
      if (webhook) mountWebhook(signed, webhook, { ...settings, complete })
      if (confirm) mountConfirm(signed, confirm, { ...settings, confirm: createConfirmation(settings) })
    })
  })
}

/** Registers the routes and `fastify.portone`. */
export const fastifyPortone = fp(plugin, { name: NAME, fastify: '5.x' })
