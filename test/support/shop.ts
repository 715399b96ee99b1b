import Fastify, { type FastifyInstance, type FastifyServerOptions, type LightMyRequestResponse } from 'fastify'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import iamport, { type IamportOptions, type Payment } from '../../lib/index.js'
import { recordHooks, type HookCalls } from './hook-calls.js'
import { createUpstream, type Upstream } from './upstream.js'

/** An app with the plugin in front of a scripted provider; every order costs 14000 won. */
export interface Shop extends HookCalls {
  app: FastifyInstance
  upstream: Upstream
  /** Posts JSON. */
  post (payload: unknown, url?: string): Promise<LightMyRequestResponse>
  /** Posts JSON to the webhook. */
  notify (payload?: unknown): Promise<LightMyRequestResponse>
  /** Posts a form, as jQuery does. */
  form (payload: string, url?: string): Promise<LightMyRequestResponse>
  /** Requests the redirect route, as a browser that comes back from the checkout. */
  redirect (query?: string): Promise<LightMyRequestResponse>
  /** Listens on a free port, and resolves to its URL. */
  listen (): Promise<string>
}

/** What the app and the provider are like. */
export interface Surroundings {
  server?: FastifyServerOptions
  /** Changes the app before the plugin is registered. */
  prepare? (app: FastifyInstance): void | Promise<void>
  /** Leaves the app open at the end: closing it would wait for a hook that never returns. */
  neverClosed?: boolean
  /** The provider of another server of the same shop, which closes it. */
  upstream?: Upstream
}

export async function openShop (
  t: Test, options: Partial<IamportOptions> = {}, payments?: Payment[],
  { server = {}, prepare, neverClosed = false, upstream: shared }: Surroundings = {}
): Promise<Shop> {
  const upstream = shared ?? await createUpstream(payments)
  const app = Fastify(server)
  const { hooks, recorded } = recordHooks()
  t.teardown(async () => {
    if (!shared) await upstream.close()
    if (!neverClosed) await app.close()
  })
  await prepare?.(app)
  await app.register(iamport, {
    impKey: 'key',
    impSecret: 'secret',
    baseUrl: upstream.url,
    ...hooks,
    ...options,
  })
  // `async`, so that a request starts when it is made, not when its answer is first awaited.
  const post = async (value: unknown, url = '/payments/complete') => {
    const headers = { 'content-type': 'application/json' }
    return app.inject({ method: 'POST', url, headers, payload: JSON.stringify(value) })
  }
  return {
    app,
    upstream,
    ...recorded,
    post,
    notify: (payload = { imp_uid: 'imp_1' }) => post(payload, '/payments/webhook'),
    form: async (payload, url = '/payments/complete') => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      return app.inject({ method: 'POST', url, headers, payload })
    },
    redirect: async (query = '?imp_uid=imp_1&merchant_uid=order_1') =>
      app.inject({ method: 'GET', url: `/payments/complete/mobile${query}` }),
    async listen () {
      await app.listen({ port: 0, host: '127.0.0.1' })
      return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    },
  }
}
