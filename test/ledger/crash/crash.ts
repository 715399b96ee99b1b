import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from './random.js'
import { startApp, startProvider } from './servers.js'

/** Where a server is killed: before the ledger, in a hook, when it has written, after a commit; or from outside, at any moment. */
const STEPS = ['before', 'hook', 'written', 'after', 'refunded', 'any'] as const

/** Payments being announced at the same time. */
const IN_FLIGHT = 16

/** Milliseconds that the payments wait for a kill that is due, before they go on to lead the server to its step. */
const PATIENCE_MS = 1000

export interface Crashes { payments: number, requests: number, resent: number, kills: Record<string, number>, refunded: Set<string> }

/**
 * Two servers of a shop on one database. Every payment is announced by browser, redirect and webhook at once to both; a webhook that is
 * not answered with 200 is sent again, as the provider does. Meanwhile servers are killed and started again.
 */
export async function crash (databaseUrl: string, { payments, kills, seed }: { payments: number, kills: number, seed: number }): Promise<Crashes> {
  const random = createRandom(seed)
  const provider = await startProvider()
  const start = () => startApp(databaseUrl, provider.url)
  const servers = [await start(), await start()]
  let spare = start()
  const counts: Crashes = { payments: 0, requests: 0, resent: 0, kills: {}, refunded: new Set() }
  let killed = 0

  function request (which: number, method: 'GET' | 'POST', path: string, body?: object): Promise<number> {
    counts.requests++
    return servers[which % 2]?.request(method, path, body) ?? Promise.resolve(0)
  }

  async function announce (number: number): Promise<void> {
    const news = { imp_uid: `imp_${number}`, merchant_uid: `order_${number}`, status: 'paid' }
    const redirect = `/payments/complete/mobile?imp_uid=${news.imp_uid}&merchant_uid=${news.merchant_uid}&imp_success=true`
    const webhook = (which: number) => request(which, 'POST', '/payments/webhook', news)
    const replies = await Promise.all([0, 1].flatMap((which) =>
      [webhook(which), request(which, 'POST', '/payments/complete', news), request(which, 'GET', redirect)]))
    let answer = replies[0]
    for (let which = random(2); answer !== 200; which++) {
      counts.resent++
      await sleep(5)
      answer = await webhook(which)
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
  async function announceMany (): Promise<void> {
    while (counts.payments < payments || isDue()) {
      await announce(counts.payments++)
      for (let waited = 0; isDue() && waited < PATIENCE_MS; waited += 5) await sleep(5)
    }
  }

  const killing = killMany()
  await Promise.all(Array.from({ length: IN_FLIGHT }, announceMany))
  await killing
  for (const server of [...servers, await spare]) await server.kill()
  counts.refunded = provider.refunded()
  await provider.close()
  return counts
}
