const assert = require('node:assert/strict')
const Fastify = require('fastify')
const { fastifyIamport, memoryLedger } = require('fastify-iamport')
const { fastifyPortone } = require('fastify-iamport/portone')
const { createSandbox } = require('fastify-iamport/sandbox')

assert.equal(require('fastify-iamport').default, fastifyIamport)
assert.equal(typeof memoryLedger().once, 'function')
assert.equal(typeof createSandbox, 'function')
const app = Fastify()
app.register(fastifyIamport, { impKey: 'key', impSecret: 'secret', getExpectedAmount: () => 14000, onPaid () {} })
app.register(fastifyPortone, {
  apiSecret: 'secret', storeId: 'store-1', getExpectedAmount: () => 14000, onPaid () {}, prefix: '/v2',
})
app.ready().then(async () => {
  assert.equal(typeof app.iamport.complete, 'function')
  assert.equal(typeof app.portone.complete, 'function')
  await app.close()
})
