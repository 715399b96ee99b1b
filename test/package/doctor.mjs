import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
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
const command = ['fastify-iamport', 'doctor', '--lang', 'en', '--base-url', url, '--portone-base-url', baseUrl]
const { stdout } = await promisify(execFile)('npx', command, { env: { ...process.env, ...variables } })
assert.match(stdout, /^ok .*\nok .*\nok .*\nok .*\n/)
assert.match(stdout, /All well\.\n$/)
await sandbox.close()
