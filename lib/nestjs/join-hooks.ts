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
  const found = new Map<keyof Hooks, Handler>()
  for (const handler of handlers) {
    const { hook, name, module, run } = handler
    const other = found.get(hook)
    if (other?.name === name) {
      throw new InvalidOptionsError(`${hook}: two handlers, ${name} of ${other.module} and of ${module}; provide the ` +
        'class in one module, which exports it')
    }
    const otherName = has(given, hook) ? 'the option' : other?.name
    if (otherName !== undefined) {
      throw new InvalidOptionsError(`${hook}: two handlers, ${otherName} and ${name}; keep one`)
    }
    found.set(hook, handler)
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
