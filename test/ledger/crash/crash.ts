import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from './random.js'
import { startApp, startProvider } from './servers.js'

/** Where a server kills itself (see app.js); or `any`: it is killed from outside, at any moment. */
const STEPS = ['before', 'hook', 'written', 'after', 'refunded', 'any'] as const

/** Payments whose notifications are sent at the same time. */
const AT_ONCE = 16

/** Milliseconds that the payments wait for a kill that is due. Some steps need further payments: then they go on. */
const PATIENCE_MS = 1000

export interface CrashOptions { payments: number, kills: number, seed: number }

export interface Crashes {
  payments: number
  requests: number
  redelivered: number
  /** How many servers were killed, by step. */
  kills: Record<string, number>
  /** The orders whose payment was refunded. */
  refunded: Set<string>
}

/**
 * Two servers of a shop on one database. Browser, redirect and webhook notify both of every payment at once; a webhook
 * that is not answered with 200 is redelivered, as the provider does. Meanwhile servers are killed and started again.
 */
export async function crash (databaseUrl: string, { payments, kills, seed }: CrashOptions): Promise<Crashes> {
  const random = createRandom(seed)
  const provider = await startProvider()
  const start = () => startApp(databaseUrl, provider.url)
  const servers = [await start(), await start()]
  let spare = start()
  const counts: Crashes = { payments: 0, requests: 0, redelivered: 0, kills: {}, refunded: new Set() }
  let killed = 0

  function request (which: number, method: 'GET' | 'POST', path: string, body?: object): Promise<number> {
    counts.requests++
    return servers[which % 2]?.request(method, path, body) ?? Promise.resolve(0)
  }

  async function notify (number: number): Promise<void> {
    const body = { imp_uid: `imp_${number}`, merchant_uid: `order_${number}`, status: 'paid' }
    const query = `imp_uid=${body.imp_uid}&merchant_uid=${body.merchant_uid}&imp_success=true`
    const webhook = (which: number) => request(which, 'POST', '/payments/webhook', body)
    const browser = (which: number) => request(which, 'POST', '/payments/complete', body)
    const redirect = (which: number) => request(which, 'GET', `/payments/complete/mobile?${query}`)
    const [first] = await Promise.all([0, 1].flatMap((which) => [webhook(which), browser(which), redirect(which)]))
    let status = first
    for (let which = random(2); status !== 200; which++) {
      counts.redelivered++
      await sleep(5)
      status = await webhook(which)
    }
  }

  async function killOne (step: string): Promise<void> {
    const which = random(2)
    const server = servers[which]
    if (server === undefined) return
    const ended = once(server.child, 'exit')
    if (step === 'any') setTimeout(() => server.child.kill('SIGKILL'), random(20))
    else server.child.send(step)
    await ended
    await server.kill()
    counts.kills[step] = (counts.kills[step] ?? 0) + 1
    servers[which] = await spare
    spare = start()
  }

  const isDue = () => killed < kills && counts.payments >= payments * (killed + 1) / (kills + 1)
  async function killMany (): Promise<void> {
    for (; killed < kills; killed++) {
      while (!isDue()) await sleep(5)
      await killOne(STEPS[killed % STEPS.length] ?? 'any')
    }
  }
  async function notifyOfMany (): Promise<void> {
    while (counts.payments < payments || isDue()) {
      await notify(counts.payments++)
      for (let waited = 0; isDue() && waited < PATIENCE_MS; waited += 5) await sleep(5)
    }
  }

  const killing = killMany()
  await Promise.all(Array.from({ length: AT_ONCE }, notifyOfMany))
  await killing
  for (const server of [...servers, await spare]) await server.kill()
  counts.refunded = provider.refunded()
  await provider.close()
  return counts
}
