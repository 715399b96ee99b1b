import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import Fastify from 'fastify'
import * as imported from 'fastify-iamport'
import iamport, { fastifyIamport, memoryLedger, PaymentNotFoundError } from 'fastify-iamport'
import portone, { fastifyPortone } from 'fastify-iamport/portone'
import { createSandbox } from 'fastify-iamport/sandbox'

assert.equal(iamport, fastifyIamport)
assert.equal(portone, fastifyPortone)
assert.equal(new PaymentNotFoundError().code, 'IAMPORT_PAYMENT_NOT_FOUND')
// One copy of everything, whoever loads it.
const required = createRequire(import.meta.url)('fastify-iamport')
for (const [name, value] of Object.entries(required)) assert.equal(Reflect.get(imported, name), value, name)
assert.deepEqual(Object.keys(imported).sort(), Object.keys(required).sort())
const sandbox = createSandbox()
const baseUrl = await sandbox.listen({ port: 0 })
const app = Fastify()
await app.register(iamport, {
  impKey: 'imp_key',
  impSecret: 'imp_secret',
  baseUrl,
  ledger: memoryLedger(),
  exposeData: true,
  getExpectedAmount: () => 14000,
  onPaid: () => 'shipped',
})
const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
const answer = await app.inject({ method: 'POST', url: '/payments/complete', payload: { imp_uid } })
assert.equal(answer.json().status, 'paid')
assert.equal(answer.json().data, 'shipped')
await app.close()
await sandbox.close()
