import Fastify, { type FastifyInstance } from 'fastify'
import { Agent, type Dispatcher } from 'undici'
import { mountAssets } from './assets.js'
import { checkout } from './checkout/routes.js'
import { consoleRoutes } from './console/routes.js'
import type { Controls } from './control/controls.js'
import { controlRoutes } from './control/routes.js'
import { v2ControlRoutes } from './control/v2-routes.js'
import { injectDispatcher } from './dispatcher.js'
import { createFaults } from './faults/faults.js'
import type { Fault, FaultName, OldFaultName, RenamedFault } from './faults/schemas.js'
import { createHostCheck, guardCrossSite, guardHost } from './guard.js'
import { createIamport } from './iamport.js'
import { checkOptions, refuseProduction, type SandboxOptions } from './options.js'
import type { V2Controls } from './portone/controls.js'
import { createPortone, type Portone, type PortoneSandbox } from './portone/index.js'
import { addPrefix } from './portone/prefix.js'
import { createRecords } from './records.js'
import { refuse } from './rest/envelope.js'
import { createSchedule } from './schedule.js'
import { createDeliveries } from './webhooks/deliveries.js'

/** Payments kept in memory, about 2 kB each, V2's 4 kB. */
const DEFAULT_MAX_PAYMENTS = 100_000
const DEFAULT_PORT = 4010
/** Bytes of a request's body, 64 KiB: an order with its `custom_data` is a few, and all of it is kept in memory. */
const MAX_BODY_BYTES = 64 * 1024
/** Connections to a merchant's server: without a limit a load test opens thousands, and the server drops some. */
const MAX_CONNECTIONS = 64

/**
 * A stand-in for the provider, V1 and V2: its REST APIs, its scripts, its window, its webhooks. What stands here itself
 * is V1's; `payV2`, `v2` and `portone` are V2's.
 */
export interface Sandbox extends Controls, Pick<PortoneSandbox, 'payV2'> {
  v2: V2Controls
  /** What a shop on V2 is set up with. */
  portone: Portone
  app: FastifyInstance
  /** Answers the plugins of both generations without any socket: hand it over as their `dispatcher`. */
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
  /** Forgets all payments, registered amounts, schedules and faults; gives up webhooks that wait or are under way. */
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
  const { clock = Date.now, random = Math.random, testChannel = false } = options
  const app = Fastify({
    logger: options.logger ?? false,
    // An order number of 40 Korean letters is 360 characters of a path.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    forceCloseConnections: true,
    bodyLimit: MAX_BODY_BYTES,
    // A field of the wrong type is refused, not removed or converted.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    rewriteUrl: addPrefix,
  })
  let url = 'http://sandbox.localhost'

  const closing = new AbortController()
  const outgoing = options.dispatcher ?? new Agent({ connections: MAX_CONNECTIONS })
  const records = createRecords(clock, options.maxPayments ?? DEFAULT_MAX_PAYMENTS)
  const faults = createFaults(random)
  const schedule = createSchedule(options.clock)
  const deliveries = createDeliveries(records, faults, schedule, outgoing)
  const common = {
    records, faults, schedule, deliveries, dispatcher: outgoing, clock, closing: closing.signal, ownUrl: () => url,
  }
  const iamport = createIamport({ ...common, options })
  const portone = createPortone({
    ...common, options: options.portone ?? {}, resend: options.webhookResend, testChannel, random, v1: iamport.store,
  })

  function reset () {
    iamport.clear()
    portone.clear()
    records.clear()
    faults.clear()
  }

  const acceptsHost = createHostCheck(app, options.allowedHosts ?? [])
  guardHost(app, acceptsHost)
  app.register(async (own) => {
    guardCrossSite(own)
    own.register(iamport.rest)
    own.register(portone.rest, { prefix: '/portone' })
    own.register(controlRoutes(iamport.controls, faults, reset))
    own.register(v2ControlRoutes(portone), { prefix: '/sandbox/v2' })
    const { impKey, impSecret } = iamport
    const shop = { impKey, impSecret, portone: portone.portone }
    own.register(consoleRoutes({ records, faults, ...shop, lang: options.lang }))
  })
  app.register(checkout({
    openings: [iamport.opening, portone.opening],
    receipts: [
      { path: '/receipt', find: iamport.findReceipt },
      { path: '/portone/receipt', find: portone.findReceipt },
    ],
    lang: options.lang,
    acceptsHost,
  }))
  mountAssets(app)
  app.setNotFoundHandler((_, reply) => refuse(reply, 404, '요청하신 주소가 없습니다.'))

  app.addHook('preClose', async () => closing.abort())
  app.addHook('onClose', async () => {
    schedule.clear()
    await deliveries.close()
    if (outgoing !== options.dispatcher) await outgoing.destroy()
  })

  const webhooksSent = () => deliveries.idle()
  return {
    ...iamport.controls,
    payV2: portone.payV2,
    v2: portone.controls,
    portone: portone.portone,
    app,
    dispatcher: injectDispatcher(app),
    get url () { return url },
    async listen ({ port = DEFAULT_PORT, host = '127.0.0.1' } = {}) {
      url = await app.listen({ port, host })
      return url
    },
    fault: (fault) => { faults.set(fault) },
    clearFaults: (name) => faults.clear(name),
    revokeToken: iamport.revokeToken,
    webhooksSent,
    async runDue () {
      do await webhooksSent()
      while (schedule.runDue())
    },
    reset,
    close: () => app.close(),
  }
}
