import type { Command } from './command.js'
import type { Finding, Status } from './finding.js'
import { say, type Word } from './words.js'

const MARKS: Record<Status, string> = { ok: 'ok   ', wrong: 'WRONG', unchecked: '?    ' }

/** One line for each finding, or JSON. No secret is in it. */
export function writeReport (command: Command, findings: Finding[]): string {
  const { language, json } = command
  const lines = findings.map(({ check, status, word, values }) =>
    ({ check, status, message: redact(command, say(language, word, ...values)) }))
  const reminders = remindersOf(command).map((word) => say(language, word))
  const count = (wanted: Status) => findings.filter(({ status }) => status === wanted).length
  const isWell = count('ok') === findings.length
  if (json) return `${JSON.stringify({ ok: isWell, findings: lines, reminders }, null, 2)}\n`
  const summary = isWell
    ? say(language, 'all_well')
    : say(language, 'not_well', String(count('wrong')), String(count('unchecked')))
  return [
    ...lines.map(({ status, message }) => `${MARKS[status]}  ${message}`),
    '',
    ...(reminders.length > 0 ? [say(language, 'reminders'), ...reminders.map((line) => `  - ${line}`), ''] : []),
    `${summary}\n`,
  ].join('\n')
}

function remindersOf ({ env, webhook, portoneWebhook }: Command): Word[] {
  const words: Word[] = []
  if (env.IMP_KEY !== undefined || webhook !== undefined) words.push('remind_iamport')
  if (env.PORTONE_API_SECRET !== undefined || portoneWebhook !== undefined) words.push('remind_portone')
  if (webhook !== undefined || portoneWebhook !== undefined) words.push('remind_outside')
  return words
}

/** Characters: a shorter value would blot out ordinary words, and is no secret. */
const MIN_SECRET_LENGTH = 4

/** An error of a driver's may repeat what it was called with, the address of a database with its password too. */
function redact ({ env }: Command, text: string): string {
  const { PORTONE_STORE_ID: _, PORTONE_WEBHOOK_SECRET: webhookSecrets = '', ...secret } = env
  const secrets = [...Object.values(secret), ...webhookSecrets.split(',')]
    .filter(({ length }) => length >= MIN_SECRET_LENGTH)
    .sort((one, other) => other.length - one.length) // one may be a part of another
  const hidden = secrets.reduce((redacted, value) => redacted.replaceAll(value, '***'), text)
  return hidden.replace(/:\/\/\S+@/g, '://***@') // a password may have an @ or a / itself
}
