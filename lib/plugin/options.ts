import { Value } from '@sinclair/typebox/value'
import type { RegisterOptions } from 'fastify'
import type { BlockList } from 'node:net'
import type { Payment } from '../completion/payment.js'
import { nameSlowHook } from '../completion/slow-hooks.js'
import { traceHook } from '../completion/trace-parts.js'
import { wrapHooks } from '../completion/wrap-hooks.js'
import { InvalidOptionsError } from '../errors.js'
import type { Hooks, Priced, PricedByAny } from '../hooks.js'
import type { HttpDispatcher } from '../http/exchange.js'
import { takesOurHandlers } from '../http/handlers.js'
import type { Ledger } from '../ledger/ledger.js'
import { memoryLedger } from '../ledger/memory-ledger.js'
import { assertMethods } from '../ledger/settings.js'
import type { Locale } from '../messages.js'
import { readAddresses } from '../routes/addresses.js'
import type { Redirects } from '../routes/redirect.js'
import { complaint, type OptionsOf } from './options-complaint.js'

/**
 * The options that both plugins have. One that is `undefined` counts as left out; Fastify's own (`prefix`, `logLevel`,
 * `logSerializers`) do so too, but its types of `register` refuse that under `exactOptionalPropertyTypes`.
 */
export interface CommonOptions<Tx = unknown, P extends Payment = Payment, Price = Priced> extends
  Hooks<Tx, P, Price>, Pick<RegisterOptions, 'logLevel' | 'logSerializers'> {
  /** The path of each route, or `false` for none. `confirm` is mounted only if there is an `onConfirm`. */
  routes?: { [Route in 'complete' | 'redirect' | 'webhook' | 'confirm']?: string | false | undefined } | undefined
  /** Prefix of all routes, as with any Fastify plugin. @default '' */
  prefix?: string
  /** Where the redirect route sends the buyer. Without a target, a small page of our own shows the outcome. */
  redirects?: Redirects | undefined
  /** Refund a payment in full, or revoke its virtual account, on an amount or currency mismatch. @default true */
  cancelOnMismatch?: boolean | undefined
  /** Let test-channel payments count as paid. Never in production: test channels approve anything. @default false */
  acceptTestPayments?: boolean | undefined
  /**
   * Record what `onPaid`, `onVbank` and `onFail` return, and include it as `data` in every reply about the payment.
   * Anyone who knows the `imp_uid` can read it: no personal data. @default false: it is ignored
   */
  exposeData?: boolean | undefined
  /** Records which hooks have run. @default memoryLedger(), with a warning in the log: a restart erases it */
  ledger?: Ledger<Tx> | undefined
  /**
   * `allowedAddresses`: addresses or CIDR ranges from which webhooks and confirmations are accepted, by `request.ip`;
   * at least one. @default all
   */
  webhook?: { allowedAddresses?: readonly string[] | undefined } | undefined
  /**
   * Reconciles the last `lookbackMs` every `everyMs`, and soon after the start. Both in milliseconds; `lookbackMs` must
   * not be below `everyMs`. @default none: call `reconcile` of `fastify.iamport` or `fastify.portone`
   */
  reconcile?: { everyMs: number, lookbackMs: number } | undefined
  /** Language of `message` and of our own page. @default 'ko' */
  locale?: Locale | undefined
  /** The provider's REST API, with or without a path. */
  baseUrl?: string | undefined
  /**
   * A dispatcher of undici 7 or 8 (`new Agent()`) to use instead of our own pool; it stays open when the app closes.
   */
  dispatcher?: HttpDispatcher | undefined
  /** One request to the provider, in milliseconds, and never beyond `budgetMs`. @default 5000 */
  timeoutMs?: number | undefined
  /**
   * One notification with all its tries, in milliseconds. The provider waits 15 s for the reply to a redelivered
   * webhook. @default 12000
   */
  budgetMs?: number | undefined
}

type Defaulted =
  | 'redirects' | 'cancelOnMismatch' | 'acceptTestPayments' | 'exposeData' | 'ledger'
  | 'locale' | 'baseUrl' | 'timeoutMs' | 'budgetMs'

