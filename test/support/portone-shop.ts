import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import portone, { type PortoneOptions } from '../../lib/portone/index.js'
import { recordHooks, type HookCalls } from './hook-calls.js'
import { createPortone, portoneOptions, STORE_ID, type PortoneUpstream, type WirePayment } from './portone-upstream.js'
import { signatureOf, WEBHOOK_SECRET } from './portone-signature.js'
import type { Surroundings } from './shop.js'

export { signatureOf, WEBHOOK_SECRET }

/** A webhook of version 2024-04-25. */
export const webhookOf = (type: string, data: object = {}) =>
  ({
    type,
    timestamp: new Date().toISOString(),
    data: { storeId: STORE_ID, paymentId: 'order_1', transactionId: 'tx_1', ...data },
  })

/** An app with the V2 plugin in front of a scripted provider; every order costs 14000 won. */
export interface PortoneShop extends HookCalls {
  app: FastifyInstance
  upstream: PortoneUpstream
  /** Posts JSON. */
  post (payload: unknown, url?: string): Promise<LightMyRequestResponse>
  /** Posts JSON to the webhook, signed, as the provider does. */
  notify (payload?: object, signing?: Parameters<typeof signatureOf>[1]): Promise<LightMyRequestResponse>
  /** Posts JSON to the webhook without a signature. */
  notifyUnsigned (payload?: object): Promise<LightMyRequestResponse>
  /** Requests the redirect route, as a browser that comes back from the checkout. */
  redirect (query?: string): Promise<LightMyRequestResponse>
}

export type PortoneSurroundings = Pick<Surroundings, 'server' | 'prepare'> & { upstream?: PortoneUpstream }

export async function openPortoneShop (
  t: Test, options: Partial<PortoneOptions> = {}, payments?: WirePayment[],
  { server = {}, prepare, upstream: shared }: PortoneSurroundings = {}
): Promise<PortoneShop> {
  const upstream = shared ?? await createPortone(payments)
  const app = Fastify(server)
  const { hooks, recorded } = recordHooks()
  t.teardown(async () => {
    if (!shared) await upstream.close()
    await app.close()
  })
  await prepare?.(app)
  await app.register(portone, { ...portoneOptions(upstream), webhookSecret: WEBHOOK_SECRET, ...hooks, ...options })
  const send = async (url: string, payload: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json', ...headers }, payload })
  return {
    app,
    upstream,
    ...recorded,
    post: (payload, url = '/payments/complete') => send(url, JSON.stringify(payload)),
    notify (payload = webhookOf('Transaction.Paid'), signing) {
      const body = JSON.stringify(payload)
      return send('/payments/webhook', body, signatureOf(body, signing))
    },
    notifyUnsigned: (payload = webhookOf('Transaction.Paid')) => send('/payments/webhook', JSON.stringify(payload)),
    redirect: async (query = '?paymentId=order_1') =>
      app.inject({ method: 'GET', url: `/payments/complete/mobile${query}` }),
  }
}
