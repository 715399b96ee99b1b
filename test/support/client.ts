import { Pool } from 'undici'
import type { Test } from 'tap'
import { createClient, type ClientOptions } from '../../lib/iamport/client.js'
import type { Payment } from '../../lib/index.js'
import { createUpstream } from './upstream.js'

/** The REST client in front of a scripted provider. */
export async function openClient (t: Test, options: Partial<ClientOptions> = {}, payments?: Payment[], path = '') {
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
