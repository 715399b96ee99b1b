import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { test, type Test } from 'tap'

const CLI = fileURLToPath(new URL('../../lib/sandbox/cli.ts', import.meta.url))

/** Runs the command with the loaders of this test. */
function run (t: Test, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [...process.execArgv, CLI, ...args], { env: { ...process.env, ...env } })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk) => { output += chunk })
  child.stderr.on('data', (chunk) => { output += chunk })
  const ended = once(child, 'close').then(([code]) => ({ code, output }))
  return { child, ended, output: () => output }
}

test('the command says loudly what it is and where, serves, and ends when told to', async (t) => {
  const { child, ended, output } = run(t, ['--port', '0', '--imp-key', 'key', '--imp-secret', 'secret'])
  while (!/REST API/.test(output())) await once(child.stdout, 'data')
  t.match(output(), 'NO MONEY MOVES')
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(output()) ?? []
  const answer = await fetch(`${url}/users/getToken`, { method: 'POST', body: new URLSearchParams({ imp_key: 'key', imp_secret: 'secret' }) })
  t.equal(answer.status, 200)
  child.kill('SIGTERM')
  t.equal((await ended).code, 0)
})

test('the command explains itself, and refuses what it does not know', async (t) => {
  t.match(await run(t, ['--help']).ended, { code: 0, output: '--webhook-url' })
  for (const args of [['--prot', '1'], ['--port', 'x'], ['--port', '65536'], ['--webhook-format', 'xml'], ['--webhook-resend', '6']]) {
    t.match(await run(t, args).ended, { code: 1, output: '--help' }, args.join(' '))
  }
  t.match(await run(t, [], { NODE_ENV: 'production' }).ended, { code: 1, output: 'NODE_ENV' })
})
