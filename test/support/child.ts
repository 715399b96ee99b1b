import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A process of this repository's TypeScript, as the test itself is run, and killed with it. */
export interface Child {
  process: ChildProcess
  /** Resolves with the next message. Rejects where the process ends instead. */
  message<T> (): Promise<T>
  /** By SIGKILL: no handler, no flush, no goodbye. */
  kill (): Promise<void>
}

export function startChild (url: URL, args: string[]): Child {
  const child = fork(url, args, { execArgv: process.execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit')
  const gone = ended.then(([code, signal]) => { throw new Error(`the process has ended: ${code ?? signal}`) })
  gone.catch(() => {})
  return {
    process: child,
    message: async () => (await Promise.race([once(child, 'message'), gone]))[0],
    async kill () {
      child.kill('SIGKILL')
      await ended
    },
  }
}
