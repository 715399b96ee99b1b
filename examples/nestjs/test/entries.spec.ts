import Fastify from 'fastify'
import * as iamport from 'fastify-iamport'
import { ledgerContract } from 'fastify-iamport/ledger-contract'
import * as nestjs from 'fastify-iamport/nestjs'
import * as portone from 'fastify-iamport/portone'
import { createSandbox } from 'fastify-iamport/sandbox'

test('every entry of the package loads in Jest', () => {
  expect(typeof iamport.fastifyIamport).toBe('function')
  expect(typeof portone.fastifyPortone).toBe('function')
  expect(typeof nestjs.IamportModule.forRoot).toBe('function')
})

test('an error that one entry throws is an instance of the class of another', async () => {
  const sandbox = createSandbox()
  const app = Fastify({ logger: { level: 'error', stream: { write () {} } } })
  await app.register(portone.fastifyPortone, {
    apiSecret: sandbox.portone.apiSecret,
    storeId: sandbox.portone.storeId,
    dispatcher: sandbox.dispatcher,
    getExpectedAmount: () => 14000,
    onPaid () {},
  })
  const error: unknown = await app.portone.complete('unknown').catch((error: unknown) => error)
  expect(error).toBeInstanceOf(iamport.PaymentNotFoundError)
  expect(error).toMatchObject({ code: 'IAMPORT_PAYMENT_NOT_FOUND', statusCode: 404 })
  await app.close()
  await sandbox.close()
})

const ledger = iamport.memoryLedger()
for (const { name, skip, run } of ledgerContract({ open: () => ledger })) (skip ? test.skip : test)(name, run)
