// A payment through dispatchers of undici 8, which wants a newer Node than the plugin does.
import assert from 'node:assert/strict'
import Fastify from 'fastify'
import iamport from 'fastify-iamport'
import { createSandbox } from 'fastify-iamport/sandbox'
import { Agent, interceptors, MockAgent, Pool, RetryAgent } from 'undici8'

const sandbox = createSandbox()
const baseUrl = await sandbox.listen({ port: 0 })
const mock = new MockAgent()
mock.enableNetConnect()
const dispatchers = {
  agent: new Agent(),
  pool: new Pool(baseUrl, { connections: 1 }),
  retry: new RetryAgent(new Agent()),
  composed: new Pool(baseUrl, { connections: 1 }).compose(interceptors.redirect({ maxRedirections: 1 }), interceptors.dns()),
  mock,
}
for (const [name, dispatcher] of Object.entries(dispatchers)) {
  const app = Fastify()
  await app.register(iamport, {
    impKey: 'imp_key', impSecret: 'imp_secret', baseUrl, dispatcher, getExpectedAmount: () => 14000, onPaid () {},
  })
  const { imp_uid } = await sandbox.pay({ merchant_uid: `order_${name}`, amount: 14000 })
  const reply = await app.inject({ method: 'POST', url: '/payments/complete', payload: { imp_uid } })
  assert.equal(reply.json().status, 'paid', name)
  await app.close()
  await dispatcher.close()
}
await sandbox.close()
