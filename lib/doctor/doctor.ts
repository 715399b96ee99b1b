import { readSecrets } from '../portone/signature.js'
import { checkClock } from './clock.js'
import { HELP, languageOf, readCommand, UsageError, type Command } from './command.js'
import { checkIamport, checkPortone } from './credentials.js'
import { ok, wrong, type Finding } from './finding.js'
import { checkLedger } from './ledger.js'
import { writeReport } from './report.js'
import { checkPortoneWebhook, checkWebhook } from './webhook.js'
import { say } from './words.js'

/** How the command ends: for CI and deployments. */
const EXIT = { well: 0, wrong: 1, usage: 2, unchecked: 3 }

interface Output { out (text: string): void, err (text: string): void }

/** Runs the command. @returns its exit code */
export async function runDoctor (args: string[], env: NodeJS.ProcessEnv, { out, err }: Output): Promise<number> {
  let command
  try {
    command = readCommand(args, env)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const language = languageOf(args, env)
    err(`${say(language, error.word, ...error.values)}\n${say(language, 'usage_help')}\n`)
    return EXIT.usage
  }
  if (command.help) {
    out(HELP)
    return EXIT.well
  }
  const findings = await findAll(command)
  out(writeReport(command, findings))
  if (findings.some(({ status }) => status === 'wrong')) return EXIT.wrong
  return findings.some(({ status }) => status === 'unchecked') ? EXIT.unchecked : EXIT.well
}

/** One after the other, so that one check does not slow down another. */
async function findAll (command: Command): Promise<Finding[]> {
  const { env, baseUrl, portoneBaseUrl, timeoutMs, webhook, portoneWebhook, ledger } = command
  const findings: Finding[] = []
  const hasIamport = (env.IMP_KEY ?? env.IMP_SECRET) !== undefined
  const hasPortone = (env.PORTONE_API_SECRET ?? env.PORTONE_STORE_ID) !== undefined
  const { secrets, finding } = readWebhookSecrets(env.PORTONE_WEBHOOK_SECRET)
  if (hasIamport) findings.push(await checkIamport(command))
  if (hasPortone) findings.push(await checkPortone(command))
  if (hasIamport) findings.push(...await checkClock('Iamport (V1)', baseUrl, timeoutMs))
  else if (hasPortone) findings.push(...await checkClock('PortOne (V2)', portoneBaseUrl, timeoutMs))
  if (finding !== undefined) findings.push(finding)
  if (ledger !== undefined) findings.push(await checkLedger(ledger, timeoutMs))
  if (webhook !== undefined) findings.push(await checkWebhook(webhook, timeoutMs))
  if (portoneWebhook !== undefined) findings.push(await checkPortoneWebhook(portoneWebhook, timeoutMs, secrets))
  return findings
}

function readWebhookSecrets (text: string | undefined): { secrets: Buffer[], finding: Finding | undefined } {
  if (text === undefined) return { secrets: [], finding: undefined }
  try {
    return { secrets: readSecrets(text.split(',')), finding: ok('webhook_secret', 'secret_ok') }
  } catch {
    return { secrets: [], finding: wrong('webhook_secret', 'secret_wrong') }
  }
}
