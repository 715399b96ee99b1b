import { parseArgs } from 'node:util'
import { InvalidArgumentError } from './errors.js'
import type { SandboxOptions } from './options.js'

export const HELP = `fastify-iamport-sandbox: a stand-in for Iamport (PortOne V1). No money moves.

  --port <number>          port to listen on (4010; 0 takes a free one)
  --host <address>         address to listen on (127.0.0.1: this machine alone)
  --imp-key <text>         REST API key (imp_key)
  --imp-secret <text>      REST API secret (imp_secret)
  --user-code <text>       what IMP.init must be called with (anything)
  --webhook-url <url>      where webhooks go that have no notice_url (none)
  --webhook-format <name>  json or form (json)
  --webhook-resend <n>     redelivers a webhook that failed, up to n times, 0 to 5 (0)
  --webhook-every-ms <n>   milliseconds between redeliveries (60000)
  --confirm-url <url>      asked before every approval (none)
  --test-channel           payments are made in a test channel: sandbox is true
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

export interface Command { help: boolean, listen: { port: number, host: string }, options: SandboxOptions }

/** What the command line says. @throws SANDBOX_INVALID_ARGUMENT, or the error of `parseArgs` for an unknown flag */
export function readCommand (args: string[]): Command {
  const { values } = parseArgs({ args, options: KNOWN })
  const format = values['webhook-format'] ?? 'json'
  if (format !== 'json' && format !== 'form') throw new InvalidArgumentError('--webhook-format must be json or form')
  const { lang } = values
  if (lang !== undefined && lang !== 'ko' && lang !== 'en') throw new InvalidArgumentError('--lang must be ko or en')
  const everyMs = values['webhook-every-ms']
  return {
    help: values.help ?? false,
    listen: { port: whole('port', values.port ?? '4010', 65_535), host: values.host ?? '127.0.0.1' },
    options: {
      impKey: values['imp-key'],
      impSecret: values['imp-secret'],
      userCode: values['user-code'],
      webhookUrl: values['webhook-url'],
      webhookFormat: format,
      webhookResend: {
        times: whole('webhook-resend', values['webhook-resend'] ?? '0', 5),
        everyMs: everyMs === undefined ? undefined : whole('webhook-every-ms', everyMs, 3_600_000),
      },
      confirmUrl: values['confirm-url'],
      testChannel: values['test-channel'],
      allowedHosts: values['allow-host'],
      allowProduction: values['allow-production'],
      lang,
      logger: values.verbose,
    },
  }
}
