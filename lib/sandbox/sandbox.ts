import Fastify, { type FastifyInstance } from 'fastify'
import { Agent, type Dispatcher } from 'undici'
import { mountAssets } from './assets.js'
import { checkout } from './checkout/routes.js'
import { createConfirmation } from './confirm.js'
import { consoleRoutes } from './console/routes.js'
import { createControls, type Controls } from './control/controls.js'
import { controlRoutes } from './control/routes.js'
import { injectDispatcher } from './dispatcher.js'
import { createFaults } from './faults/faults.js'
import type { Fault, FaultName, OldFaultName, RenamedFault } from './faults/schemas.js'
import { createHostCheck, guardCrossSite, guardHost } from './guard.js'
import { createLifecycle } from './lifecycle.js'
import { checkOptions, refuseProduction, type SandboxOptions } from './options.js'
import { refuse } from './rest/envelope.js'
import { restApi } from './rest/index.js'
import { createSchedule } from './schedule.js'
import { createStore } from './store.js'
import { createTokens } from './token.js'
import { createWebhooks } from './webhooks.js'

/** Payments kept in memory, about 2 kB each. */
const DEFAULT_MAX_PAYMENTS = 100_000
/** Milliseconds between a webhook and its resending, as documented. */
const RESEND_EVERY_MS = 60_000
const DEFAULT_PORT = 4010
/** Bytes of a request's body, 64 KiB: an order with its `custom_data` is a few, and all of it is kept in memory. */
const MAX_BODY_BYTES = 64 * 1024
/** Connections to a merchant's server: without a limit a load test opens thousands, and the server drops some. */
const MAX_CONNECTIONS = 64

/** A stand-in for the provider: its REST API, its script, its window, its webhooks. */
export interface Sandbox extends Controls {
  app: FastifyInstance
  /** Answers the plugin without any socket: hand it over as its `dispatcher`. */
  dispatcher: Dispatcher
  /** Its address once it listens; before that a name that only {@link dispatcher} answers to. */
  readonly url: string
  /** @param options default port 4010, host 127.0.0.1; port 0 takes a free one. @returns its address */
  listen (options?: { port?: number, host?: string }): Promise<string>
  /** Injects a fault from now on. @throws SANDBOX_INVALID_ARGUMENT */
  fault (fault: Fault | RenamedFault): void
  /** Ends the faults of that name, or all. */
  clearFaults (name?: FaultName | OldFaultName): void
  /** Revokes the access token, as a restart at the provider's would. */
  revokeToken (): void
  /**
   * Resolves when no webhook is under way or waiting for its time. With a `clock` handed in, those that wait are left
   * to {@link runDue}.
   */
  webhooksSent (): Promise<void>
  /**
   * Does what is due by the `clock` that was handed in: late webhooks, redeliveries, pending approvals. Resolves when
   * these webhooks are answered. Without such a clock, timers do it.
   */
  runDue (): Promise<void>
  /** Forgets all payments, registered amounts and faults. */
  reset (): void
  close (): Promise<void>
}

/**
 * @throws SANDBOX_INVALID_ARGUMENT an option is unknown or of the wrong type
 * @throws SANDBOX_IN_PRODUCTION NODE_ENV is production, without `allowProduction`
 */
export function createSandbox (options: SandboxOptions = {}): Sandbox {
  checkOptions(options)
  refuseProduction(options.allowProduction)
  const {
    clock = Date.now,
    random = Math.random,
    impKey = 'imp_key',
    impSecret = 'imp_secret',
    userCode,
    webhookResend,
  } = options

  const app = Fastify({
    logger: options.logger ?? false,
    // An order number of 40 Korean letters is 360 characters of a path.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    forceCloseConnections: true,
    bodyLimit: MAX_BODY_BYTES,
    // A field of the wrong type is refused, not removed or converted.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  })
  let url = 'http://sandbox.localhost'

  const closing = new AbortController()
  const outgoing = options.dispatcher ?? new Agent({ connections: MAX_CONNECTIONS })
  const store = createStore(clock, options.maxPayments ?? DEFAULT_MAX_PAYMENTS)
  const tokens = createTokens(clock)
  const faults = createFaults(random)
  const schedule = createSchedule(options.clock)
  const webhooks = createWebhooks(store, faults, schedule, {
    webhookUrl: options.webhookUrl,
    format: options.webhookFormat ?? 'json',
    resend: { times: webhookResend?.times ?? 0, everyMs: webhookResend?.everyMs ?? RESEND_EVERY_MS },
    dispatcher: outgoing,
  })
  const askConfirmation = createConfirmation(store, {
    confirmUrl: options.confirmUrl,
    dispatcher: outgoing,
    signal: closing.signal,
  })
  const lifecycle = createLifecycle({
    store,
    clock,
    schedule,
    faults,
    webhooks,
    askConfirmation,
    testChannel: options.testChannel ?? false,
    ownUrl: () => url,
  })
  const controls = createControls(store, lifecycle, webhooks)

  function reset () {
    lifecycle.clear()
    store.clear()
    faults.clear()
  }

  const acceptsHost = createHostCheck(app, options.allowedHosts ?? [])
  guardHost(app, acceptsHost)
  app.register(async (own) => {
    guardCrossSite(own)
    const account = { impKey, impSecret }
    own.register(restApi({ account, store, tokens, faults, lifecycle, clock, closing: closing.signal }))
    own.register(controlRoutes(controls, faults, reset))
    own.register(consoleRoutes(store, faults, impKey, options.lang))
  })
  const webhooksSent = () => webhooks.idle()
  app.register(checkout({ store, lifecycle, faults, clock, userCode, lang: options.lang, acceptsHost, webhooksSent }))
  mountAssets(app)
  app.setNotFoundHandler((_, reply) => refuse(reply, 404, '요청하신 주소가 없습니다.'))

  app.addHook('preClose', async () => closing.abort())
  app.addHook('onClose', async () => {
    schedule.clear()
    await webhooks.close()
    if (outgoing !== options.dispatcher) await outgoing.destroy()
  })

  return {
    ...controls,
    app,
    dispatcher: injectDispatcher(app),
    get url () { return url },
    async listen ({ port = DEFAULT_PORT, host = '127.0.0.1' } = {}) {
      url = await app.listen({ port, host })
      return url
    },
    fault: (fault) => { faults.set(fault) },
    clearFaults: (name) => faults.clear(name),
    revokeToken: () => tokens.revoke(),
    webhooksSent,
    async runDue () {
      do await webhooksSent()
      while (schedule.runDue())
    },
    reset,
    close: () => app.close(),
  }
}
