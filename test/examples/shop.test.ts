import type { FastifyInstance } from 'fastify'
import Database from 'libsql'
import { test, type Test } from 'tap'
import { buildShop } from '../../examples/shop/app.js'
import { createOrders, type Orders } from '../../examples/shop/orders.js'
import { createSandbox, type Sandbox } from '../../lib/sandbox/index.js'

interface Demo { shop: FastifyInstance, sandbox: Sandbox, orders: Orders }

async function open (t: Test): Promise<Demo> {
  const sandbox = createSandbox()
  await sandbox.listen({ port: 0 })
  const db = new Database(':memory:')
  const shop = await buildShop({ db, iamportUrl: sandbox.url, portone: sandbox.portone })
  t.teardown(async () => {
    await shop.close()
    await sandbox.close()
    db.close()
  })
  return { shop, sandbox, orders: createOrders(db) }
}

async function order (shop: FastifyInstance, product = 'mug'): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const reply = await shop.inject({ method: 'POST', url: '/orders', headers, payload: `product=${product}` })
  return reply.headers.location?.split('/')[2] ?? ''
}
const complete = (shop: FastifyInstance, impUid: string) =>
  shop.inject({ method: 'POST', url: '/payments/complete', payload: { imp_uid: impUid } })
const notify = (shop: FastifyInstance, impUid: string) =>
  shop.inject({ method: 'POST', url: '/payments/webhook', payload: { imp_uid: impUid } })
const page = async (shop: FastifyInstance, id: string) => (await shop.inject(`/orders/${id}`)).body

test('a card payment on a PC ends on a page that says it is paid, and is delivered once', async (t) => {
  const { shop, sandbox, orders } = await open(t)
  const id = await order(shop)
  t.match(await page(shop, id), '아직 결제되지 않았습니다')
  const { imp_uid } = await sandbox.pay({ merchant_uid: id, amount: 14000 })
  await Promise.all([complete(shop, imp_uid), complete(shop, imp_uid)])
  t.match(await page(shop, id), '결제가 완료되었습니다')
  t.match(orders.get(id), { state: 'paid', deliveries: 1 })
  const { headers } = await shop.inject(`/orders/${id}/pay`)
  t.match(headers, { location: `/orders/${id}` }, 'and is not asked to pay again')
})

test('a payment on a phone comes back by redirect to a page that says it is paid', async (t) => {
  const { shop, sandbox } = await open(t)
  const id = await order(shop)
  const { imp_uid } = await sandbox.pay({ merchant_uid: id, amount: 14000, channel: 'mobile' })
  const query = `imp_uid=${imp_uid}&merchant_uid=${id}&imp_success=false`
  const { statusCode, headers } = await shop.inject(`/payments/complete/mobile?${query}`)
  t.equal(statusCode, 302)
  t.match((await shop.inject(String(headers.location))).body, '결제가 완료되었습니다')
})

test('a virtual account waits, and is paid when the deposit arrives', async (t) => {
  const { shop, sandbox } = await open(t)
  const id = await order(shop)
  const { imp_uid, vbank_num } = await sandbox.pay({ merchant_uid: id, amount: 14000, pay_method: 'vbank' })
  await complete(shop, imp_uid)
  t.match(await page(shop, id), new RegExp(`입금을 기다리고 있습니다[^]*${vbank_num}`))
  sandbox.deposit(imp_uid)
  await notify(shop, imp_uid)
  t.match(await page(shop, id), '결제가 완료되었습니다')
})

test('a declined payment says why, and the order can be paid after all', async (t) => {
  const { shop, sandbox } = await open(t)
  const id = await order(shop)
  const declined = await sandbox.pay({ merchant_uid: id, amount: 14000, decline: '한도초과' })
  await complete(shop, declined.imp_uid)
  t.match(await page(shop, id), /결제되지 않았습니다[^]*한도초과/)
  const paid = await sandbox.pay({ merchant_uid: id, amount: 14000 })
  await complete(shop, paid.imp_uid)
  t.match(await page(shop, id), '결제가 완료되었습니다')
})

test('a payment on a phone whose approval may still come ends on a page that never asks to pay again', async (t) => {
  const { shop, sandbox } = await open(t)
  const id = await order(shop)
  sandbox.fault({ name: 'late_approval', times: 1 })
  const { imp_uid } = await sandbox.pay({ merchant_uid: id, amount: 14000, channel: 'mobile' })
  const { headers } = await shop.inject(`/payments/complete/mobile?imp_uid=${imp_uid}&merchant_uid=${id}`)
  const { body } = await shop.inject(String(headers.location))
  t.match(body, '결제 결과를 확인하고 있습니다')
  t.notMatch(body, '결제하기')
  t.match(await page(shop, id), '다시 결제하지 마시고 승인을 기다려 주세요', 'and so does the order')
  sandbox.approve(imp_uid)
  await notify(shop, imp_uid)
  t.match((await shop.inject(String(headers.location))).body, '결제가 완료되었습니다')
})

