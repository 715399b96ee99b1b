import { Type, type TSchema } from '@sinclair/typebox'
import { MAX_TIMER_MS } from '../concurrency/deadline.js'

export const optional = (schema: TSchema) => Type.Optional(schema)
export const text = Type.String({ minLength: 1, description: 'a text that is not empty' })
const flag = Type.Boolean({ description: 'true or false' })
const hook = Type.Function([], Type.Unknown(), { description: 'a function' })
const path = optional(Type.Union([Type.String({ pattern: '^/' }), Type.Literal(false)], {
  description: 'a path that begins with /, or false',
}))
const targetAddress = Type.String({ pattern: '^(/|[A-Za-z][A-Za-z0-9+.-]*://)' })
const target = optional(Type.Union([targetAddress, hook], {
  description: 'a path that begins with /, a URL with its scheme (https://), or a function',
}))
export const strict = { additionalProperties: false, description: 'an object' }
export const milliseconds = Type.Number({
  minimum: 1, maximum: MAX_TIMER_MS, description: `milliseconds, 1 to ${MAX_TIMER_MS}`,
})

/** The options that both plugins have. A description is what the message of a wrong value says. */
export const commonOptions = {
  getExpectedAmount: hook,
  onPaid: hook,
  onVbank: optional(hook),
  onFail: optional(hook),
  onCancel: optional(hook),
  onConfirm: optional(hook),
  routes: optional(Type.Object({ complete: path, redirect: path, webhook: path, confirm: path }, strict)),
  prefix: optional(Type.String({ description: 'a text' })),
  redirects: optional(Type.Object({ paid: target, vbank: target, fail: target, pending: target }, strict)),
  cancelOnMismatch: optional(flag),
  acceptTestPayments: optional(flag),
  exposeData: optional(flag),
  ledger: optional(Type.Unknown()), // may be a class instance, whose methods TypeBox does not see: checked below
  webhook: optional(Type.Object({
    allowedAddresses: optional(Type.Array(text, { description: 'an array of addresses or CIDR ranges' })),
  }, strict)),
  reconcile: optional(Type.Object({
    everyMs: milliseconds, lookbackMs: Type.Number({ minimum: 1, description: 'milliseconds, 1 or more' }),
  }, strict)),
  locale: optional(Type.Union([Type.Literal('ko'), Type.Literal('en')], { description: "'ko' or 'en'" })),
  baseUrl: optional(Type.String({ pattern: '^https?://', description: 'a URL that begins with https:// or http://' })),
  dispatcher: optional(Type.Unknown()), // likewise
  timeoutMs: optional(milliseconds),
  budgetMs: optional(milliseconds),
  // Fastify's own register options.
  logLevel: optional(Type.String({ description: 'a text' })),
  logSerializers: optional(Type.Record(Type.String(), hook, { description: 'an object of functions' })),
}
