import { browse } from './support/browse.js'
import { approve, choose, ends, layerOf, order, PAID, pay, says } from './support/buyer.js'

browse('a virtual account is shown, and the page changes by itself when the deposit arrives', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await choose(page, '가상계좌')
  await pay(page)
  const layer = layerOf(page)
  await layer.getByLabel('입금 은행').selectOption({ label: '신한은행' })
  await approve(layer)
  await ends(t, tour, page, id, {
    headline: '입금을 기다리고 있습니다',
    text: /은행\s+신한은행\s+계좌번호\s+088\d{11}\s+복사\s+예금주\s+\S+\s+입금 기한\s+\d+월 \d+일 [\d:]+까지\s+입금금액\s+14,000원/,
    order: { state: 'waiting', deliveries: 0 },
    payment: { status: 'ready', vbank_name: '신한은행' },
  })
  await page.getByRole('button', { name: /입금하기/ }).click()
  await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid' } })
})

browse('the account number is copied by its button, or selected where copying is not allowed', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  const { imp_uid, vbank_num } = await tour.sandbox.pay({ merchant_uid: id, amount: 14000, pay_method: 'vbank' })
  await says(page, '입금을 기다리고 있습니다')
  t.equal(tour.orders.get(id)?.imp_uid, imp_uid)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: '복사' }).click()
  await page.getByRole('status').getByText('계좌번호를 복사했습니다.').waitFor()
  t.equal(await page.evaluate<string>('navigator.clipboard.readText()'), vbank_num)
  await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error())')
  await page.getByRole('button', { name: '복사' }).press('Enter')
  await page.getByRole('status').getByText('계좌번호를 선택했습니다').waitFor()
  t.equal(await page.evaluate<string>('getSelection().toString()'), vbank_num)
})

browse('a deposit that the sandbox refuses leaves the button usable, and says why', async (t, tour) => {
  tour.expectTrouble(/404/)
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await tour.sandbox.pay({ merchant_uid: id, amount: 14000, pay_method: 'vbank' })
  await says(page, '입금을 기다리고 있습니다')
  tour.sandbox.reset()
  await page.getByRole('button', { name: /입금하기/ }).click()
  await page.getByRole('status').getByText('입금을 기다리는 계좌가 없습니다').waitFor()
  t.ok(await page.getByRole('button', { name: /입금하기/ }).isEnabled())
})

browse('a deposit days later reaches the order without any page', async (t, tour) => {
  const page = await tour.visit('phone')
  const id = await order(page, tour.url)
  await choose(page, '가상계좌')
  await pay(page)
  await page.waitForURL(`${tour.sandbox.url}/checkout/*`)
  await approve(page)
  await says(page, '입금을 기다리고 있습니다')
  const account = await page.locator('main').innerText()
  await page.close()
  const [payment] = tour.sandbox.payments.ofOrder(id)
  t.match(account, payment?.vbank_num ?? 'an account')
  tour.sandbox.deposit(payment?.imp_uid ?? '')
  await tour.sandbox.webhooksSent()
  t.match(tour.orders.get(id), PAID.order)
})
