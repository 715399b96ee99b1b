import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { createSandbox } from '../../lib/sandbox/index.js'
import { HELP } from '../../lib/doctor/command.js'
import { first, ledgerFile, run } from './support.js'

test('what is called wrongly ends with 2, and prints no value', async (t) => {
  for (const args of [
    [],
    ['--lang', 'fr', '--ledger', 'x'],
    ['--timeout-ms', '0', '--ledger', 'x'],
    ['--timeout-ms', '1s', '--ledger', 'x'],
    ['--webhook', 'shop.example'],
    ['--webhook', 'ftp://shop.example'],
    ['--webhook', 'https://user:geheim@shop.example'],
    ['--secret', 'geheim'],
    ['geheim'],
  ]) {
    const { code, out, err } = await run(args)
    t.strictSame([code, out], [2, ''], args.join(' '))
    t.match(err, /Try --help/)
  }
  const { err } = await run(['--webhook', 'https://user:geheim@shop.example'])
  t.match(err, /^--webhook must be .* without credentials/)
})

test('what is called wrongly is said in Korean where that is wanted', async (t) => {
  const calls = [[['--lang', 'ko'], {}], [['--lang=ko', '--secret', 'x'], {}], [[], { LANG: 'ko_KR' }]] as const
  for (const [args, env] of calls) {
    t.match((await run([...args], env)).err, /[가-힣].*\n--help를 보세요\.\n$/)
  }
  for (const lang of ['ko', 'en']) {
    t.match((await run(['--lang', lang])).err, 'node --env-file=.env node_modules/.bin/fastify-iamport doctor')
  }
})

test('no Korean particle depends on what stands before it', async (t) => {
  const words = await readFile(new URL('../../lib/doctor/words.ts', import.meta.url), 'utf8')
  t.match(words, /[가-힣] \{\}/)
  t.notMatch(words, /\{\}(이|가|을|를|은|는|으로|로|와|과)[^가-힣]|이\(가\)|을\(를\)|은\(는\)|\(으\)로/)
})

test('an unknown command is named', async (t) => {
  const cli = fileURLToPath(new URL('../../lib/cli.ts', import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, cli, 'doctr'])
  t.teardown(() => child.kill('SIGKILL'))
  let errors = ''
  child.stderr.on('data', (chunk) => { errors += chunk })
  t.strictSame(await once(child, 'close'), [2, null])
  t.match(errors, /unknown command: doctr\n[^]*fastify-iamport <command>/)
})

test('the help names every flag that is taken', async (t) => {
  const { code, out } = await run(['--help'])
  t.strictSame([code, out], [0, HELP])
  for (const [, name = '', value] of HELP.matchAll(/^ {2}(--[\w-]+)( <)?/gm)) {
    const given = { '--timeout-ms': '10', '--lang': 'ko' }[name] ?? 'http://127.0.0.1:1'
    t.equal((await run(['--help', name, ...(value ? [given] : [])])).code, 0, name)
  }
})

test('it speaks Korean where the terminal does, or on request', async (t) => {
  const args = ['--ledger', ledgerFile('without-table')]
  for (const env of [{ LANG: 'ko_KR.UTF-8' }, { LC_ALL: 'ko_KR.UTF-8', LANG: 'C' }]) {
    t.match((await run(args, env)).out, /^WRONG {2}원장의 테이블이 없습니다/)
  }
  t.match((await run([...args, '--lang', 'ko'])).out, /잘못된 것 1개, 점검하지 못한 것 0개/)
  t.match((await run([...args, '--lang', 'en'], { LANG: 'ko_KR.UTF-8' })).out, /^WRONG {2}the ledger has no table/)
})

test('as JSON it has what it found, and what remains to be seen', async (t) => {
  const ledger = ['--ledger', ledgerFile('without-table')]
  const { code, out } = await run(['--json', ...ledger, '--webhook', 'http://127.0.0.1:1'])
  t.equal(code, 1)
  const report = JSON.parse(out)
  t.match(report, {
    ok: false,
    findings: [{ check: 'ledger', status: 'wrong', message: /no table/ }, { check: 'webhook', status: 'wrong' }],
    reminders: [/registered in the console/, /from this machine/],
  })
})

