import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { createSandbox } from 'fastify-iamport/sandbox'

const sandbox = createSandbox()
const url = await sandbox.listen({ port: 0 })
const { apiSecret, storeId, webhookSecret, baseUrl } = sandbox.portone
const variables = {
  IMP_KEY: 'imp_key',
  IMP_SECRET: 'imp_secret',
  PORTONE_API_SECRET: apiSecret,
  PORTONE_STORE_ID: storeId,
  PORTONE_WEBHOOK_SECRET: webhookSecret,
}
// A module that can only be imported: it waits at its top level.
await writeFile('ledger.mjs', `import { memoryLedger } from 'fastify-iamport'
export const ledger = await Promise.resolve(memoryLedger())
`)
const command = ['fastify-iamport', 'doctor', '--lang', 'en', '--base-url', url, '--portone-base-url', baseUrl, '--ledger', 'ledger.mjs']
const { stdout } = await promisify(execFile)('npx', command, { env: { ...process.env, ...variables } })
assert.match(stdout, /^(ok .*\n){5}/)
assert.match(stdout, /^ok +the ledger/m)
assert.match(stdout, /All well\.\n$/)
await sandbox.close()
