import { Type, type Static, type TLiteral, type TUnion } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { InvalidArgumentError } from '../errors.js'
import { REFUSAL_TYPES } from '../portone/refusals.js'

const oneOf = <Text extends string>(values: readonly Text[], options = {}): TUnion<TLiteral<Text>[]> =>
  Type.Union(values.map((value) => Type.Literal(value)), options)

const On = Type.Optional(oneOf(['token', 'lookup', 'list', 'cancel', 'prepare', 'confirm', 'any'], {
  description: 'Which calls of the REST API fail', default: 'any',
}))
const Ms = Type.Integer({ minimum: 0, maximum: 3_600_000, description: 'Milliseconds' })
const Status = Type.Integer({ minimum: 400, maximum: 599, default: 500 })
const ErrorBody = oneOf(['envelope', 'html', 'empty'], { default: 'envelope' })
const Pending = oneOf(['ready', 'failed'], { default: 'ready' })
const Variant = oneOf(['legacy', 'in_app', 'flagless', 'without_imp_uid', 'contradicting', 'undefined'])
const Text = Type.String({ minLength: 1 })
const Url = Type.String({ pattern: '^https?://[^\\s/?#]+[^\\s]*$' })
const End = oneOf(['succeeded', 'failed'], { default: 'succeeded' })

/** Every fault by its name, with what it takes. */
export const FAULTS = {
  latency: Type.Object({ ms: Ms, on: On }, { description: 'The REST API answers later' }),
  error: Type.Object({ status: Type.Optional(Status), body: Type.Optional(ErrorBody), on: On }, {
    description: 'The REST API answers with an error',
  }),
  rate_limit: Type.Object({ retryAfterSec: Type.Optional(Type.Integer({ minimum: 0, default: 1 })), on: On }, {
    description: 'The REST API answers 429 with Retry-After',
  }),
  disconnect: Type.Object({ on: On }, { description: 'The REST API closes the connection without an answer' }),
  revoked_token: Type.Object({}, { description: 'The token is revoked before the next call: 401' }),
  lost_webhook: Type.Object({}, { description: 'Webhooks are not sent' }),
  late_webhook: Type.Object({ ms: Ms }, { description: 'Webhooks are sent later' }),
  duplicate_webhook: Type.Object({}, { description: 'Webhooks are sent twice, at once' }),
  reordered_webhook: Type.Object({}, {
    description: 'A webhook is held back until the next one of the same payment has been sent',
  }),
  redelivered_webhook: Type.Object({ everyMs: Type.Optional(Ms) }, {
    description: 'Webhooks that were lost, or got a 5xx or no answer, are redelivered up to 5 times, `everyMs` apart',
  }),
  replayed_webhook: Type.Object({ ms: Ms }, {
    description: 'Webhooks are sent once more after `ms`, with the same headers and body',
  }),
  wrong_signature: Type.Object({}, { description: 'V2: webhooks are signed with another secret' }),
  webhook_first: Type.Object({}, { description: 'The page hears of its payment after the webhooks were answered' }),
  late_approval: Type.Object({ ms: Type.Optional(Ms), status: Type.Optional(Pending) }, {
    description: 'A payment is ready (V2: PAY_PENDING) or failed while its approval is pending, and paid after `ms`, ' +
      'or by hand',
  }),
  test_channel: Type.Object({}, { description: 'Payments are made in a test channel: `sandbox` is true' }),
  tampered_amount: Type.Object({ amount: Type.Number({ minimum: 1 }) }, {
    description: 'The window opens with this amount, as if the page had been altered',
  }),
  tampered_channel: Type.Object({ channelKey: Text }, {
    description: 'V2: the window opens with this channel, as if the page had been altered',
  }),
  tampered_notice_urls: Type.Object({ url: Url }, {
    description: 'V2: the window opens with this address in noticeUrls, as if the page had been altered',
  }),
  earlier_attempt: Type.Object({}, {
    description: 'V2: each payment is preceded by a declined attempt under the same paymentId',
  }),
  callback: Type.Object({ variant: Variant }, {
    description: 'What the page or the redirect gets: imp_success only, success only, no flag, no imp_uid, the ' +
      'contrary of what happened, or undefined (V2, which knows the last two alone)',
  }),
  expired_secret: Type.Object({}, { description: 'V2: the API secret has expired: 401 UNAUTHORIZED' }),
  refusal: Type.Object({ type: oneOf(REFUSAL_TYPES), on: On }, {
    description: 'V2: the REST API refuses with this type and its HTTP status',
  }),
  lost_answer: Type.Object({ on: On }, {
    description: 'V2: the REST API does its work and closes the connection without an answer',
  }),
  pending_cancel: Type.Object({ ms: Type.Optional(Ms), end: Type.Optional(End) }, {
    description: 'V2: cancellations stay REQUESTED, and succeed or fail after `ms`, or by hand',
  }),
  failed_cancel: Type.Object({}, { description: 'V2: cancellations are answered with 200 and FAILED' }),
}

const Odds = Type.Object({
  /** How often the fault happens before it ends. @default for ever */
  times: Type.Optional(Type.Integer({ minimum: 1 })),
  /** How likely it happens each time, 0 to 1. @default 1 */
  chance: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** Of which API it is. @default both */
  api: Type.Optional(oneOf(['v1', 'v2'])),
})
type Odds = Static<typeof Odds>
/** A generation of the provider's API. */
export type Api = NonNullable<Odds['api']>

/** The names of all faults. */
export type FaultName = keyof typeof FAULTS
/** A fault to inject, e.g. `{ name: 'error', status: 503, on: 'lookup', times: 2 }`. */
export type Fault = { [Name in FaultName]: { name: Name } & Static<(typeof FAULTS)[Name]> & Odds }[FaultName]
export type FaultOf<Name extends FaultName> = Extract<Fault, { name: Name }>

/** A fault under a name that it had in an earlier version. */
export type RenamedFault = Omit<FaultOf<'late_approval'>, 'name'> & { name: OldFaultName }
/** The names that faults had in an earlier version. */
export type OldFaultName = 'late_settlement'

const RENAMED: ReadonlyMap<string, FaultName> = new Map([['late_settlement', 'late_approval']] as const)

/** The name of today for one of an earlier version; any other as it is. */
export const currentName = (name: string): string => RENAMED.get(name) ?? name
/** The name that a fault had in an earlier version, where it had another. */
export const formerName = (name: string): string => [...RENAMED].find(([, today]) => today === name)?.[0] ?? name

const SCHEMAS = new Map(Object.entries(FAULTS).map(([name, own]) =>
  [name, Type.Composite([Type.Object({ name: Type.Literal(name) }), own, Odds], { additionalProperties: false })]))

function isFault (value: object): value is Fault {
  const name = 'name' in value ? value.name : undefined
  const schema = typeof name === 'string' ? SCHEMAS.get(name) : undefined
  if (!schema) throw new InvalidArgumentError(`name must be one of ${[...SCHEMAS.keys()].join(', ')}`)
  const wrong = Value.Errors(schema, value).First()
  if (wrong) throw new InvalidArgumentError(`${String(name)}${wrong.path}: ${wrong.message}`)
  return true
}

/** A copy of the fault, under its name of today. @throws SANDBOX_INVALID_ARGUMENT */
export function readFault (value: unknown): Fault {
  const given = typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  const fault = 'name' in given && typeof given.name === 'string' ? { ...given, name: currentName(given.name) } : given
  if (!isFault(fault)) throw new InvalidArgumentError('not a fault')
  return fault
}
