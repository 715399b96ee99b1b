import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { HELP, readCommand } from '../../lib/sandbox/command.js'

/** What flags take that take no number. */
const VALUES = new Map([
  ['--webhook-format', 'form'], ['--lang', 'en'], ['--portone-webhook-version', '2024-01-01'],
  ['--portone-webhook-format', 'form'],
])

const CLI = fileURLToPath(new URL('../../lib/sandbox/cli.ts', import.meta.url))

test('the command says loudly what it is and where, serves, and ends when told to', async (t) => {
  const child = spawn(process.execPath, [
    ...process.execArgv,
    CLI,
    '--port',
    '0',
    '--imp-key',
    'key',
    '--imp-secret',
    'secret',
  ])
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk) => { output += chunk })
  while (!/REST API/.test(output)) await once(child.stdout, 'data')
  t.match(output, 'NO MONEY MOVES')
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? []
  const answer = await fetch(`${url}/users/getToken`, {
    method: 'POST',
    body: new URLSearchParams({ imp_key: 'key', imp_secret: 'secret' }),
  })
  t.equal(answer.status, 200)
  child.kill('SIGTERM')
  t.strictSame(await once(child, 'close'), [0, null])
})

test('the command refuses to start in production', async (t) => {
  const child = spawn(process.execPath, [...process.execArgv, CLI], { env: { ...process.env, NODE_ENV: 'production' } })
  let output = ''
  child.stderr.on('data', (chunk) => { output += chunk })
  t.strictSame(await once(child, 'close'), [1, null])
  t.match(output, 'NODE_ENV')
})

test('a taken port is explained with the flag that chooses another', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const child = spawn(process.execPath, [...process.execArgv, CLI, '--port', String(port)])
  let output = ''
  child.stderr.on('data', (chunk) => { output += chunk })
  t.strictSame(await once(child, 'close'), [1, null])
  t.match(output, `Port ${port} is taken`)
  t.match(output, '--port')
})

test('the command listens on loopback unless told otherwise, and knows every flag that it explains', (t) => {
  t.match(readCommand([]), { help: false, listen: { port: 4010, host: '127.0.0.1' } })
  t.match(readCommand(['--host', '0.0.0.0', '--port', '65535', '--webhook-resend', '5', '--test-channel']), {
    listen: { port: 65535, host: '0.0.0.0' }, options: { webhookResend: { times: 5 }, testChannel: true },
  })
  t.match(readCommand(['--lang', 'en', '--allow-production']), { options: { lang: 'en', allowProduction: true } })
  for (const [, name = ''] of HELP.matchAll(/^ {2}(--[\w-]+) </gm)) {
    t.doesNotThrow(() => readCommand([name, VALUES.get(name) ?? '1']), name)
  }
  for (const wrong of [
    ['--prot', '1'],
    ['--port', 'x'],
    ['--port', '65536'],
    ['--webhook-format', 'xml'],
    ['--webhook-resend', '6'],
    ['--lang', 'fr'],
    ['extra'],
  ]) {
    t.throws(() => readCommand(wrong), wrong.join(' '))
  }
  t.end()
})
