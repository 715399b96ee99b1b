import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { createConfirmation } from '../completion/confirmation.js'
import type { ManualRefund, ManualRefundsPeriod } from '../completion/manual-refunds-report.js'
import { copyOf, type Payment } from '../completion/payment.js'
import { cancelReasonOf } from '../completion/refund-rules.js'
import type { Reconcile } from '../completion/reconcile-report.js'
import type { Completion } from '../completion/reply.js'
import type { Source } from '../hooks.js'
import { assertKnownOptions, requestOf, type AppRequest } from '../plugin/complete-options.js'
import { connect } from '../plugin/connect.js'
import { assertFree, createService } from '../plugin/service.js'
import { mountComplete } from '../routes/complete.js'
import { mountConfirm } from '../routes/confirm.js'
import { mountRedirect } from '../routes/redirect.js'
import { mountWebhook } from '../routes/webhook.js'
import type { CancelPayment, IamportClient } from './api.js'
import { assertImpUid } from './arguments.js'
import { createClient } from './client.js'
import { createFindByOrder } from './find-by-order.js'
import { completeInput, confirmInput, createRedirectInput, readMerchantUid, webhookInput } from './inputs.js'
import { readOptions, type IamportOptions } from './options.js'
import { createProvider, refundOf } from './provider.js'

/** The second argument of {@link Iamport.complete}. */
export interface CompleteOptions {
  /** @default 'direct' */
  source?: Source | undefined
  /**
   * The order that the caller expects: a payment of another one is refused, as by the route. `null` and `''` count as
   * absent.
   */
  merchantUid?: string | number | null | undefined
  /** The request on whose behalf this is: `context.request` of the hooks, whose log is used. */
  request?: AppRequest | undefined
}

/** `fastify.iamport`: completion and reconciliation on demand, and the provider's REST API. */
export interface Iamport extends IamportClient {
  /**
   * Completes a payment as a notification does: looks it up, compares it with the order, and runs its hook once. Also
   * resolves for failed payments.
   * @throws a code of the error table if no decision could be made; IAMPORT_ORDER_MISMATCH the payment is not of the
   * order `merchantUid`; FST_ERR_VALIDATION also for an unknown option
   */
  complete (impUid: string, options?: CompleteOptions): Promise<Completion>
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
  manualRefunds (period: ManualRefundsPeriod): AsyncIterableIterator<ManualRefund<Payment, CancelPayment>>
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

const NAME = 'fastify-iamport'

const plugin: FastifyPluginAsync<IamportOptions> = async (fastify, options) => {
  const settings = readOptions(options)
  assertFree(fastify, 'iamport')
  const { dispatcher, disconnect } = connect(settings, MAX_CONNECTIONS)
  const { lookUp, findOrderPayment, cancelOnce, revokeOnce, list, ...api } =
    createClient({ ...settings, dispatcher, log: fastify.log })
  const provider = createProvider({ lookUp, findOrderPayment, cancelOnce, revokeOnce, list }, settings)
  const hasLedger = options.ledger !== undefined
  const service = createService(fastify, { name: NAME, settings, provider, hasLedger, disconnect })
  const { complete, reconcile, isReported } = service

  fastify.decorate('iamport', {
    ...api,
    async complete (impUid, { source = 'direct', merchantUid, request: given, ...others } = {}) {
      assertImpUid(impUid)
      assertKnownOptions(others, 'source, merchantUid, request')
      const log = given?.log ?? fastify.log
      const order = readMerchantUid(merchantUid)
      const request = requestOf(given)
      return (await complete({ id: impUid, impUid, merchantUid: order, source, request, log })).completion
    },
    reconcile,
    manualRefunds: (period) => service.manualRefunds(period, {
      lookUp: provider.lookUp,
      // Copied: a notification of the same payment may have come to share the lookup.
      itemOf: ({ looked: { payment }, ...found }) => ({
        payment: copyOf(payment),
        ...found,
        cancellation: refundOf(payment, found.held.amount, cancelReasonOf(found.reason)),
      }),
    }),
  })
  await service.mount((scope) => {
    const { routes, allowedAddresses } = settings
    if (routes.complete) mountComplete(scope, routes.complete, completeInput, complete)
    if (routes.redirect) {
      const input = createRedirectInput(createFindByOrder(findOrderPayment))
      mountRedirect(scope, routes.redirect, input, { ...settings, complete, isReported })
    }
    if (routes.webhook) mountWebhook(scope, routes.webhook, webhookInput, complete, allowedAddresses)
    if (routes.confirm) {
      mountConfirm(scope, routes.confirm, confirmInput, createConfirmation(settings), allowedAddresses)
    }
  })
}

/** Registers the routes and `fastify.iamport`. */
export const fastifyIamport = fp(plugin, { name: NAME, fastify: '5.x' })
