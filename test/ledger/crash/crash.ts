import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from './random.js'
import { signatureOf } from '../../support/portone-signature.js'
import { startProvider, STORE_ID } from './provider.js'
import { startApp } from './servers.js'

/** Where a server kills itself (see app.js); or `any`: it is killed from outside, at any moment. */
const STEPS = ['before', 'hook', 'written', 'after', 'refunded', 'any'] as const

/** Payments whose notifications are sent at the same time. */
const AT_ONCE = 16

/** Milliseconds that the payments wait for a kill that is due. Some steps need further payments: then they go on. */
const PATIENCE_MS = 1000

/** Half of the payments are V2's, of every kind (see app.js). */
export const isV2 = (number: number): boolean => Math.floor(number / 6) % 2 === 1

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

  function request (
    which: number, method: 'GET' | 'POST', path: string, body?: object, isSigned = false
  ): Promise<number> {
    counts.requests++
    const text = body && JSON.stringify(body)
    const signature = text !== undefined && isSigned ? signatureOf(text) : undefined
    return servers[which % 2]?.request(method, path, text, signature) ?? Promise.resolve(0)
  }

  /** How a payment is notified: by its webhook first. */
  function notificationsOf (number: number) {
    const [prefix, body, query] = isV2(number)
      ? ['/v2', { paymentId: `order_${number}`, txId: `tx_${number}` }, `paymentId=order_${number}`]
      : ['', { imp_uid: `imp_${number}` }, `imp_uid=imp_${number}&merchant_uid=order_${number}&imp_success=true`]
    const data = { storeId: STORE_ID, paymentId: `order_${number}`, transactionId: `tx_${number}` }
    const report = isV2(number) ? { type: 'Transaction.Paid', data } : body
    return {
      webhook: (which: number) => request(which, 'POST', `${prefix}/payments/webhook`, report, isV2(number)),
      browser: (which: number) => request(which, 'POST', `${prefix}/payments/complete`, body),
      redirect: (which: number) => request(which, 'GET', `${prefix}/payments/complete/mobile?${query}`),
    }
  }

  async function notify (number: number): Promise<void> {
    const { webhook, browser, redirect } = notificationsOf(number)
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
  counts.refunded = await provider.refunded()
  await provider.close()
  return counts
}