test('an altered amount is refused by the checkout where it was registered', async (t) => {
  const { shop, sandbox } = await open(t)
  const id = await order(shop)
  await t.rejects(sandbox.pay({ merchant_uid: id, amount: 100 }), { code: 'SANDBOX_REFUSED' })
})

test('an altered amount that was paid all the same is cancelled automatically', async (t) => {
  const { shop, sandbox } = await open(t)
  const again = await shop.inject({ method: 'POST', url: `/orders/${await order(shop)}/unregistered` })
  const { id } = again.json()
  const { imp_uid } = await sandbox.pay({ merchant_uid: id, amount: 100 })
  await complete(shop, imp_uid)
  t.match(await page(shop, id), /결제되지 않았습니다[^]*자동으로 취소되었습니다/)
  t.match(sandbox.payments.get(imp_uid), { status: 'cancelled', cancel_amount: 100 })
})

test('a cancellation in the console reaches the order', async (t) => {
  const { shop, sandbox } = await open(t)
  const id = await order(shop, 'chair')
  const { imp_uid } = await sandbox.pay({ merchant_uid: id, amount: 189000 })
  await complete(shop, imp_uid)
  for (const [amount, text] of [[9000, '결제가 완료되었습니다'], [180000, '결제가 취소되었습니다']] as const) {
    sandbox.cancel(imp_uid, { amount })
    await notify(shop, imp_uid)
    t.match(await page(shop, id), text)
  }
})

test('an account that was revoked leaves the order unpaid, and it can be paid another way', async (t) => {
  const { shop, sandbox, orders } = await open(t)
  const id = await order(shop)
  const account = await sandbox.pay({ merchant_uid: id, amount: 14000, pay_method: 'vbank' })
  await complete(shop, account.imp_uid)
  await shop.iamport.revokeVbank(account.imp_uid)
  await notify(shop, account.imp_uid)
  t.match(await page(shop, id), /결제가 취소되었습니다[^]*가상계좌가 말소되었습니다/)
  t.match((await shop.inject(`/orders/${id}/pay`)).body, '결제하기')
  const { imp_uid } = await sandbox.pay({ merchant_uid: id, amount: 14000 })
  await complete(shop, imp_uid)
  t.match(await page(shop, id), '결제가 완료되었습니다')
  t.match(orders.get(id), { state: 'paid', deliveries: 1, imp_uid })
})

test('an order paid by card and by deposit goes out once, and stays paid when the second is cancelled', async (t) => {
  const { shop, sandbox, orders } = await open(t)
  const id = await order(shop)
  const account = await sandbox.pay({ merchant_uid: id, amount: 14000, pay_method: 'vbank' })
  await complete(shop, account.imp_uid)
  const card = await sandbox.pay({ merchant_uid: id, amount: 14000 })
  await complete(shop, card.imp_uid)
  sandbox.deposit(account.imp_uid)
  await notify(shop, account.imp_uid)
  t.match(await page(shop, id), '결제가 완료되었습니다')
  t.match(orders.get(id), { state: 'paid', deliveries: 1, imp_uid: card.imp_uid })
  sandbox.cancel(account.imp_uid)
  await notify(shop, account.imp_uid)
  t.match(await page(shop, id), '결제가 완료되었습니다')
})

test('while Iamport is down, the buyer reads that no order can be made', async (t) => {
  const { shop, sandbox } = await open(t)
  sandbox.fault({ name: 'disconnect' })
  const reply = await shop.inject({ method: 'POST', url: '/orders', payload: { product: 'mug' } })
  t.equal(reply.statusCode, 503)
  t.match(reply.body, '지금은 주문할 수 없습니다')
})

test('nobody sees an order whose number they do not know, and text is escaped', async (t) => {
  const { shop } = await open(t)
  const pages = ['/orders/order_1', '/orders/order_1/pay', '/orders/order_1/state']
  for (const url of [...pages, '/result?merchant_uid=%3Cscript%3E&status=paid']) {
    const { statusCode, body } = await shop.inject(url)
    t.equal(statusCode, 404, url)
    t.notMatch(body, '<script>')
  }
})
