#!/usr/bin/env node
import { HELP, readCommand } from './command.js'
import { isLoopback } from './guard.js'
import { createSandbox } from './sandbox.js'

async function run (): Promise<void> {
  const { help, listen, options } = readCommand(process.argv.slice(2))
  if (help) return console.log(HELP)
  const sandbox = createSandbox(options)
  const url = await sandbox.listen(listen)
  const { portone } = sandbox
  console.log(`
  ┌───────────────────────────────────────────────────────────┐
  │  SANDBOX: a stand-in for PortOne. NO MONEY MOVES HERE.    │
  │  샌드박스입니다. 실제 결제가 이루어지지 않습니다.         │
  └───────────────────────────────────────────────────────────┘

  Console    ${url}/

  V1, Iamport
  REST API   ${url}   (the plugin's baseUrl)
  Script     ${url}/v1/iamport.js
  Webhooks   ${options.webhookUrl ?? 'only to the notice_url of a payment; see --webhook-url'}

  V2
  REST API   ${portone.baseUrl}   (the plugin's baseUrl)
  Script     ${portone.baseUrl}/v2/browser-sdk.js
  apiSecret  ${portone.apiSecret}
  storeId    ${portone.storeId}
  Webhooks   ${options.portone?.webhookUrl ?? 'only to the noticeUrls of a payment; see --portone-webhook-url'}
             signed with ${portone.webhookSecret}
${isLoopback(listen.host) ? '' : '\n  WARNING: others on this network can reach and operate the sandbox.\n'}`)

  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => sandbox.close())
}

function explain (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!('code' in error && error.code === 'EADDRINUSE' && 'port' in error)) return `${error.message}\nTry --help.`
  return `Port ${String(error.port)} is taken, perhaps by another sandbox. Choose another with --port; ` +
    '--port 0 takes a free one.'
}

run().catch((error: unknown) => {
  console.error(explain(error))
  process.exitCode = 1
})
