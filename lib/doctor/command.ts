import { parseArgs } from 'node:util'
import type { Language, Word } from './words.js'

export const HELP = `fastify-iamport doctor: checks what payments depend on, and changes nothing.

Credentials come from the environment, and are never printed; from a file:
node --env-file=.env node_modules/.bin/fastify-iamport doctor

  IMP_KEY, IMP_SECRET                    V1
  PORTONE_API_SECRET, PORTONE_STORE_ID   V2
  PORTONE_WEBHOOK_SECRET                 V2, of webhooks; several with commas between them

  --webhook <url>            V1's webhook of the running app
  --portone-webhook <url>    V2's webhook of the running app
  --ledger <file>            a module that exports your ledger, as \`ledger\` or by default
  --base-url <url>           V1's REST API (https://api.iamport.kr)
  --portone-base-url <url>   V2's REST API (https://api.portone.io)
  --timeout-ms <n>           milliseconds for each request (15000)
  --lang <ko|en>             (that of LANG)
  --json
  --help

Ends with 0 if all is well, 1 if something is wrong, 2 if it was called wrongly, 3 if something could not be checked.
`

/** Milliseconds: what the provider waits for the answer to a redelivered webhook. */
const TIMEOUT_MS = 15_000

/** The command line, or the environment, is wrong: a word with its values. */
export class UsageError extends Error {
  readonly values: string[]
  constructor (readonly word: Word, ...values: string[]) {
    super(word)
    this.values = values
  }
}

export interface Command {
  help: boolean
  json: boolean
  language: Language
  timeoutMs: number
  /** By the names of the variables; those that are not set, or empty, are absent. */
  env: Partial<Record<Variable, string>>
  baseUrl: string
  portoneBaseUrl: string
  webhook: string | undefined
  portoneWebhook: string | undefined
  ledger: string | undefined
}

const VARIABLES = ['IMP_KEY', 'IMP_SECRET', 'PORTONE_API_SECRET', 'PORTONE_STORE_ID', 'PORTONE_WEBHOOK_SECRET'] as const
export type Variable = typeof VARIABLES[number]

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const FLAGS = {
  webhook: text,
  'portone-webhook': text,
  ledger: text,
  'base-url': text,
  'portone-base-url': text,
  'timeout-ms': text,
  lang: text,
  json: flag,
  help: flag,
} as const

/** @throws UsageError */
export function readCommand (args: string[], environment: NodeJS.ProcessEnv): Command {
  const values = parse(args)
  const env: Command['env'] = {}
  for (const name of VARIABLES) if (environment[name]) env[name] = environment[name]
  const url = (name: 'webhook' | 'portone-webhook' | 'base-url' | 'portone-base-url') => readUrl(name, values[name])
  const command = {
    help: values.help ?? false,
    json: values.json ?? false,
    language: readLanguage(values.lang, environment),
    timeoutMs: readTimeout(values['timeout-ms']),
    env,
    baseUrl: url('base-url') ?? 'https://api.iamport.kr',
    portoneBaseUrl: url('portone-base-url') ?? 'https://api.portone.io',
    webhook: url('webhook'),
    portoneWebhook: url('portone-webhook'),
    ledger: values.ledger,
  }
  const hasTarget = command.webhook ?? command.portoneWebhook ?? command.ledger ?? Object.keys(env)[0]
  if (!command.help && hasTarget === undefined) {
    throw new UsageError('usage_nothing')
  }
  return command
}

function parse (args: string[]) {
  try {
    return parseArgs({ args, options: FLAGS }).values
  } catch (error) {
    throw new UsageError('usage_arguments', error instanceof Error ? error.message : String(error))
  }
}

function readLanguage (lang: string | undefined, environment: NodeJS.ProcessEnv): Language {
  if (lang === 'ko' || lang === 'en') return lang
  if (lang !== undefined) throw new UsageError('usage_language')
  return terminalLanguage(environment)
}

const terminalLanguage = ({ LC_ALL, LC_MESSAGES, LANG }: NodeJS.ProcessEnv): Language =>
  (LC_ALL || LC_MESSAGES || LANG || '').startsWith('ko') ? 'ko' : 'en'

/** The language to say in what is wrong with a command line. */
export function languageOf (args: string[], environment: NodeJS.ProcessEnv): Language {
  const { lang } = parseArgs({ args, options: FLAGS, strict: false }).values
  return lang === 'ko' || lang === 'en' ? lang : terminalLanguage(environment)
}

function readTimeout (value: string | undefined): number {
  if (value === undefined) return TIMEOUT_MS
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new UsageError('usage_timeout')
  return Number(value)
}

/** Secrets do not belong on a command line, where everybody on the machine can read them. */
function readUrl (name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new UsageError('usage_url', `--${name}`)
  }
  return value
}
