import { Inject, Module, type DynamicModule } from '@nestjs/common'
import type { IamportOptions } from '../iamport/options.js'
import { fastifyIamport } from '../iamport/plugin.js'
import { createModule, type AsyncOptions } from './create-module.js'
import type { WithoutHooks } from './join-hooks.js'
import type { NestPlugin } from './registration.js'

/** The options of the plugin. Hooks that decorated methods handle are left out. */
export type IamportModuleOptions<Tx = unknown> = WithoutHooks<IamportOptions<Tx>>

/** The token of the client, an `Iamport`. It has its methods from `onApplicationBootstrap` on. */
export const IAMPORT = Symbol('fastify-iamport:iamport')

/** Injects the client: `constructor (@InjectIamport() private readonly iamport: Iamport) {}`. */
export const InjectIamport = (): ParameterDecorator & PropertyDecorator => Inject(IAMPORT)

const pluginOf = <Tx>(): NestPlugin<IamportOptions<Tx>> => ({
  api: 'iamport',
  async register (fastify, options) {
    await fastify.register(fastifyIamport, options)
    return fastify.iamport
  },
})

/** Completes payments of PortOne V1 in a NestJS app on Fastify. */
export class IamportModule {
  /** @throws IAMPORT_INVALID_OPTIONS when the app starts */
  static forRoot<Tx = unknown> (options: IamportModuleOptions<Tx>): DynamicModule {
    return IamportModule.forRootAsync({ useFactory: () => options })
  }

  /** Options from injected providers. @throws IAMPORT_INVALID_OPTIONS when the app starts */
  static forRootAsync<Tx = unknown, Injected extends unknown[] = []> (
    source: AsyncOptions<IamportModuleOptions<Tx>, Injected>
  ): DynamicModule {
    return createModule({ module: IamportModule, plugin: pluginOf<Tx>(), token: IAMPORT, source })
  }
}
Module({})(IamportModule)
