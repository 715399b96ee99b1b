// Jest with its default settings: it takes what package.json names under `require`, and cannot load an ES module. So
// `app.inject` of the newest Fastify does not work there, and with it `sandbox.dispatcher` (docs/testing.md).
const { expect, test } = require('@jest/globals')
const Fastify = require('fastify')
const { BadGatewayError, codeOf, fastifyIamport, memoryLedger, PaymentNotFoundError } = require('fastify-iamport')
const { ledgerContract } = require('fastify-iamport/ledger-contract')
const { fastifyPortone } = require('fastify-iamport/portone')
const { createSandbox, UnknownPaymentError } = require('fastify-iamport/sandbox')

test('a payment is completed, and errors are those of the package, whichever entry throws them', async () => {
  const sandbox = createSandbox()
  const app = Fastify({ logger: { level: 'error', stream: { write () {} } } })
  const baseUrl = await sandbox.listen({ port: 0 })
  const hooks = { getExpectedAmount: () => 14000, onPaid () {} }
  await app.register(fastifyIamport, { impKey: 'imp_key', impSecret: 'imp_secret', baseUrl, ...hooks })
  const { portone } = sandbox
  await app.register(fastifyPortone, {
    apiSecret: portone.apiSecret, storeId: portone.storeId, baseUrl: portone.baseUrl, prefix: '/v2', ...hooks,
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })

  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  const response = await fetch(`${url}/payments/complete`, { method: 'POST', body: new URLSearchParams({ imp_uid }) })
  expect(await response.json()).toMatchObject({ status: 'paid' })
  for (const { complete } of [app.iamport, app.portone]) {
    const error = await complete('imp_unknown').catch((error) => error)
    expect(error).toBeInstanceOf(PaymentNotFoundError)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(BadGatewayError)
    expect(codeOf(error)).toBe('IAMPORT_PAYMENT_NOT_FOUND')
    expect(error.statusCode).toBe(404)
  }
  expect(() => sandbox.cancel('imp_unknown')).toThrow(UnknownPaymentError)
  await app.close()
  await sandbox.close()
})

const ledger = memoryLedger()
for (const { name, skip, run } of ledgerContract({ open: () => ledger })) (skip ? test.skip : test)(name, run)
