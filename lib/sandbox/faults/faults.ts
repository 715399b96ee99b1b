import { currentName, readFault, type Api, type Fault, type FaultName, type FaultOf } from './schemas.js'

/** Which part of the REST API a call belongs to. */
export type Part = 'token' | 'lookup' | 'list' | 'cancel' | 'prepare' | 'confirm' | 'other'

export interface Faults {
  /** Injects a fault from now on. One of the same name, `on` and `api` is replaced. @throws SANDBOX_INVALID_ARGUMENT */
  set (fault: unknown): Fault
  /** Ends the faults of that name, or all. */
  clear (name?: string): void
  active (): readonly Fault[]
  /** Called whenever what is active has changed. */
  onChange (listener: () => void): void
  /** The fault of that name, if it happens now; uses up one of its `times`. */
  strike<Name extends FaultName> (name: Name, part?: Part): FaultOf<Name> | undefined
  /** The fault that {@link strike} would find, without using it up. */
  find<Name extends FaultName> (name: Name, part?: Part): FaultOf<Name> | undefined
  /** The same faults as that API sees them: those for the other one do not strike. */
  of (api: Api): Faults
}

const partOf = (fault: Fault) => 'on' in fault ? fault.on ?? 'any' : 'any'
const isOn = (fault: Fault, part: Part | undefined) => partOf(fault) === 'any' || partOf(fault) === part
const isAlike = (one: Fault, other: Fault) =>
  one.name === other.name && partOf(one) === partOf(other) && one.api === other.api

/** @param random 0 to 1, for `chance`; hand in a seeded one to have every run alike */
export function createFaults (random: () => number): Faults {
  let active: Fault[] = []
  const listeners: (() => void)[] = []
  const tell = () => { for (const listener of listeners) listener() }

  const find = <Name extends FaultName> (name: Name, part: Part | undefined, api: Api | undefined) =>
    active.find((one): one is FaultOf<Name> =>
      one.name === name && isOn(one, part) && (one.api === undefined || api === undefined || one.api === api))

  function strike<Name extends FaultName> (name: Name, part: Part | undefined, api: Api | undefined) {
    // Mostly there is none: that must cost nothing.
    if (active.length === 0) return undefined
    const fault = find(name, part, api)
    if (!fault || (fault.chance !== undefined && random() >= fault.chance)) return undefined
    if (fault.times !== undefined && --fault.times === 0) active = active.filter((one) => one !== fault)
    if (fault.times !== undefined) tell()
    return fault
  }

  const common = {
    set (value: unknown) {
      const fault = readFault(value)
      active = [...active.filter((one) => !isAlike(one, fault)), fault]
      tell()
      return fault
    },
    clear (name?: string) {
      active = name === undefined ? [] : active.filter((one) => one.name !== currentName(name))
      tell()
    },
    active: () => active,
    onChange: (listener: () => void) => { listeners.push(listener) },
    of: (api: Api) => views[api],
  }
  const viewOf = (api?: Api): Faults => ({
    ...common,
    strike: (name, part) => strike(name, part, api),
    find: (name, part) => find(name, part, api),
  })
  const views = { v1: viewOf('v1'), v2: viewOf('v2') }
  return viewOf()
}
