import { currentName, readFault, type Fault, type FaultName, type FaultOf } from './schemas.js'

/** Which part of the REST API a call belongs to. */
export type Part = 'token' | 'lookup' | 'list' | 'cancel' | 'prepare' | 'other'

export interface Faults {
  /** Injects a fault from now on. One of the same name and `on` is replaced. @throws SANDBOX_INVALID_ARGUMENT */
  set (fault: unknown): Fault
  /** Ends the faults of that name, or all. */
  clear (name?: string): void
  active (): readonly Fault[]
  /** Called whenever what is active has changed. */
  onChange (listener: () => void): void
  /** The fault of that name, if it happens now; uses up one of its `times`. */
  strike<Name extends FaultName> (name: Name, part?: Part): FaultOf<Name> | undefined
}

const partOf = (fault: Fault) => 'on' in fault ? fault.on ?? 'any' : 'any'
const isOn = (fault: Fault, part: Part | undefined) => partOf(fault) === 'any' || partOf(fault) === part

/** @param random 0 to 1, for `chance`; hand in a seeded one to have every run alike */
export function createFaults (random: () => number): Faults {
  let active: Fault[] = []
  const listeners: (() => void)[] = []
  const tell = () => { for (const listener of listeners) listener() }

  return {
    set (value) {
      const fault = readFault(value)
      active = [...active.filter((one) => one.name !== fault.name || partOf(one) !== partOf(fault)), fault]
      tell()
      return fault
    },
    clear (name) {
      active = name === undefined ? [] : active.filter((one) => one.name !== currentName(name))
      tell()
    },
    active: () => active,
    onChange: (listener) => { listeners.push(listener) },
    strike<Name extends FaultName> (name: Name, part?: Part) {
      // Mostly there is none: that must cost nothing.
      if (active.length === 0) return undefined
      const fault = active.find((one): one is FaultOf<Name> => one.name === name && isOn(one, part))
      if (!fault || (fault.chance !== undefined && random() >= fault.chance)) return undefined
      if (fault.times !== undefined && --fault.times === 0) active = active.filter((one) => one !== fault)
      if (fault.times !== undefined) tell()
      return fault
    },
  }
}
