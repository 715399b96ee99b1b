import type { FastifyInstance } from 'fastify'
import { createCompletion, type StepBefore } from '../completion/completion.js'
import type { LookedUpPayment } from '../completion/looked-up-payment.js'
import { createManualRefunds, type ManualRefunds } from '../completion/manual-refunds.js'
import type { Complete, Decided, Notification } from '../completion/notification.js'
import type { PaymentProvider } from '../completion/provider.js'
import { createReconcile } from '../completion/reconcile.js'
import type { Reconcile } from '../completion/reconcile-report.js'
import { reconcileEvery } from '../completion/reconcile-timer.js'
import { traceLedger, traceNotifications, traceProvider } from '../completion/trace-parts.js'
import { InvalidOptionsError } from '../errors.js'
import { checkLedger } from '../ledger/check-ledger.js'
import { prepareScope } from '../routes/scope.js'
import type { CommonOptions, CommonSettings } from './options.js'
import { createShutdown } from './shutdown.js'
import { warnOfSilence } from './silent-log.js'

/** Milliseconds beyond `budgetMs` that a reconciliation waits for a hook; a minute is enough for any that works. */
const HOOK_LIMIT_MS = 60_000

/** The warning for a shop that has not configured a ledger. */
function forgetfulness (reconcile: CommonOptions['reconcile']): string {
  const timer = reconcile === undefined
    ? ''
    : ' With `reconcile`, the next deployment runs onPaid again, seconds after its start, for every payment of' +
      ` the last ${reconcile.lookbackMs} ms.`
  return 'no `ledger` was given: a restart forgets which hooks have run, and they may then run again.' + timer +
    ' Configure sqliteLedger, postgresLedger, mysqlLedger or sqlLedger, or memoryLedger() if this is intended'
}

const DUPLICATE = 'its routes are there already, by another registration or the app: ' +
  'give it a `prefix`, or other `routes`'
const isDuplicate = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'FST_ERR_DUPLICATED_ROUTE'

/** @throws IAMPORT_INVALID_OPTIONS the scope has a decorator of this name; that of a parent scope may be overridden */
export function assertFree (scope: FastifyInstance, name: 'iamport' | 'portone'): void {
  if (!Object.hasOwn(scope, name)) return
  throw new InvalidOptionsError(`this scope has its \`${name}\` already: registered twice, or a decorator of the app;` +
    ' register each shop in a scope of its own')
}

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
  const { signal, track } = createShutdown(fastify, disconnect)
  const trackNotified = ({ impUid, merchantUid, source }: Notification, work: () => Promise<Decided>) =>
    track({ imp_uid: impUid, merchant_uid: merchantUid, source }, work)
  const complete: Complete = (notification) => trackNotified(notification, () => notify(notification))
  const trackListed = <T>({ payment: { imp_uid, merchant_uid } }: LookedUpPayment, work: () => Promise<T>) =>
    track({ imp_uid, merchant_uid, source: 'reconcile' }, work)
  const limitMs = settings.budgetMs + HOOK_LIMIT_MS
  const reconcile = createReconcile({
    provider,
    complete,
    isHandled: (looked) => trackListed(looked, () => completion.isHandled(looked, fastify.log)),
    log: fastify.log,
    signal,
    completionLimitMs: limitMs,
  })
  const manualRefunds = createManualRefunds({
    provider,
    ledger: settings.ledger,
    findUnrefunded: (looked) => trackListed(looked, () => completion.findUnrefunded(looked, fastify.log)),
    signal,
    budgetMs: settings.budgetMs,
    limitMs,
  })

  fastify.addHook('onReady', () => checkLedger(settings.ledger, fastify.log))
  if (settings.reconcile) {
    const { reconcile: period } = settings
    fastify.addHook('onReady', async () => {
      const log = fastify.log.child({ provider: provider.name }) // a shop that moves has two timers
      signal.addEventListener('abort', reconcileEvery(reconcile, period, log))
    })
  }

  return {
    complete,
    completeAfter: (notification, step) => trackNotified(notification, () => notifyAfter(notification, step)),
    reconcile,
    manualRefunds,
    isReported: completion.isReported,
    async mount (mountRoutes) {
      async function routes (scope: FastifyInstance) {
        await prepareScope(scope, completion.isReported)
        // A connection that a client keeps alive would keep a closing app open for longer than its hooks.
        scope.addHook('onSend', function closeConnection (_, reply, payload, done) {
          if (signal.aborted) reply.header('connection', 'close')
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
