import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A process that runs a TypeScript file of this repository, with the loaders of the test itself. */
export interface Child {
  process: ChildProcess
  /** Resolves to the next message. Rejects if the process ends instead. */
  message<T> (): Promise<T>
  /** By SIGKILL: the process can neither handle it nor finish anything. */
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
