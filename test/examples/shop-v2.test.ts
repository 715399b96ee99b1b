import type { FastifyInstance } from 'fastify'
import Database from 'libsql'
import { test, type Test } from 'tap'
import { buildShop } from '../../examples/shop/app.js'
import { addDeposits } from '../../examples/shop/deposit.js'
import { createOrders } from '../../examples/shop/orders.js'
import { createSandbox } from '../../lib/sandbox/index.js'

const MUG = { name: '달항아리 머그컵', price: 14000 }

async function open (t: Test) {
  const sandbox = createSandbox()
  await sandbox.listen({ port: 0 })
  const db = new Database(':memory:')
  const shop = await buildShop({ db, iamportUrl: sandbox.url, portone: sandbox.portone })
  const orders = createOrders(db)
  addDeposits(shop, orders, sandbox.url)
  t.teardown(async () => {
    await shop.close()
    await sandbox.close()
    db.close()
  })
  const page = async (id: string) => (await shop.inject(`/orders/${id}`)).body
  return { shop, sandbox, orders, page }
}

const post = (shop: FastifyInstance, url: string, payload: object = {}) =>
  shop.inject({ method: 'POST', url, payload })
const completeV1 = (shop: FastifyInstance, imp_uid: string) => post(shop, '/payments/complete', { imp_uid })
const completeV2 = (shop: FastifyInstance, answer: { paymentId: string, txId?: string, paymentToken?: string }) =>
  post(shop, '/v2/payments/complete', answer)

/** What the page gets for an attempt. */
async function attempt (shop: FastifyInstance, id: string, body = {}): Promise<string> {
  return (await post(shop, `/orders/${id}/attempts`, body)).json().paymentId
}

test('an attempt has an id of its own, its amount registered; none begins for an order that is paid', async (t) => {
  const { shop, sandbox, orders } = await open(t)
  const id = orders.open(MUG)
  const [first, second] = [await attempt(shop, id), await attempt(shop, id)]
  t.match([first, second], [/^[\da-f]{32}$/, /^[\da-f]{32}$/])
  t.not(first, second)
  await t.rejects(sandbox.payV2({ paymentId: first, totalAmount: 100 }), { code: 'SANDBOX_REFUSED' })
  const paid = await sandbox.payV2({ paymentId: second, totalAmount: 14000 })
  t.match((await completeV2(shop, paid)).json(), { status: 'paid' })
  t.match(orders.get(id), { state: 'paid', deliveries: 1, imp_uid: paid.txId })
  t.equal((await post(shop, `/orders/${id}/attempts`)).statusCode, 409)
  t.equal((await post(shop, '/orders/order_1/attempts')).statusCode, 404)
})

test('a second payment of V1 or V2 is refunded, and the order stays with the first', async (t) => {
  for (const first of ['v1', 'v2'] as const) {
    const { shop, sandbox, orders } = await open(t)
    const id = orders.open(MUG)
    const v1 = await sandbox.pay({ merchant_uid: id, amount: 14000 })
    const v2 = await sandbox.payV2({ paymentId: await attempt(shop, id), totalAmount: 14000 })
    const complete = { v1: () => completeV1(shop, v1.imp_uid), v2: () => completeV2(shop, v2) }
    await complete[first]()
    await complete[first === 'v1' ? 'v2' : 'v1']()
    t.match(orders.get(id), { state: 'paid', deliveries: 1, imp_uid: first === 'v1' ? v1.imp_uid : v2.txId })
    t.match(sandbox.payments.get(v1.imp_uid), { cancel_amount: first === 'v1' ? 0 : 14000 })
    t.match(sandbox.v2.payments.get(v2.paymentId), { status: first === 'v1' ? 'CANCELLED' : 'PAID' })
    await complete.v1()
    await complete.v2()
    t.match(orders.get(id), { state: 'paid', deliveries: 1 }, 'whatever the refund reports')
  }
})

test('a second payment whose refund fails is not counted as refunded: the hook runs again', async (t) => {
  const { shop, sandbox, orders } = await open(t)
  const id = orders.open(MUG)
  const [first, second] = [await attempt(shop, id), await attempt(shop, id)]
  await completeV2(shop, await sandbox.payV2({ paymentId: first, totalAmount: 14000 }))
  sandbox.fault({ name: 'failed_cancel', times: 1 })
  const answer = await sandbox.payV2({ paymentId: second, totalAmount: 14000 })
  t.equal((await completeV2(shop, answer)).statusCode, 500)
  t.equal((await completeV2(shop, answer)).statusCode, 200)
  t.match(sandbox.v2.payments.get(second), { status: 'CANCELLED' })
})

