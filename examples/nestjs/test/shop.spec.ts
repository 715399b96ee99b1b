import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { Test } from '@nestjs/testing'
import { createSandbox, type Sandbox } from 'fastify-iamport/sandbox'
import { DataSource } from 'typeorm'
import { AppModule } from '../src/app.module'
import { DeliveriesService } from '../src/orders/deliveries.service'
import { Delivery } from '../src/orders/delivery.entity'
import { Order } from '../src/orders/order.entity'

let sandbox: Sandbox
let app: NestFastifyApplication
let database: DataSource

beforeAll(async () => {
  sandbox = createSandbox()
  process.env.IMP_KEY = 'imp_key'
  process.env.IMP_SECRET = 'imp_secret'
  process.env.IMP_URL = await sandbox.listen({ port: 0 })
  process.env.DATABASE_URL = process.env.TEST_MYSQL_URL // scripts/with-mariadb.sh
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile()
  const adapter = new FastifyAdapter({ logger: { level: 'error', stream: { write () {} } } })
  app = testing.createNestApplication<NestFastifyApplication>(adapter)
  await app.init()
  database = app.get(DataSource)
})

afterAll(async () => {
  await app?.close()
  await sandbox.close()
})

/** An order that waits for its payment. */
async function order (id: string): Promise<string> {
  await database.manager.save(Order, { id, amount: 14000 })
  return id
}

const pay = async (merchant_uid: string, amount = 14000) => (await sandbox.pay({ merchant_uid, amount })).imp_uid

/** What the page does. */
const complete = (imp_uid: string) => app.inject({ method: 'POST', url: '/payments/complete', payload: { imp_uid } })

const stateOf = async (id: string) => (await database.manager.findOneByOrFail(Order, { id })).state
const isBooked = (orderId: string) => database.manager.existsBy(Delivery, { orderId })

/** How many records the ledger has of a payment. */
async function countRecords (impUid: string): Promise<number> {
  const statement = 'select event_key from fastify_iamport_ledger where event_key like ?'
  return (await database.query(statement, [`${impUid}:%`])).length
}

test('a payment makes its order paid, with the ledger\'s record, once for any number of notifications', async () => {
  const id = await order('order_1')
  const impUid = await pay(id)
  const replies = await Promise.all([complete(impUid), complete(impUid), complete(impUid)])
  expect(replies.map((reply) => reply.json().status)).toEqual(['paid', 'paid', 'paid'])
  expect(replies.filter((reply) => !reply.json().replayed)).toHaveLength(1)
  expect(await stateOf(id)).toBe('paid')
  expect(await isBooked(id)).toBe(true)
  expect(await countRecords(impUid)).toBe(1)
})

test('a hook that fails after its update leaves neither that nor a record; the next notification does both', async () => {
  const id = await order('order_2')
  const impUid = await pay(id)
  jest.spyOn(app.get(DeliveriesService, { strict: false }), 'book').mockRejectedValueOnce(new Error('no stock'))
  expect((await complete(impUid)).json()).toMatchObject({ statusCode: 500, code: 'IAMPORT_HOOK_FAILED' })
  expect(await stateOf(id)).toBe('waiting')
  expect(await countRecords(impUid)).toBe(0)
  expect((await complete(impUid)).json()).toMatchObject({ status: 'paid', replayed: false })
  expect(await stateOf(id)).toBe('paid')
  expect(await countRecords(impUid)).toBe(1)
})

test('another amount is refunded, and the order stays unpaid', async () => {
  const id = await order('order_3')
  const impUid = await pay(id, 100)
  expect((await complete(impUid)).json()).toMatchObject({ status: 'failed', reason: 'amount_mismatch', refunded: true })
  expect(await stateOf(id)).toBe('failed')
  expect(await isBooked(id)).toBe(false)
})

test('an order whose first attempt has failed can still be paid', async () => {
  const id = await order('order_5')
  const account = await sandbox.pay({ merchant_uid: id, amount: 100, pay_method: 'vbank' })
  expect((await complete(account.imp_uid)).json()).toMatchObject({ status: 'failed', refunded: true })
  expect((await complete(await pay(id))).json()).toMatchObject({ status: 'paid' })
  expect(await stateOf(id)).toBe('paid')
  expect(await isBooked(id)).toBe(true)
})

test('the cancellation of another payment leaves a paid order as it is', async () => {
  const id = await order('order_6')
  const account = await sandbox.pay({ merchant_uid: id, amount: 14000, pay_method: 'vbank' })
  await complete(await pay(id))
  await sandbox.deposit(account.imp_uid)
  expect((await complete(account.imp_uid)).json()).toMatchObject({ status: 'paid' })
  await sandbox.cancel(account.imp_uid)
  expect((await complete(account.imp_uid)).json()).toMatchObject({ status: 'cancelled' })
  expect(await stateOf(id)).toBe('paid')
})

test('the injected client refunds, and onCancel runs', async () => {
  const id = await order('order_4')
  const impUid = await pay(id)
  await complete(impUid)
  const reply = await app.inject({ method: 'POST', url: `/refunds/${impUid}` })
  expect(reply.statusCode).toBe(204)
  expect(await stateOf(id)).toBe('cancelled')
})
