import { InvalidOptionsError } from '../errors.js'
import type { Hooks } from '../hooks.js'
import type { Handler } from './find-handlers.js'
import { DECORATORS } from './handlers.js'

/** Without these the plugin cannot decide. */
const REQUIRED = ['getExpectedAmount', 'onPaid'] as const satisfies (keyof Hooks)[]

/** What a module is given: the hooks may be decorated methods instead. */
export type WithoutHooks<Options extends Pick<Hooks, typeof REQUIRED[number]>> =
  Omit<Options, typeof REQUIRED[number]> & Partial<Pick<Options, typeof REQUIRED[number]>>

const has = (options: object, hook: keyof Hooks) => Reflect.get(options, hook) !== undefined

/**
 * The options with the decorated methods as hooks.
 * @throws IAMPORT_INVALID_OPTIONS a hook has two handlers, or one that is required has none
 */
export function joinHooks<Options extends Pick<Hooks, typeof REQUIRED[number]>> (
  given: WithoutHooks<Options>, handlers: Handler[]
): Options {
  const joined: Record<string, unknown> = { ...given }
  const names = new Map<keyof Hooks, string>()
  for (const { hook, name, run } of handlers) {
    const other = has(given, hook) ? 'the option' : names.get(hook)
    if (other !== undefined) throw new InvalidOptionsError(`${hook}: two handlers, ${other} and ${name}; keep one`)
    names.set(hook, name)
    joined[hook] = run
  }
  if (isComplete<Options>(joined)) return joined
  const missing = REQUIRED.find((hook) => !has(joined, hook))
  throw new InvalidOptionsError(`${missing}: no handler; give the option, or decorate a method of a provider with ` +
    `@${missing && DECORATORS[missing]}()`)
}

/** Of the rest the plugin checks whether it is right, when it is registered. */
const isComplete = <Options>(options: object): options is Options & object =>
  REQUIRED.every((hook) => has(options, hook))