/** Options with every default filled in. */
export interface CommonSettings<Tx> extends Required<Pick<CommonOptions<Tx>, Defaulted>> {
  routes: { complete: string | false, redirect: string | false, webhook: string | false, confirm: string | false }
  allowedAddresses: BlockList | undefined
  hooks: Hooks<Tx, Payment, PricedByAny>
  reconcile: { everyMs: number, lookbackMs: number } | undefined
  dispatcher: HttpDispatcher | undefined
  /** Fastify's own register options. */
  register: RegisterOptions
}

/** Milliseconds for one request; two of them, and a retry's delay, fit into the budget. */
const TIMEOUT_MS = 5000
/** Milliseconds for one notification: below the 15 s that the provider waits when it redelivers a webhook. */
const BUDGET_MS = 12_000

/**
 * Checks the options once. @throws IAMPORT_INVALID_OPTIONS, naming the option and never its value
 */
export function checkOptions (optionsOf: OptionsOf, options: unknown): void {
  const wrong = Value.Errors(optionsOf.schema, options).First()
  if (wrong) throw new InvalidOptionsError(complaint(optionsOf, wrong, options))
}

/**
 * Checks what a schema cannot say, and fills in the defaults. Does not change its argument.
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function readCommonOptions<Tx> (
  options: CommonOptions<Tx, Payment, PricedByAny>, defaultBaseUrl: string
): CommonSettings<Tx> {
  const { routes, redirects = {}, webhook, reconcile, ledger, dispatcher } = options
  if (ledger !== undefined) assertMethods('ledger', ledger, 'once')
  if (ledger?.find !== undefined) assertMethods('ledger', ledger, 'find')
  const baseUrl = readBaseUrl(options.baseUrl ?? defaultBaseUrl)
  if (dispatcher !== undefined) assertDispatcher(dispatcher, baseUrl)
  if (reconcile && reconcile.lookbackMs < reconcile.everyMs) {
    throw new InvalidOptionsError('reconcile.lookbackMs: expected no less than everyMs, or it would leave gaps')
  }
  return {
    hooks: wrapHooks(wrapHooks(options, traceHook), nameSlowHook),
    routes: {
      complete: routes?.complete ?? '/payments/complete',
      redirect: routes?.redirect ?? '/payments/complete/mobile',
      webhook: routes?.webhook ?? '/payments/webhook',
      confirm: options.onConfirm === undefined ? false : routes?.confirm ?? '/payments/confirm',
    },
    redirects,
    cancelOnMismatch: options.cancelOnMismatch ?? true,
    acceptTestPayments: options.acceptTestPayments ?? false,
    exposeData: options.exposeData ?? false,
    // Without the option there is no transaction: Tx is then undefined.
    ledger: options.ledger ?? memoryLedger() as Ledger<unknown> as Ledger<Tx>,
    allowedAddresses: webhook?.allowedAddresses && readAddresses(webhook.allowedAddresses),
    reconcile,
    locale: options.locale ?? 'ko',
    baseUrl,
    dispatcher: options.dispatcher,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    budgetMs: options.budgetMs ?? BUDGET_MS,
    register: { prefix: options.prefix, logLevel: options.logLevel, logSerializers: options.logSerializers },
  }
}

/** At registration: each payment would be answered with 503 otherwise. */
function assertDispatcher (dispatcher: HttpDispatcher, baseUrl: string): void {
  assertMethods('dispatcher', dispatcher, 'dispatch')
  if (takesOurHandlers(dispatcher, new URL(baseUrl).origin)) return
  throw new InvalidOptionsError("dispatcher: expected one of undici 7 or 8; this one is undici 6's or older, as that " +
    "of Node's own fetch is before Node 24")
}

function readBaseUrl (baseUrl: string): string {
  if (!URL.canParse(baseUrl)) throw new InvalidOptionsError('baseUrl: expected a URL')
  const { username, password, search, hash } = new URL(baseUrl)
  if (username || password || search || hash) {
    throw new InvalidOptionsError('baseUrl: expected no credentials, query or fragment')
  }
  return baseUrl
}