test('the command checks a sandbox, and ends with its code though a ledger keeps the process', async (t) => {
  const sandbox = createSandbox()
  const url = await sandbox.listen({ port: 0 })
  t.teardown(() => sandbox.close())
  const { impKey, impSecret } = { impKey: 'imp_key', impSecret: 'imp_secret' }
  const cli = fileURLToPath(new URL('../../lib/cli.ts', import.meta.url))
  const env = {
    ...process.env,
    IMP_KEY: impKey,
    IMP_SECRET: impSecret,
    PORTONE_API_SECRET: sandbox.portone.apiSecret,
    PORTONE_STORE_ID: sandbox.portone.storeId,
    PORTONE_WEBHOOK_SECRET: sandbox.portone.webhookSecret,
  }
  const args = ['doctor', '--lang', 'en', '--base-url', url, '--portone-base-url', sandbox.portone.baseUrl]
  const command = [...process.execArgv, cli, ...args, '--ledger', ledgerFile('keeps-alive')]
  const child = spawn(process.execPath, command, { env })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk) => { output += chunk })
  t.strictSame(await once(child, 'close'), [0, null])
  t.match(output, /All well\.\n$/)
  t.equal(output.match(/^ok /gm)?.length, 5)
  const foreign = { PORTONE_API_SECRET: sandbox.portone.apiSecret, PORTONE_STORE_ID: 'store-of-somebody-else' }
  t.match(await first(['--portone-base-url', sandbox.portone.baseUrl], foreign), [1, /refuses the credentials/])
})

test('a ledger that can be used is well, be it exported by name, by a function, or of the shop\'s own', async (t) => {
  for (const name of ['with-table', 'own', 'checked-at-once']) {
    const expected = [0, 'ok     the ledger can be read, and does what it has to']
    t.strictSame(await first(['--ledger', ledgerFile(name)]), expected)
  }
})

for (const [name, line] of Object.entries({
  'without-table': /^WRONG {2}the ledger has no table: run ledger\.migrate\(\)/,
  'wrong-glue': /^WRONG {2}the ledger: .*an object with rows: take these/,
  unreachable: /^WRONG {2}the ledger cannot be used.*no connection to postgres:\/\/\*\*\*@db/,
  'no-ledger': /^WRONG {2}\S+no-ledger\.ts exports no ledger/,
  broken: /^WRONG {2}\S+broken\.ts cannot be loaded: DATABASE_URL is not set/,
  'not-there': /^WRONG {2}\S+not-there\.ts cannot be loaded/,
})) {
  test(`a ledger ${name.replace('-', ' ')} ends with 1, and says what to do`, async (t) => {
    const { code, out } = await run(['--ledger', ledgerFile(name)])
    t.equal(code, 1)
    t.match(out, line)
    t.notMatch(out, 'geheim')
  })
}

// In a process of its own: nothing keeps it but the command.
for (const [name, timeoutMs, line] of [
  ['never-ready', 50, /^WRONG {2}\S+never-ready\.ts gives no ledger within 50 ms/],
  // Time enough to load the module.
  ['never-checked', 3000, /^WRONG {2}the ledger cannot be used.*no answer within 3000 ms/],
] as const) {
  test(`a ledger that is ${name.replace('-', ' ')} ends with 1 when the time is over`, async (t) => {
    const cli = fileURLToPath(new URL('../../lib/cli.ts', import.meta.url))
    const args = ['doctor', '--lang', 'en', '--timeout-ms', String(timeoutMs), '--ledger', ledgerFile(name)]
    const child = spawn(process.execPath, [...process.execArgv, cli, ...args])
    t.teardown(() => child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', (chunk) => { output += chunk })
    t.strictSame(await once(child, 'close'), [1, null])
    t.match(output, line)
  })
}
