import type { DynamicModule, FactoryProvider, ModuleMetadata, Type } from '@nestjs/common'
import { DiscoveryModule, DiscoveryService, HttpAdapterHost, Reflector } from '@nestjs/core'
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

/** Visible in the whole app, as its Fastify is one. Written without decorators: lib is compiled without them. */
export function createModule<Options extends Pick<Hooks, 'getExpectedAmount' | 'onPaid'>, Injected extends unknown[]> (
  { module, plugin, token, source: { imports = [], inject = [], useFactory } }: ModuleParts<Options, Injected>
): DynamicModule {
  const optionsToken = Symbol(`fastify-iamport:${plugin.api}:options`)
  const register: FactoryProvider = {
    provide: Symbol(`fastify-iamport:${plugin.api}:registration`),
    inject: [optionsToken, token, HttpAdapterHost, DiscoveryService, Reflector],
    useFactory: (
      options: WithoutHooks<Options>, client: object, host: HttpAdapterHost, discovery: DiscoveryService,
      reflector: Reflector
    ) => new Registration(plugin, options, client, { host, discovery, reflector }),
  }
  return {
    module,
    global: true,
    imports: [DiscoveryModule, ...imports],
    providers: [
      { provide: optionsToken, inject, useFactory },
      { provide: token, useFactory: () => ({}) },
      register,
    ],
    exports: [token],
  }
}
