import { Type, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Dispatcher } from 'undici'
import type { Clock } from './clock.js'
import { InvalidArgumentError, ProductionError } from './errors.js'
import type { Language } from './language.js'
import { PortoneOptionsSchema, type PortoneOptions } from './portone/options.js'

/** The argument of `createSandbox`. */
export interface SandboxOptions {
  /** REST API key. @default 'imp_key' */
  impKey?: string | undefined
  /** REST API secret. @default 'imp_secret' */
  impSecret?: string | undefined
  /** What `IMP.init` must be called with. @default anything */
  userCode?: string | undefined
  /** Where webhooks go that have no `notice_url`. @default none */
  webhookUrl?: string | undefined
  /** @default 'json' */
  webhookFormat?: 'json' | 'form' | undefined
  /**
   * Redelivers a webhook after a network error or a 5xx (V2: after anything but a 2xx): `times` (0 to 5), `everyMs`
   * apart (V1: 60000; V2: as below).
   * @default as the provider does: V1 does not redeliver, V2 does after any answer that is not OK, up to 5 times, after
   *   1, 4, 16, 64 and 256 minutes at most
   */
  webhookResend?: { times?: number | undefined, everyMs?: number | undefined } | undefined
  /** V2, below `/portone`. */
  portone?: PortoneOptions | undefined
  /** Asked before every approval that has no `confirm_url`: anything but 200 refuses it. @default none */
  confirmUrl?: string | undefined
  /** Payments are made in a test channel: `sandbox: true`. @default false, so that the plugin's defaults accept them */
  testChannel?: boolean | undefined
  /** Payments kept in memory, about 2 kB each, V2's 4 kB; beyond it the oldest are forgotten. @default 100000 */
  maxPayments?: number | undefined
  /**
   * Host names, without port, by which the sandbox may be called and whose pages may open the checkout window, besides
   * those of loopback; addresses need none of this while others on the network can connect. @default none
   */
  allowedHosts?: string[] | undefined
  /** Starts even if NODE_ENV is `production`. @default false */
  allowProduction?: boolean | undefined
  /** The language of the console and the checkout window. @default the browser's, else Korean */
  lang?: Language | undefined
  /** Fastify's `logger`. @default false */
  logger?: boolean | undefined
  /** The sandbox's time, in milliseconds since 1970. @default Date.now */
  clock?: Clock | undefined
  /** 0 to 1, for faults by `chance`; hand in a seeded one to have every run alike. @default Math.random */
  random?: (() => number) | undefined
  /**
   * Carries webhooks and confirmations to the merchant; see {@link injectDispatcher}.
   * @default connections of its own
   */
  dispatcher?: Dispatcher | undefined
}

const Name = Type.String({ minLength: 1 })
const WebUrl = Type.String({ pattern: '^https?://', description: 'an address that begins with http:// or https://' })
/** With a port or a scheme it would never be found. */
const HostName = Type.String({
  pattern: '^([^/:\\s]+|\\[[\\da-fA-F:.]+\\])$',
  description: 'a host name without scheme and port',
})
const Flag = Type.Boolean()
const Callable = Type.Function([], Type.Unknown())

/** One check for each option: none can be forgotten. */
const CHECKS: Required<{ [Option in keyof SandboxOptions]: TSchema }> = {
  impKey: Name,
  impSecret: Name,
  userCode: Name,
  webhookUrl: WebUrl,
  webhookFormat: Type.Union([Type.Literal('json'), Type.Literal('form')], { description: 'json or form' }),
  webhookResend: Type.Object({
    times: Type.Optional(Type.Integer({ minimum: 0, maximum: 5 })),
    everyMs: Type.Optional(Type.Integer({ minimum: 0 })),
  }, { additionalProperties: false }),
  portone: PortoneOptionsSchema,
  confirmUrl: WebUrl,
  testChannel: Flag,
  maxPayments: Type.Integer({ minimum: 1 }),
  allowedHosts: Type.Array(HostName),
  allowProduction: Flag,
  lang: Type.Union([Type.Literal('ko'), Type.Literal('en')], { description: 'ko or en' }),
  logger: Flag,
  clock: Callable,
  random: Callable,
  dispatcher: Type.Object({}), // what it inherits is looked at below
}
/** For the documentation's test. */
export const OPTION_NAMES: readonly string[] = Object.keys(CHECKS)
const Options = Type.Partial(Type.Object(CHECKS, { additionalProperties: false }))

/** @throws SANDBOX_INVALID_ARGUMENT naming the option, never its value */
export function checkOptions (options: SandboxOptions): void {
  const wrong = Value.Errors(Options, options).First()
  if (!wrong && options.dispatcher && typeof options.dispatcher.dispatch !== 'function') {
    throw new InvalidArgumentError('option dispatcher: not an undici Dispatcher')
  }
  const { webhookVersion = '2024-04-25', webhookFormat } = options.portone ?? {}
  if (!wrong && webhookFormat === 'form' && webhookVersion !== '2024-01-01') {
    throw new InvalidArgumentError('option portone.webhookFormat: the version 2024-04-25 is JSON only')
  }
  if (!wrong) return
  const { description } = wrong.schema
  const expected = description === undefined ? wrong.message : `expected ${description}`
  throw new InvalidArgumentError(`option ${wrong.path.slice(1).replaceAll('/', '.')}: ${expected}`)
}

/** @throws SANDBOX_IN_PRODUCTION */
export function refuseProduction (isAllowed = false): void {
  if (process.env.NODE_ENV === 'production' && !isAllowed) throw new ProductionError()
}
