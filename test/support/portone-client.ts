import { Pool } from 'undici'
import type { Test } from 'tap'
import { createClient, type PortoneClientOptions } from '../../lib/portone/client.js'
import { createProvider } from '../../lib/portone/provider.js'
import { createPortone, portoneOptions, type WirePayment } from './portone-upstream.js'

/** PortOne's client, and the provider on top of it, in front of a scripted PortOne. */
export async function openPortone (
  t: Test, options: Partial<PortoneClientOptions> = {}, payments?: WirePayment[], path = ''
) {
  const upstream = await createPortone(payments)
  const dispatcher = new Pool(upstream.url)
  t.teardown(async () => {
    await dispatcher.destroy()
    await upstream.close()
  })
  const { api, internals } = createClient({
    ...portoneOptions(upstream),
    baseUrl: upstream.url + path,
    dispatcher,
    timeoutMs: 2000,
    writeTimeoutMs: 5000,
    budgetMs: 5000,
    ...options,
  })
  const provider = createProvider(api, internals, { writeTimeoutMs: 5000 })
  return { upstream, client: api, internals, provider }
}
