// The plugin beside @fastify/cors, @fastify/rate-limit and @fastify/swagger, as docs/fastify-plugins.md says.
import assert from 'node:assert/strict'
import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import iamport from 'fastify-iamport'
import { createSandbox } from 'fastify-iamport/sandbox'

const sandbox = createSandbox()
const app = Fastify()
await app.register(cors, { origin: 'https://www.shop.example' })
await app.register(rateLimit, { max: 10, timeWindow: 60_000 })
await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'Shop', version: '1.0.0' } } })
await app.register(iamport, {
  impKey: 'imp_key',
  impSecret: 'imp_secret',
  dispatcher: sandbox.dispatcher,
  getExpectedAmount: () => 14000,
  onPaid () {},
  onConfirm () {},
})
await app.ready()

const url = '/payments/complete'
const origin = 'https://www.shop.example'
const asked = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
const preflight = await app.inject({ method: 'OPTIONS', url, headers: asked })
assert.equal(preflight.statusCode, 204)
assert.equal(preflight.headers['access-control-allow-headers'], 'content-type')
const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
for (const payload of [{ imp_uid }, {}]) {
  const reply = await app.inject({ method: 'POST', url, headers: { origin }, payload })
  assert.equal(reply.statusCode, payload.imp_uid ? 200 : 400)
  assert.equal(reply.headers['access-control-allow-origin'], origin)
}

const { paths } = app.swagger()
assert.deepEqual(Object.keys(paths), ['/payments/complete', '/payments/complete/mobile'])
const { requestBody, responses } = paths[url].post
for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
  assert.ok(requestBody.content[type].schema.properties.imp_uid)
}
assert.ok(responses[200].content['application/json'].schema.properties.status)
assert.deepEqual(responses[404].content['application/json'].schema.properties.code.enum, ['IAMPORT_PAYMENT_NOT_FOUND'])

// The limit is for the app, and so for the page; the provider's webhooks are not counted.
const payload = { imp_uid }
for (let request = 0; request < 20; request++) {
  assert.equal((await app.inject({ method: 'POST', url: '/payments/webhook', payload })).statusCode, 200)
}
await app.close()
await sandbox.close()
