import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { InvalidArgumentError } from './errors.js'

const On = Type.Optional(Type.Union(
  (['token', 'lookup', 'list', 'cancel', 'prepare', 'any'] as const).map((part) => Type.Literal(part)),
  { description: 'Which calls of the REST API it hits', default: 'any' }
))
const Ms = Type.Integer({ minimum: 0, maximum: 3_600_000, description: 'Milliseconds' })

/** Everything that can be made to go wrong, by name, with what each takes. */
export const FAULTS = {
  latency: Type.Object({ ms: Ms, on: On }, { description: 'The REST API answers later' }),
  error: Type.Object(
    {
      status: Type.Optional(Type.Integer({ minimum: 400, maximum: 599, default: 500 })),
      body: Type.Optional(
        Type.Union([Type.Literal('envelope'), Type.Literal('html'), Type.Literal('empty')], { default: 'envelope' })
      ),
      on: On,
    },
    { description: 'The REST API answers with an error' }
  ),
  rate_limit: Type.Object(
    { retryAfterSec: Type.Optional(Type.Integer({ minimum: 0, default: 1 })), on: On },
    { description: 'The REST API answers 429 with Retry-After' }
  ),
  disconnect: Type.Object({ on: On }, { description: 'The REST API closes the connection without an answer' }),
  revoked_token: Type.Object({}, { description: 'The next call finds its token revoked: 401' }),
  lost_webhook: Type.Object({}, { description: 'Webhooks are never sent' }),
  late_webhook: Type.Object({ ms: Ms }, { description: 'Webhooks are sent later' }),
  duplicate_webhook: Type.Object({}, { description: 'Webhooks are sent twice, at once' }),
  reordered_webhook: Type.Object(
    {},
    { description: 'A webhook is held back until the next one of the same payment has been sent' }
  ),
  webhook_first: Type.Object(
    {},
    { description: 'The page hears of its payment only after the webhooks were answered' }
  ),
  late_settlement: Type.Object(
    {
      ms: Type.Optional(Ms),
      status: Type.Optional(Type.Union([Type.Literal('ready'), Type.Literal('failed')], { default: 'ready' })),
    },
    { description: 'An approved payment stays ready or failed, and is paid after `ms`, or when it is settled by hand' }
  ),
  test_channel: Type.Object(
    {},
    { description: 'Payments are made in a test channel: sandbox is true, no money moves' }
  ),
  tampered_amount: Type.Object(
    { amount: Type.Number({ minimum: 1 }) },
    { description: 'The window opens with this amount, as if the page had been altered' }
  ),
  callback: Type.Object(
    {
      variant: Type.Union(
        (['legacy', 'in_app', 'flagless', 'without_imp_uid', 'contradicting'] as const).map((variant) =>
          Type.Literal(variant)
        )
      ),
    },
    {
      description:
        'What the page or the redirect is told: imp_success only, success only, no flag, no imp_uid, or success=false for a payment that went through',
    }
  ),
}

const Odds = Type.Object({
  /** How often it strikes before it is over. @default for ever */
  times: Type.Optional(Type.Integer({ minimum: 1 })),
  /** How likely it strikes each time, 0 to 1. @default 1 */
  chance: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
})
type Odds = Static<typeof Odds>

export type FaultName = keyof typeof FAULTS
/** A trouble made on purpose, e.g. `{ name: 'error', status: 503, on: 'lookup', times: 2 }`. */
export type Fault = { [Name in FaultName]: { name: Name } & Static<(typeof FAULTS)[Name]> & Odds }[FaultName]
type FaultOf<Name extends FaultName> = Extract<Fault, { name: Name }>

/** Which part of the REST API a call belongs to. */
export type Part = 'token' | 'lookup' | 'list' | 'cancel' | 'prepare' | 'other'

const SCHEMAS = new Map(Object.entries(FAULTS).map(([name, own]) =>
  [name, Type.Composite([Type.Object({ name: Type.Literal(name) }), own, Odds], { additionalProperties: false })]))

function isFault (value: unknown): value is Fault {
  const name = typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined
  const schema = typeof name === 'string' ? SCHEMAS.get(name) : undefined
  if (!schema) throw new InvalidArgumentError(`name must be one of ${[...SCHEMAS.keys()].join(', ')}`)
  const wrong = Value.Errors(schema, value).First()
  if (wrong) throw new InvalidArgumentError(`${String(name)}${wrong.path}: ${wrong.message}`)
  return true
}

export interface Faults {
  /** From now on. One of the same name and `on` takes its place. @throws SANDBOX_INVALID_ARGUMENT */
  set (fault: unknown): Fault
  /** Of that name, or all. */
  clear (name?: string): void
  active (): readonly Fault[]
  /** Called whenever what is active has changed. */
  onChange (listener: () => void): void
  /** The fault of that name that strikes here, if one does; uses up one of its `times`. */
  strike<Name extends FaultName> (name: Name, part?: Part): FaultOf<Name> | undefined
}

const partOf = (fault: Fault) => 'on' in fault ? fault.on ?? 'any' : 'any'

/** @param random 0 to 1, for `chance`; hand in a seeded one to have every run alike */
export function createFaults (random: () => number): Faults {
  let active: Fault[] = []
  const listeners: (() => void)[] = []
  const tell = () => { for (const listener of listeners) listener() }

  return {
    set (fault) {
      if (!isFault(fault)) throw new InvalidArgumentError('not a fault')
      const copy = { ...fault }
      active = [...active.filter((one) => one.name !== copy.name || partOf(one) !== partOf(copy)), copy]
      tell()
      return copy
    },
    clear (name) {
      active = name === undefined ? [] : active.filter((one) => one.name !== name)
      tell()
    },
    active: () => active,
    onChange: (listener) => { listeners.push(listener) },
    strike<Name extends FaultName> (name: Name, part?: Part) {
      // Without faults, which is the rule, this must cost nothing.
      if (active.length === 0) return undefined
      const fault = active.find(
        (one): one is FaultOf<Name> => one.name === name && (partOf(one) === 'any' || partOf(one) === part)
      )
      if (!fault || (fault.chance !== undefined && random() >= fault.chance)) return undefined
      if (fault.times !== undefined && --fault.times === 0) active = active.filter((one) => one !== fault)
      if (fault.times !== undefined) tell()
      return fault
    },
  }
}
