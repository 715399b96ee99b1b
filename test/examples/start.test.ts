import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { freePort } from '../support/free-port.js'

const script = fileURLToPath(new URL('../../scripts/start.js', import.meta.url))

/** Runs it until it ends by itself. */
async function start (env: Record<string, string>) {
  const child = execFile(process.execPath, [script], { env: { ...process.env, NODE_OPTIONS: '', ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => { output += text })
  const [code] = await once(child, 'close')
  return { code, output }
}

test('a start that cannot succeed says at once which variable to change', async (t) => {
  const taken = await freePort()
  const server = createServer().listen(taken, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  const free = String(await freePort())
  const choose = (variable: string) => `Port ${taken} is in use. Choose another: ${variable}=${taken + 1} npm start\n`
  const cases: [Record<string, string>, string][] = [
    [{ PORT: String(taken) }, choose('PORT')],
    [{ PORT: free, SANDBOX_PORT: String(taken) }, choose('SANDBOX_PORT')],
    [{ PORT: free, SANDBOX_PORT: free }, 'PORT (the shop) and SANDBOX_PORT must differ.\n'],
    [{ PORT: 'http' }, 'PORT must be a port, 1 to 65535.\n'],
  ]
  for (const [env, output] of cases) t.strictSame(await start(env), { code: 1, output })
})
