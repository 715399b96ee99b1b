import Fastify from 'fastify'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'tap'
import portone, { portoneOptions, PORTONE_WEBHOOK_ADDRESSES } from '../../lib/portone/index.js'

const right = {
  apiSecret: 'a-secret', storeId: 'store-1', getExpectedAmount: () => 14000, onPaid: () => {},
}

/** How a registration with these options fails. */
async function refuse (options: object): Promise<{ code: string, message: string }> {
  const app = Fastify()
  try {
    await app.register(portone, { ...right, ...options })
    await app.ready()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { code: String(error.code), message: error.message }
    throw error
  } finally {
    await app.close()
  }
  throw new Error('it was accepted')
}

test('a wrong option fails at registration, is named, and its value is never printed', async (t) => {
  const cases: [object, RegExp][] = [
    [{ apiSecret: undefined }, /apiSecret: required: is PORTONE_API_SECRET set\?/],
    [{ apiSecret: '' }, /apiSecret: empty: is PORTONE_API_SECRET set\?/],
    [{ apiSecret: 'hunter 2' }, /apiSecret/],
    [{ apiSecret: 'hunter2\n' }, /apiSecret/],
    [{ storeId: undefined }, /storeId: required: is PORTONE_STORE_ID set\?/],
    [{ storeId: 7 }, /storeId/],
    [{ webhookSecret: '' }, /webhookSecret: empty: is PORTONE_WEBHOOK_SECRET set\?; .*out to check no signatures/],
    [{ webhookSecret: [] }, /webhookSecret/],
    [{ webhookSecret: 'whsec_' }, /webhookSecret/],
    [{ webhookSecret: 'whsec_###hunter2###' }, /webhookSecret/],
    [{ webhookSecret: 'hunter22' }, /webhookSecret/],
    [{ webhookSecret: ['whsec_c2VjcmV0'] }, /webhookSecret/],
    [{ webhookSecret: null }, /webhookSecret/],
    [{ writeTimeoutMs: 0 }, /writeTimeoutMs/],
    [{ impKey: 'hunter2' }, /impKey: an option of PortOne V1 \(Iamport\): import the plugin of fastify-iamport$/],
    [{ apiSecret: undefined, tier: '001' }, /tier: an option of PortOne V1/],
    [{ apiSecrets: 'hunter2' }, /did you mean apiSecret\?/],
    [{ onPaid: undefined }, /onPaid/],
    [{ baseUrl: 'ftp://hunter2' }, /baseUrl/],
  ]
  for (const [options, message] of cases) {
    const error = await refuse(options)
    t.equal(error.code, 'IAMPORT_INVALID_OPTIONS')
    t.match(error.message, message)
    t.notMatch(error.message, /hunter/)
  }
})

test('several forms of a webhook secret are taken', async (t) => {
  const base64 = Buffer.alloc(32, 1).toString('base64')
  for (const webhookSecret of [`whsec_${base64}`, base64, [base64, `whsec_${base64}`], undefined]) {
    const app = Fastify()
    await app.register(portone, { ...right, webhookSecret })
    await app.ready()
    await app.close()
  }
  t.strictSame(PORTONE_WEBHOOK_ADDRESSES, ['52.78.5.241'])
})

test('hooks that are written for one API are taken by the other', async (t) => {
  const options = portoneOptions({
    ...right,
    getExpectedAmount: (payment) => payment.portone?.id === payment.merchant_uid ? 14000 : null,
    onPaid: (payment) => payment.portone.status,
    onFail: ({ payment, refund_pending: isPending }) => isPending ? payment.portone.id : undefined,
  })
  t.type(options.onPaid, 'function')
})

test('no connection is opened at registration', async (t) => {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const app = Fastify()
  await app.register(portone, { ...right, baseUrl: `http://127.0.0.1:${port}` })
  await app.ready()
  await app.close()
  t.equal(connections, 0)
})
