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
    text: /신한은행 088\d{11} 계좌로 14,000원/,
    order: { state: 'waiting', deliveries: 0 },
    payment: { status: 'ready', vbank_name: '신한은행' },
  })
  await page.getByRole('button', { name: /입금하기/ }).click()
  await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid' } })
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
