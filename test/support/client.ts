import { Pool } from 'undici'
import type { Test } from 'tap'
import { createClient } from '../../lib/iamport/client.js'
import type { ConnectionOptions } from '../../lib/iamport/connection.js'
import type { ClientInternals } from '../../lib/iamport/api.js'
import { monotonic } from '../../lib/concurrency/deadline.js'
import type { Payment } from '../../lib/index.js'
import { createUpstream } from './upstream.js'

/** The REST client in front of a scripted provider. */
export async function openClient (t: Test, options: Partial<ConnectionOptions> = {}, payments?: Payment[], path = '') {
  const upstream = await createUpstream(payments)
  const dispatcher = new Pool(upstream.url)
  t.teardown(async () => {
    await dispatcher.destroy()
    await upstream.close()
  })
  const client = createClient({
    impKey: 'the-key',
    impSecret: 'the-secret',
    baseUrl: upstream.url + path,
    dispatcher,
    timeoutMs: 2000,
    budgetMs: 5000,
    ...options,
  })
  return { upstream, client, dispatcher }
}

/** Looks payments up in one turn of the event loop, so that they go together. */
export const lookUpTogether = (client: ClientInternals, impUids: string[], budgetMs = 5000) =>
  impUids.map(async (impUid) => (await client.lookUp(impUid, monotonic() + budgetMs)).payment)

/** Looks a payment up in a batch, whose other one is unknown to the provider. */
export async function lookUpInBatch (client: ClientInternals, impUid: string, budgetMs?: number): Promise<Payment> {
  const [asked] = await Promise.allSettled(lookUpTogether(client, [impUid, 'imp_unknown'], budgetMs))
  if (asked?.status !== 'fulfilled') throw asked?.reason
  return asked.value
}
