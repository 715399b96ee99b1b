import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { runDoctor } from '../../lib/doctor/doctor.js'

/** What the command printed, and how it ended. */
export async function run (args: string[], env: NodeJS.ProcessEnv = {}) {
  let out = ''
  let err = ''
  const code = await runDoctor(args, env, { out: (text) => { out += text }, err: (text) => { err += text } })
  return { code, out, err, lines: out.split('\n') }
}

/** Its exit code, and the first of its lines. */
export async function first (args: string[], env?: NodeJS.ProcessEnv): Promise<[number, string]> {
  const { code, lines: [line = ''] } = await run(args, env)
  return [code, line]
}

export const ledgerFile = (name: string) => fileURLToPath(new URL(`ledgers/${name}.ts`, import.meta.url))

/** A server that answers every request so. @returns its address, without a scheme */
export async function serve (t: Test, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The webhook of an app that listens. */
export const webhookOf = async (app: import('fastify').FastifyInstance): Promise<string> =>
  `${await app.listen({ port: 0, host: '127.0.0.1' })}/payments/webhook`
