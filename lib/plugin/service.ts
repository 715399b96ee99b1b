import type { FastifyInstance } from 'fastify'
import { setMaxListeners } from 'node:events'
import { createCompletion, type StepBefore } from '../completion/completion.js'
import type { LookedUpPayment } from '../completion/looked-up-payment.js'
import { createManualRefunds, type ManualRefunds } from '../completion/manual-refunds.js'
import type { Complete, Decided, Notification } from '../completion/notification.js'
import type { PaymentProvider } from '../completion/provider.js'
import { createReconcile } from '../completion/reconcile.js'
import type { Reconcile } from '../completion/reconcile-report.js'
import { reconcileEvery } from '../completion/reconcile-timer.js'
import { traceLedger, traceNotifications, traceProvider } from '../completion/trace-parts.js'
import { createInFlightCounter } from '../concurrency/in-flight-counter.js'
import { InvalidOptionsError, UnavailableError } from '../errors.js'
import type { Source } from '../hooks.js'
import { checkLedger } from '../ledger/check-ledger.js'
import { prepareScope } from '../routes/scope.js'
import type { CommonOptions, CommonSettings } from './options.js'
import { warnOfSilence } from './silent-log.js'

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
function forgetfulness (reconcile: CommonOptions['reconcile']): string {
  const timer = reconcile === undefined
    ? ''
    : ' With `reconcile`, the next deployment runs onPaid again, seconds after its start, for every payment of' +
      ` the last ${reconcile.lookbackMs} ms.`
  return 'no `ledger` was given: a restart forgets which hooks have run, and they may then run again.' + timer +
    ' Configure sqliteLedger, postgresLedger, mysqlLedger or sqlLedger, or memoryLedger() if this is intended'
}

const DUPLICATE = 'its routes are there already, by the other plugin or the app: give it a `prefix`, or other `routes`'
const isDuplicate = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'FST_ERR_DUPLICATED_ROUTE'

interface ServiceParts<Tx> {
  /** The plugin's, which traces show for its routes too. */
  name: string
  settings: CommonSettings<Tx>
  provider: PaymentProvider
  /** Whether the shop has configured a ledger. */
  hasLedger: boolean
  /** Closes the connections that are the plugin's own. */
  disconnect (): Promise<void>
}

/** What both plugins do around their routes: complete, reconcile, and end with the app. */
interface Service {
  complete: Complete
  /** Like `complete`, for a notification that needs a step before it is decided. */
  completeAfter (notification: Notification, step: StepBefore): Promise<Decided>
  reconcile: Reconcile
  /** The payments of a period whose money only a person can refund. */
  manualRefunds: ManualRefunds
  /** Whether the log already has this error. */
  isReported (error: Error): boolean
  /**
   * Mounts the routes in a scope of their own: a plugin that breaks encapsulation ignores `prefix` and leaks its
   * parsers.
   */
  mount (mountRoutes: (scope: FastifyInstance) => void | Promise<void>): Promise<void>
}

export function createService<Tx> (
  fastify: FastifyInstance, { name, settings, provider, hasLedger, disconnect }: ServiceParts<Tx>
): Service {
  warnOfSilence(fastify.log, settings.register.logLevel)
  if (!hasLedger) fastify.log.warn(forgetfulness(settings.reconcile))
  const completion = createCompletion(
    { ...settings, ledger: traceLedger(settings.ledger), provider: traceProvider(provider) })
  const notify = traceNotifications(completion.complete)
  const notifyAfter = (notification: Notification, step: StepBefore) =>
    traceNotifications((own) => completion.completeAfter(own, step))(notification)
  const inFlight = createInFlightCounter<{ imp_uid?: string, merchant_uid?: string, source: Source }>()
  /** Counts as in progress, which a closing app waits for. */
  const track = ({ impUid, merchantUid, source }: Notification, work: () => Promise<Decided>) =>
    inFlight.track({ imp_uid: impUid, merchant_uid: merchantUid, source }, work)
  const complete: Complete = (notification) => track(notification, () => notify(notification))
  const trackListed = <T>({ payment: { imp_uid, merchant_uid } }: LookedUpPayment, work: () => Promise<T>) =>
    inFlight.track({ imp_uid, merchant_uid, source: 'reconcile' }, work)
  const limitMs = settings.budgetMs + HOOK_LIMIT_MS
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // a reconciliation adds one for every payment in progress
  const reconcile = createReconcile({
    provider,
    complete,
    isHandled: (looked) => trackListed(looked, () => completion.isHandled(looked, fastify.log)),
    log: fastify.log,
    signal: closing.signal,
    completionLimitMs: limitMs,
  })
  const manualRefunds = createManualRefunds({
    provider,
    ledger: settings.ledger,
    findUnrefunded: (looked) => trackListed(looked, () => completion.findUnrefunded(looked, fastify.log)),
    signal: closing.signal,
    budgetMs: settings.budgetMs,
    limitMs,
  })

  fastify.addHook('onReady', () => checkLedger(settings.ledger, fastify.log))
  if (settings.reconcile) {
    const { reconcile: period } = settings
    fastify.addHook('onReady', async () => {
      const log = fastify.log.child({ provider: provider.name }) // a shop that moves has two timers
      closing.signal.addEventListener('abort', reconcileEvery(reconcile, period, log))
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
    await disconnect()
  })

  return {
    complete,
    completeAfter: (notification, step) => track(notification, () => notifyAfter(notification, step)),
    reconcile,
    manualRefunds,
    isReported: completion.isReported,
    async mount (mountRoutes) {
      async function routes (scope: FastifyInstance) {
        await prepareScope(scope, completion.isReported)
        // A connection that a client keeps alive would keep a closing app open for longer than its hooks.
        scope.addHook('onSend', function closeConnection (_, reply, payload, done) {
          if (closing.signal.aborted) reply.header('connection', 'close')
          done(null, payload)
        })
        try {
          await mountRoutes(scope)
        } catch (error) {
          throw isDuplicate(error) ? new InvalidOptionsError(DUPLICATE, { cause: error }) : error
        }
      }
      await fastify.register(Object.assign(routes, { [Symbol.for('fastify.display-name')]: name }), settings.register)
    },
  }
}
