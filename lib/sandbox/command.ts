import { parseArgs } from 'node:util'
import { InvalidArgumentError } from './errors.js'
import type { SandboxOptions } from './options.js'
import type { PortoneOptions } from './portone/options.js'

export const HELP = `fastify-iamport-sandbox: a stand-in for Iamport (PortOne V1) and PortOne V2. No money moves.

  --port <number>          port to listen on (4010; 0 takes a free one)
  --host <address>         address to listen on (127.0.0.1: this machine alone)
  --imp-key <text>         REST API key (imp_key)
  --imp-secret <text>      REST API secret (imp_secret)
  --user-code <text>       what IMP.init must be called with (anything)
  --webhook-url <url>      where webhooks go that have no notice_url (none)
  --webhook-format <name>  json or form (json)
  --webhook-resend <n>     redelivers a webhook that failed, up to n times, 0 to 5 (V1: 0, V2: 5)
  --webhook-every-ms <n>   milliseconds between redeliveries (V1: 60000, V2: 1, 4, 16, ... minutes)
  --confirm-url <url>      asked before every approval (none)
  --test-channel           payments are made in a test channel: sandbox is true
  --portone-secret <text>  V2: API secret (portone_secret)
  --portone-store <text>   V2: store id (store-00000000-0000-4000-8000-000000000000)
  --portone-webhook-secret <text>  V2: signs webhooks, whsec_ and base64 (a fixed one)
  --portone-webhook-url <url>      V2: where webhooks go that have no noticeUrls (none)
  --portone-webhook-version <name>  V2: 2024-04-25 or 2024-01-01 (2024-04-25)
  --portone-webhook-format <name>  V2: json, or form with 2024-01-01 (json)
  --allow-host <name>      a further host name by which it may be called, and whose pages may
                           open the checkout window; may be repeated
  --allow-production       starts even if NODE_ENV is production
  --lang <ko|en>           language of the console and the window (the browser's)
  --verbose                logs every request
  --help
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const KNOWN = {
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
  'portone-secret': text,
  'portone-store': text,
  'portone-webhook-secret': text,
  'portone-webhook-url': text,
  'portone-webhook-version': text,
  'portone-webhook-format': text,
  'allow-host': { type: 'string', multiple: true },
  'allow-production': flag,
  lang: text,
  verbose: flag,
  help: flag,
} as const

function whole (name: string, value: string, max: number): number {
  if (!/^\d{1,9}$/.test(value) || Number(value) > max) {
    throw new InvalidArgumentError(`--${name} must be a whole number of 0 to ${max}`)
  }
  return Number(value)
}

/** One of these, or `undefined` where the flag is not there. */
function oneOf<Name extends string> (flag: string, value: string | undefined, ...names: Name[]): Name | undefined {
  const name = names.find((one) => one === value)
  if (value !== undefined && name === undefined) {
    throw new InvalidArgumentError(`--${flag} must be ${names.join(' or ')}`)
  }
  return name
}

type Values = Partial<Record<keyof typeof KNOWN, string | boolean | string[]>>

/** The flags of V2. */
function readPortone (values: Values): PortoneOptions {
  const value = (flag: keyof typeof KNOWN) => {
    const given = values[flag]
    return typeof given === 'string' ? given : undefined
  }
  const format = value('portone-webhook-format')
  const version = value('portone-webhook-version')
  return {
    apiSecret: value('portone-secret'),
    storeId: value('portone-store'),
    webhookSecret: value('portone-webhook-secret'),
    webhookUrl: value('portone-webhook-url'),
    webhookVersion: oneOf('portone-webhook-version', version, '2024-04-25', '2024-01-01'),
    webhookFormat: oneOf('portone-webhook-format', format, 'json', 'form'),
  }
}

export interface Command { help: boolean, listen: { port: number, host: string }, options: SandboxOptions }

/** What the command line says. @throws SANDBOX_INVALID_ARGUMENT, or the error of `parseArgs` for an unknown flag */
export function readCommand (args: string[]): Command {
  const { values } = parseArgs({ args, options: KNOWN })
  const times = values['webhook-resend']
  const everyMs = values['webhook-every-ms']
  const resend = {
    times: times === undefined ? undefined : whole('webhook-resend', times, 5),
    everyMs: everyMs === undefined ? undefined : whole('webhook-every-ms', everyMs, 3_600_000),
  }
  return {
    help: values.help ?? false,
    listen: { port: whole('port', values.port ?? '4010', 65_535), host: values.host ?? '127.0.0.1' },
    options: {
      impKey: values['imp-key'],
      impSecret: values['imp-secret'],
      userCode: values['user-code'],
      webhookUrl: values['webhook-url'],
      webhookFormat: oneOf('webhook-format', values['webhook-format'], 'json', 'form') ?? 'json',
      webhookResend: times === undefined && everyMs === undefined ? undefined : resend,
      portone: readPortone(values),
      confirmUrl: values['confirm-url'],
      testChannel: values['test-channel'],
      allowedHosts: values['allow-host'],
      allowProduction: values['allow-production'],
      lang: oneOf('lang', values.lang, 'ko', 'en'),
      logger: values.verbose,
    },
  }
}
