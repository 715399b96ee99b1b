import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'

/** A server of the shop, in its own process. */
export interface AppServer {
  child: ChildProcess
  /** Resolves to the status of its answer; to 0 where it gave none. */
  request (method: 'GET' | 'POST', path: string, body?: object): Promise<number>
  /** By SIGKILL, where it still runs. */
  kill (): Promise<void>
}

export async function startApp (databaseUrl: string, providerUrl: string): Promise<AppServer> {
  // Without the test runner's loaders, which take longer to start than the server.
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
        const reply = await pool.request({ method, path, body: body && JSON.stringify(body), headers: body ? { 'content-type': 'application/json' } : {} })
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

/** A provider that knows every payment, each paid. */
export async function startProvider () {
  const server = createServer((request, response) => {
    const id = /^\/payments\/imp_(\d+)/.exec(request.url ?? '')?.[1]
    const answer = id === undefined
      ? { access_token: 'token', now: 1000, expired_at: 2800 }
      : { imp_uid: `imp_${id}`, merchant_uid: `order_${id}`, status: 'paid', amount: 14000, cancel_amount: 0, currency: 'KRW', sandbox: false, paid_at: 1790000000 }
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ code: 0, message: null, response: answer }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close () {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
