import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { freePort } from './postgres.js'

/** The servers that speak Redis's protocol, as Debian names them. */
const PROGRAMS = ['valkey-server', 'redis-server']

/** Starts a server that keeps nothing on disk. @returns its URL; `undefined`: this machine has none */
export async function startRedis (t: Test): Promise<string | undefined> {
  for (const program of PROGRAMS) {
    const port = await freePort()
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '']
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const isSpawned = await once(child, 'spawn').then(() => true, () => false) // rejects on an error
    if (!isSpawned) continue
    t.teardown(async () => {
      child.kill()
      await once(child, 'exit')
    })
    for await (const line of createInterface(child.stdout)) {
      if (line.includes('Ready to accept connections')) break
    }
    child.stdout.resume()
    return `redis://127.0.0.1:${port}`
  }
}
