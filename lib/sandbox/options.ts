import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Dispatcher } from 'undici'
import type { Clock } from './clock.js'
import { InvalidArgumentError, ProductionError } from './errors.js'

const Plain = Type.Object({
  /** REST API key. @default 'imp_key' */
  impKey: Type.Optional(Type.String({ minLength: 1 })),
  /** REST API secret. @default 'imp_secret' */
  impSecret: Type.Optional(Type.String({ minLength: 1 })),
  /** What `IMP.init` must be called with. @default anything */
  userCode: Type.Optional(Type.String({ minLength: 1 })),
  /** Where webhooks go that have no `notice_url`. @default none */
  webhookUrl: Type.Optional(Type.String({ pattern: '^https?://' })),
  /** @default 'json' */
  webhookFormat: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('form')])),
  /** Sends a webhook again after a network error or a 5xx: `times` at most 5, `everyMs` apart (the provider: a minute). @default none */
  webhookResend: Type.Optional(Type.Object({
    times: Type.Integer({ minimum: 0, maximum: 5 }),
    everyMs: Type.Optional(Type.Integer({ minimum: 0 })),
  }, { additionalProperties: false })),
  /** Asked before every approval: anything but 200 refuses it. @default none */
  confirmUrl: Type.Optional(Type.String({ pattern: '^https?://' })),
  /** Payments are made in a test channel: `sandbox: true`. @default false, so that the plugin's defaults accept them */
  testChannel: Type.Optional(Type.Boolean()),
  /** Payments kept in memory, about 3 kB each; beyond it the oldest are forgotten. @default 100000 */
  maxPayments: Type.Optional(Type.Integer({ minimum: 1 })),
  /** Names besides the loopback ones by which the sandbox may be called while it listens on loopback alone. @default none */
  allowedHosts: Type.Optional(Type.Array(Type.String())),
  /** The first half of starting in production; the other is IAMPORT_SANDBOX_ALLOW_PRODUCTION=1. @default false */
  allowProduction: Type.Optional(Type.Boolean()),
  /** Fastify's `logger`. @default false */
  logger: Type.Optional(Type.Boolean()),
}, { additionalProperties: false })

export interface SandboxOptions extends Static<typeof Plain> {
  /** The sandbox's time, in milliseconds since 1970. @default Date.now */
  clock?: Clock
  /** 0 to 1, for faults by `chance`. @default Math.random */
  random?: () => number
  /** Carries webhooks and confirmations to the merchant; see {@link injectDispatcher}. @default connections of its own */
  dispatcher?: Dispatcher
}

/** @throws SANDBOX_INVALID_ARGUMENT naming the option, never its value */
export function checkOptions (options: SandboxOptions): void {
  const { clock, random, dispatcher, ...plain } = options
  for (const [name, value] of Object.entries({ clock, random })) {
    if (value !== undefined && typeof value !== 'function') throw new InvalidArgumentError(`option ${name} must be a function`)
  }
  if (dispatcher !== undefined && typeof dispatcher.dispatch !== 'function') throw new InvalidArgumentError('option dispatcher must be an undici Dispatcher')
  const wrong = Value.Errors(Plain, plain).First()
  if (wrong) throw new InvalidArgumentError(`option ${wrong.path.slice(1).replaceAll('/', '.')}: ${wrong.message}`)
}

/** It takes two to start a stand-in in production. @throws SANDBOX_IN_PRODUCTION */
export function refuseProduction (isAllowed: boolean | undefined): void {
  const { NODE_ENV, IAMPORT_SANDBOX_ALLOW_PRODUCTION } = process.env
  if (NODE_ENV === 'production' && !(isAllowed === true && IAMPORT_SANDBOX_ALLOW_PRODUCTION === '1')) throw new ProductionError()
}
