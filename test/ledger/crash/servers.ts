import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'

/** Won, of every payment. */
const AMOUNT = 14000

/** A server of the shop, in its own process. */
export interface AppServer {
  child: ChildProcess
  /** Resolves to the status of the answer, or to 0 if there is none. */
  request (method: 'GET' | 'POST', path: string, body?: object): Promise<number>
  /** By SIGKILL, if it still runs. */
  kill (): Promise<void>
}

export async function startApp (databaseUrl: string, providerUrl: string): Promise<AppServer> {
  // Without NODE_OPTIONS: the test runner's loaders take longer to start than the server.
  const child = fork(new URL('app.js', import.meta.url), [databaseUrl, providerUrl], {
    execPath: '/usr/bin/env',
    execArgv: ['-u', 'NODE_OPTIONS', process.execPath],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [url] = await once(child, 'message')
  const pool = new Pool(String(url), { connections: 64 })
  const ended = once(child, 'exit')
  return {
    child,
    async request (method, path, body) {
      try {
        const headers = { 'content-type': 'application/json' }
        const reply = await pool.request(
          body ? { method, path, body: JSON.stringify(body), headers } : { method, path })
        await reply.body.dump()
        return reply.statusCode
      } catch {
        return 0
      }
    },
    async kill () {
      child.kill('SIGKILL')
      await ended
      await pool.destroy()
    },
  }
}

/**
 * A provider that knows every payment, each paid when it started. It cancels a payment once, if the checksum is right.
 * Of every four requests to cancel it does not answer two: one of these it carries out, the other it does not.
 */
export async function startProvider () {
  const paidAt = Math.floor(Date.now() / 1000)
  const cancelled = new Set<string>()
  let cancellations = 0

  function read (impUid: string) {
    const isCancelled = cancelled.has(impUid)
    return {
      imp_uid: impUid,
      merchant_uid: impUid.replace('imp', 'order'),
      status: isCancelled ? 'cancelled' : 'paid',
      amount: AMOUNT,
      cancel_amount: isCancelled ? AMOUNT : 0,
      currency: 'KRW',
      sandbox: false,
      paid_at: paidAt,
    }
  }

  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const answer = (value: unknown, code = 0) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ code, message: null, response: value }))
    }
    const [, impUid] = /^\/payments\/(imp_\d+)/.exec(request.url ?? '') ?? []
    if (impUid !== undefined) return answer(read(impUid))
    if (request.url !== '/payments/cancel') return answer({ access_token: 'token', now: 1000, expired_at: 2800 })
    const { imp_uid: target, checksum } = JSON.parse(body)
    const fate = cancellations++ % 4
    if (fate === 0) return response.destroy()
    if (cancelled.has(target) || checksum !== AMOUNT) return answer(null, 1)
    cancelled.add(target)
    return fate === 1 ? response.destroy() : answer(read(target))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The orders whose payment was cancelled. */
    refunded: () => new Set([...cancelled].map((impUid) => impUid.replace('imp', 'order'))),
    async close () {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
