#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { createSandbox } from './sandbox.js'
import { isLoopback } from './guard.js'

const HELP = `fastify-iamport-sandbox: a stand-in for Iamport (PortOne V1). No money moves.

  --port <number>          port to listen on (4010; 0 takes a free one)
  --host <address>         address to listen on (127.0.0.1: this machine alone)
  --imp-key <text>         REST API key (imp_key)
  --imp-secret <text>      REST API secret (imp_secret)
  --user-code <text>       what IMP.init must be called with (anything)
  --webhook-url <url>      where webhooks go that have no notice_url (none)
  --webhook-format <name>  json or form (json)
  --webhook-resend <n>     sends a failed webhook up to n times again, 0 to 5 (0)
  --webhook-every-ms <n>   milliseconds between them (60000)
  --confirm-url <url>      asked before every approval (none)
  --test-channel           payments are made in a test channel: sandbox is true
  --allow-host <name>      a further name by which it may be called; may be repeated
  --allow-production       with IAMPORT_SANDBOX_ALLOW_PRODUCTION=1: starts even if NODE_ENV is production
  --verbose                logs every request
  --help
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

function read () {
  const { values } = parseArgs({
    options: {
      port: text,
      host: text,
      'imp-key': text,
      'imp-secret': text,
      'user-code': text,
      'webhook-url': text,
      'webhook-format': text,
      'webhook-resend': text,
      'webhook-every-ms': text,
      'confirm-url': text,
      'test-channel': flag,
      'allow-host': { type: 'string', multiple: true },
      'allow-production': flag,
      verbose: flag,
      help: flag,
    },
  })
  return values
}

const whole = (name: string, value: string, max: number): number => {
  if (!/^\d{1,9}$/.test(value) || Number(value) > max) throw new Error(`--${name} must be a whole number of 0 to ${max}`)
  return Number(value)
}

async function run (): Promise<void> {
  const values = read()
  if (values.help) return console.log(HELP)
  const format = values['webhook-format'] ?? 'json'
  if (format !== 'json' && format !== 'form') throw new Error('--webhook-format must be json or form')
  const everyMs = values['webhook-every-ms']
  const host = values.host ?? '127.0.0.1'
  const sandbox = createSandbox({
    impKey: values['imp-key'],
    impSecret: values['imp-secret'],
    userCode: values['user-code'],
    webhookUrl: values['webhook-url'],
    webhookFormat: format,
    webhookResend: { times: whole('webhook-resend', values['webhook-resend'] ?? '0', 5), everyMs: everyMs === undefined ? undefined : whole('webhook-every-ms', everyMs, 3_600_000) },
    confirmUrl: values['confirm-url'],
    testChannel: values['test-channel'],
    allowedHosts: values['allow-host'],
    allowProduction: values['allow-production'],
    logger: values.verbose,
  })
  const url = await sandbox.listen({ host, port: whole('port', values.port ?? '4010', 65_535) })
  console.log(`
  ┌───────────────────────────────────────────────────────────┐
  │  SANDBOX: a stand-in for Iamport. NO MONEY MOVES HERE.    │
  │  샌드박스입니다. 실제 결제가 이루어지지 않습니다.         │
  └───────────────────────────────────────────────────────────┘

  Console    ${url}/
  REST API   ${url}            (baseUrl of the plugin)
  Script     ${url}/v1/iamport.js
  Webhooks   ${values['webhook-url'] ?? 'to the notice_url of a payment alone (--webhook-url)'}
${isLoopback(host) ? '' : '\n  WARNING: others on this network can reach it; it has no protection against them.\n'}`)

  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => sandbox.close())
}

run().catch((error: unknown) => {
  console.error(`fastify-iamport-sandbox: ${error instanceof Error ? error.message : String(error)}\nTry --help.`)
  process.exitCode = 1
})
