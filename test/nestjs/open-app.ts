import 'reflect-metadata'
import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { Test as Nest } from '@nestjs/testing'
import type { Test } from 'tap'
import { createSandbox, type Sandbox } from '../../lib/sandbox/index.js'

/** Applies a decorator to a method, as TypeScript does with `experimentalDecorators`. */
export function decorate<Class extends object, Name extends keyof Class & string> (
  prototype: Class, name: Name,
  decorator: (target: object, name: string, descriptor: TypedPropertyDescriptor<Class[Name]>) => void
): void {
  decorator(prototype, name, { value: prototype[name] })
}

/** The options of a shop whose order costs 14000, with the sandbox as provider. */
export const optionsOf = ({ dispatcher }: Sandbox) => ({ impKey: 'imp_key', impSecret: 'imp_secret', dispatcher })
export const v2OptionsOf = ({ dispatcher, portone: { apiSecret, storeId } }: Sandbox) =>
  ({ apiSecret, storeId, dispatcher, prefix: '/v2' })

export function openSandbox (t: Test): Sandbox {
  const sandbox = createSandbox()
  t.teardown(() => sandbox.close())
  return sandbox
}

/** An app that is not initialised yet; closed after the test. */
export async function createApp (
  t: Test, imports: DynamicModule[], more: ModuleMetadata = {}, adapter = new FastifyAdapter()
): Promise<NestFastifyApplication> {
  class AppModule {}
  Module({ imports, ...more })(AppModule)
  const testing = await Nest.createTestingModule({ imports: [AppModule] }).compile()
  const app = testing.createNestApplication<NestFastifyApplication>(adapter, { logger: false })
  t.teardown(() => app.close())
  return app
}

/** What the plugins have decorated Fastify with: Nest brings a Fastify of its own, whose types know nothing of them. */
export const decorated = (app: NestFastifyApplication, name: string): unknown =>
  Reflect.get(app.getHttpAdapter().getInstance(), name)

/** The page's POST. */
export async function complete (app: NestFastifyApplication, impUid: string, url = '/payments/complete') {
  return app.inject({ method: 'POST', url, payload: { imp_uid: impUid } })
}
