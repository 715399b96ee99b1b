import { Logger, type OnModuleInit } from '@nestjs/common'
import type { DiscoveryService, HttpAdapterHost, Reflector } from '@nestjs/core'
import type { FastifyInstance } from 'fastify'
import { InvalidOptionsError } from '../errors.js'
import type { Hooks } from '../hooks.js'
import { findHandlers } from './find-handlers.js'
import type { Api } from './handlers.js'
import { joinHooks, type WithoutHooks } from './join-hooks.js'

/** One of the two plugins, as a module of Nest registers it. */
export interface NestPlugin<Options> {
  api: Api
  /** Registers the plugin and resolves to what it has decorated the instance with. */
  register (fastify: FastifyInstance, options: Options): Promise<object>
}

/** What Nest injects. */
export interface Surroundings { host: HttpAdapterHost, discovery: DiscoveryService, reflector: Reflector }

/**
 * Registers the plugin when all providers are there and Fastify is not ready yet. At `app.listen` and with `app.init`
 * in a test alike, Nest calls `onModuleInit` at that moment.
 */
export class Registration<Options extends Pick<Hooks, 'getExpectedAmount' | 'onPaid'>> implements OnModuleInit {
  /** @param client gets the methods of `fastify.iamport` or `fastify.portone` */
  constructor (
    private readonly plugin: NestPlugin<Options>, private readonly readOptions: () => WithoutHooks<Options>,
    private readonly client: object, private readonly surroundings: Surroundings
  ) {}

  async onModuleInit (): Promise<void> {
    const { host: { httpAdapter }, discovery, reflector } = this.surroundings
    const { api } = this.plugin
    const logger = new Logger('FastifyIamport')
    // NestFactory.createApplicationContext, for a script beside the app.
    if (!httpAdapter) return logger.warn(`without an HTTP server there are no routes, and ${api} has no methods`)
    if (httpAdapter.getType() !== 'fastify') {
      throw new InvalidOptionsError('NestJS has to run on Fastify: NestFactory.create(AppModule, new FastifyAdapter())')
    }
    const fastify: FastifyInstance = httpAdapter.getInstance()
    if (fastify.hasDecorator(api)) {
      throw new InvalidOptionsError(`fastify.${api} is there already: import the module once, it is global`)
    }
    const options = joinHooks<Options>(this.readOptions(), findHandlers(discovery, reflector, api))
    let isMounting = true
    fastify.addHook('onRoute', ({ url, method }) => {
      if (isMounting && method !== 'HEAD') logger.log(`Mapped {${url}, ${String(method)}} route`)
    })
    Object.assign(this.client, await this.plugin.register(fastify, options))
    isMounting = false
  }
}
