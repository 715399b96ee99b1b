import { MetadataScanner, type DiscoveryService, type Reflector } from '@nestjs/core'
import { InvalidOptionsError } from '../errors.js'
import type { Hooks } from '../hooks.js'
import { DECORATORS, metadataKey, type Api } from './handlers.js'

/** A provider or a controller, as Nest keeps it. */
type Wrapper = ReturnType<DiscoveryService['getProviders']>[number]

export interface Handler {
  hook: keyof Hooks
  /** Where it stands: `OrdersService.ship`. */
  name: string
  /** The module that provides it. */
  module: string
  run (...args: unknown[]): unknown
}

const HOOKS: (keyof Hooks)[] = ['getExpectedAmount', 'onPaid', 'onVbank', 'onFail', 'onCancel', 'onConfirm']

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const isMethod = (value: unknown): value is (...args: unknown[]) => unknown => typeof value === 'function'

/** A decorated class that Nest makes anew for a request is not there when a webhook comes: it would never run. */
const isSingle = (wrapper: Wrapper) => wrapper.isDependencyTreeStatic() && !wrapper.isTransient

/**
 * The methods that are decorated for this plugin.
 * @throws IAMPORT_INVALID_OPTIONS a decorated class is not a singleton
 */
export function findHandlers (discovery: DiscoveryService, reflector: Reflector, api: Api): Handler[] {
  const scanner = new MetadataScanner()
  const seen = new Set<object>()
  const found: Handler[] = []
  for (const wrapper of [...discovery.getProviders(), ...discovery.getControllers()]) {
    const instance: unknown = wrapper.instance
    if (!isObject(instance) || seen.has(instance)) continue // an alias of another provider
    seen.add(instance)
    const prototype: object = Object.getPrototypeOf(instance)
    for (const method of scanner.getAllMethodNames(prototype)) {
      // Of the class: what a constructor has bound, or a test has put in its place, has no metadata.
      const declared: unknown = Reflect.get(prototype, method)
      if (!isMethod(declared)) continue
      for (const hook of HOOKS) {
        const apis = reflector.get<Api[] | undefined>(metadataKey(hook), declared)
        if (apis === undefined || (apis.length > 0 && !apis.includes(api))) continue
        const name = `${instance.constructor.name}.${method}`
        if (!isSingle(wrapper)) {
          throw new InvalidOptionsError(`${name}: decorated with @${DECORATORS[hook]}(), but not a singleton`)
        }
        found.push({
          hook,
          name,
          module: wrapper.host?.name ?? '',
          // Read anew: a test may put a spy there.
          run: (...args) => Reflect.apply(Reflect.get(instance, method), instance, args),
        })
      }
    }
  }
  return found
}
