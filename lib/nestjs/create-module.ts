import { Scope, type DynamicModule, type FactoryProvider, type ModuleMetadata, type Type } from '@nestjs/common'
import { DiscoveryModule, DiscoveryService, HttpAdapterHost, ModuleRef, Reflector } from '@nestjs/core'
import { InvalidOptionsError } from '../errors.js'
import type { Hooks } from '../hooks.js'
import type { WithoutHooks } from './join-hooks.js'
import { Registration, type NestPlugin } from './registration.js'

/** Options that need providers of the app, as `forRootAsync` takes them. */
export interface AsyncOptions<Options, Injected extends unknown[]> {
  /** The modules that the injected providers come from. */
  imports?: ModuleMetadata['imports'] | undefined
  /** What `useFactory` is called with. */
  inject?: FactoryProvider['inject'] | undefined
  useFactory (...injected: Injected): Options | Promise<Options>
}

interface ModuleParts<Options extends Pick<Hooks, 'getExpectedAmount' | 'onPaid'>, Injected extends unknown[]> {
  /** The class that the app imports. */
  module: Type
  plugin: NestPlugin<Options>
  /** The token under which the client is injected. */
  token: symbol
  source: AsyncOptions<WithoutHooks<Options>, Injected>
}

/**
 * The options are not injected: where they need a request, so would whatever they are injected into, and Nest would
 * never call its `onModuleInit`.
 *
 * @throws IAMPORT_INVALID_OPTIONS they need a request
 */
function readOptions<Options> (moduleRef: ModuleRef, token: symbol): Options {
  if (moduleRef.introspect(token).scope === Scope.REQUEST) {
    throw new InvalidOptionsError(
      'forRootAsync: `inject` has a provider that is made for each request; the options are made once, at the start')
  }
  return moduleRef.get<Options>(token)
}

/** Visible in the whole app, as its Fastify is one. Written without decorators: lib is compiled without them. */
export function createModule<Options extends Pick<Hooks, 'getExpectedAmount' | 'onPaid'>, Injected extends unknown[]> (
  { module, plugin, token, source: { imports = [], inject = [], useFactory } }: ModuleParts<Options, Injected>
): DynamicModule {
  const optionsToken = Symbol(`fastify-iamport:${plugin.api}:options`)
  // A test may replace the client that is injected: then the plugin's methods must not go into that one.
  const ownToken = Symbol(`fastify-iamport:${plugin.api}:client`)
  const register: FactoryProvider = {
    provide: Symbol(`fastify-iamport:${plugin.api}:registration`),
    inject: [ownToken, ModuleRef, HttpAdapterHost, DiscoveryService, Reflector],
    useFactory: (
      client: object, moduleRef: ModuleRef, host: HttpAdapterHost, discovery: DiscoveryService, reflector: Reflector
    ) => new Registration<Options>(
      plugin, () => readOptions(moduleRef, optionsToken), client, { host, discovery, reflector }),
  }
  return {
    module,
    global: true,
    imports: [DiscoveryModule, ...imports],
    providers: [
      { provide: optionsToken, inject, useFactory },
      { provide: ownToken, useFactory: () => ({}) },
      { provide: token, useExisting: ownToken },
      register,
    ],
    exports: [token],
  }
}
