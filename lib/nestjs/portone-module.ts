import { Inject, Module, type DynamicModule } from '@nestjs/common'
import type { PortoneOptions } from '../portone/options.js'
import { fastifyPortone } from '../portone/plugin.js'
import { createModule, type AsyncOptions } from './create-module.js'
import type { WithoutHooks } from './join-hooks.js'
import type { NestPlugin } from './registration.js'

/** The options of the plugin. Hooks that decorated methods handle are left out. */
export type PortOneModuleOptions<Tx = unknown> = WithoutHooks<PortoneOptions<Tx>>

/** The token of the client, a `Portone`. It has its methods from `onApplicationBootstrap` on. */
export const PORTONE = Symbol('fastify-iamport:portone')

/** Injects the client: `constructor (@InjectPortOne() private readonly portone: Portone) {}`. */
export const InjectPortOne = (): ParameterDecorator & PropertyDecorator => Inject(PORTONE)

const pluginOf = <Tx>(): NestPlugin<PortoneOptions<Tx>> => ({
  api: 'portone',
  async register (fastify, options) {
    await fastify.register(fastifyPortone, options)
    return fastify.portone
  },
})

/** Completes payments of PortOne V2 in a NestJS app on Fastify. */
export class PortOneModule {
  /** @throws IAMPORT_INVALID_OPTIONS when the app starts */
  static forRoot<Tx = unknown> (options: PortOneModuleOptions<Tx>): DynamicModule {
    return PortOneModule.forRootAsync({ useFactory: () => options })
  }

  /** Options from injected providers. @throws IAMPORT_INVALID_OPTIONS when the app starts */
  static forRootAsync<Tx = unknown, Injected extends unknown[] = []> (
    source: AsyncOptions<PortOneModuleOptions<Tx>, Injected>
  ): DynamicModule {
    return createModule({ module: PortOneModule, plugin: pluginOf<Tx>(), token: PORTONE, source })
  }
}
Module({})(PortOneModule)
