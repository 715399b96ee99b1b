import Fastify, { type FastifyInstance, type FastifyServerOptions, type LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import iamport, { type CancelContext, type Context, type Failure, type IamportOptions, type Payment } from '../../lib/index.js'
import { createUpstream, type Upstream } from './upstream.js'

type Call = { hook: 'paid' | 'vbank' | 'cancel', payment: Payment, context: Context | CancelContext } | { hook: 'fail', failure: Failure, context: Context }

/** An app with the plugin in front of a scripted provider; every order costs 14000 won. */
export interface Shop {
  app: FastifyInstance
  upstream: Upstream
  /** Every hook that ran, oldest first. */
  calls: Call[]
  /** The names of those hooks. */
  ran (): string[]
  post (payload: unknown, url?: string): Promise<LightMyRequestResponse>
}

export async function openShop (t: Test, options: Partial<IamportOptions> = {}, payments?: Payment[], server: FastifyServerOptions = {}): Promise<Shop> {
  const upstream = await createUpstream(payments)
  const app = Fastify(server)
  const calls: Call[] = []
  t.teardown(async () => {
    await upstream.close()
    await app.close()
  })
  await app.register(iamport, {
    impKey: 'key',
    impSecret: 'secret',
    baseUrl: upstream.url,
    getExpectedAmount: () => 14000,
    onPaid: (payment, context) => { calls.push({ hook: 'paid', payment, context }) },
    onVbank: (payment, context) => { calls.push({ hook: 'vbank', payment, context }) },
    onFail: (failure, context) => { calls.push({ hook: 'fail', failure, context }) },
    onCancel: (payment, context) => { calls.push({ hook: 'cancel', payment, context }) },
    ...options,
  })
  return {
    app,
    upstream,
    calls,
    ran: () => calls.map((call) => call.hook),
    post: (payload, url = '/payments/complete') => app.inject({ method: 'POST', url, payload: payload as object }),
  }
}
