import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Pool } from 'undici'

/** A server of the shop, in its own process. */
export interface AppServer {
  child: ChildProcess
  /** Resolves to the status of the answer, or to 0 if there is none. */
  request (method: 'GET' | 'POST', path: string, body?: string, signature?: object): Promise<number>
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
    async request (method, path, body, signature = {}) {
      try {
        const headers = { 'content-type': 'application/json', ...signature }
        const reply = await pool.request(body === undefined ? { method, path } : { method, path, body, headers })
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