test('with manual approval, whoever has paid already is not charged again', async (t) => {
  const { shop, sandbox, orders, page } = await open(t)
  const id = orders.open(MUG)
  const [first, second] = [await attempt(shop, id), await attempt(shop, id)]
  await completeV2(shop, await sandbox.payV2({ paymentId: first, totalAmount: 14000 }))
  const channelKey = 'channel-key-manual'
  const answer = await sandbox.payV2({ paymentId: second, totalAmount: 14000, channelKey })
  t.match((await completeV2(shop, answer)).json(), { status: 'failed', reason: 'not_confirmed' })
  t.match(sandbox.v2.payments.get(second), { status: 'READY' })
  t.match(await page(id), '결제가 완료되었습니다')
})

test('while an approval is pending, the order cannot be paid again, whatever becomes of other attempts', async (t) => {
  const { shop, sandbox, orders, page } = await open(t)
  const id = orders.open(MUG)
  const [late, other] = [await attempt(shop, id), await attempt(shop, id)]
  sandbox.fault({ name: 'late_approval', times: 1 })
  const answer = await sandbox.payV2({ paymentId: late, totalAmount: 14000 })
  t.match((await completeV2(shop, answer)).json(), { reason: 'not_paid', message: /다시 결제하지 마시고/ })
  const { headers } = await shop.inject(`/v2/payments/complete/mobile?paymentId=${late}`)
  t.match(headers.location, /^\/result\?/)
  await completeV2(shop, await sandbox.payV2({ paymentId: other, totalAmount: 14000, decline: '한도초과' }))
  for (const body of [await page(id), (await shop.inject(String(headers.location))).body]) {
    t.match(body, /결제 승인을 기다리고 있습니다[^]*다시 결제하지 마세요/)
    t.notMatch(body, '결제하기')
  }
  t.equal((await post(shop, `/orders/${id}/attempts`)).statusCode, 409)
  t.match((await shop.inject(`/orders/${id}/state`)).json(), { isPayable: false })
  t.match((await shop.inject('/')).body, '승인 대기')
  sandbox.v2.approve(late)
  await completeV2(shop, answer)
  t.match(orders.get(id), { state: 'paid', deliveries: 1, imp_uid: answer.txId })
})

test('the result page tells apart what was not charged, what was refunded, and what is to be refunded', async (t) => {
  const { shop, sandbox, orders, page } = await open(t)
  const cases = [
    [{ channelKey: 'channel-key-manual' }, /승인하지 않았습니다. 청구된 금액은 없습니다/, /취소/],
    [{ payMethod: 'VIRTUAL_ACCOUNT' }, /가상계좌는 말소되었으니 입금하지 마세요/, /청구|자동으로/],
    [{ channelKey: 'channel-key-paypal' }, /취소를 요청했습니다/, /청구|자동으로/],
    [{ channelKey: 'channel-key-test' }, /테스트 결제는 인정되지 않습니다. 다시 시도/, /취소|환불/],
    [{}, /자동으로 취소되었습니다/, /청구|요청/],
  ] as const
  for (const [how, said, unsaid] of cases) {
    const id = orders.open(MUG)
    const paymentId = await attempt(shop, id, { unregistered: true })
    await completeV2(shop, await sandbox.payV2({ paymentId, totalAmount: 100, ...how }))
    const { note } = orders.get(id) ?? {}
    t.match(note, said)
    t.notMatch(note ?? '', unsaid)
    t.match(await page(id), note ?? 'a note')
    t.match(orders.get(id), { state: 'failed', deliveries: 0, is_closed: 0 })
  }
  const id = orders.open(MUG)
  const paymentId = await attempt(shop, id, { unregistered: true })
  sandbox.fault({ name: 'refusal', type: 'PG_PROVIDER', on: 'cancel' })
  await completeV2(shop, await sandbox.payV2({ paymentId, totalAmount: 100 }))
  t.match(orders.get(id)?.note, /가게에서 확인한 뒤 환불해 드립니다/)
})

test('the demo deposits into an account of V2, and a cancellation in the console reaches the order', async (t) => {
  const { shop, sandbox, orders, page } = await open(t)
  const id = orders.open(MUG)
  const paymentId = await attempt(shop, id)
  const answer = await sandbox.payV2({ paymentId, totalAmount: 14000, payMethod: 'VIRTUAL_ACCOUNT' })
  await completeV2(shop, answer)
  t.match(orders.get(id), { state: 'waiting', vbank_num: String, imp_uid: answer.txId })
  t.equal((await post(shop, '/demo/deposit', { order: id })).statusCode, 204)
  await completeV2(shop, { paymentId })
  t.match(orders.get(id), { state: 'paid', deliveries: 1 })
  t.equal((await post(shop, '/demo/deposit', { order: id })).statusCode, 404, 'once')
  for (const [amount, state] of [[4000, 'paid'], [10000, 'cancelled']] as const) {
    sandbox.v2.cancel(paymentId, { amount })
    await completeV2(shop, { paymentId })
    t.match(orders.get(id), { state, note: `${amount.toLocaleString('ko-KR')}원이 취소되었습니다.` })
  }
  t.match(await page(id), '결제가 취소되었습니다')
})
