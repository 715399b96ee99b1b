import { browse } from './support/browse.js'
import { approve, ends, layerOf, order, PAID, pay, says } from './support/buyer.js'

browse('an amount altered in the page is refused by the window where the order was registered', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await page.getByText('실험실').click()
  t.match(await page.locator('details').innerText(), '이 주문은 금액을 사전 등록했습니다.')
  await page.getByLabel(/이 주문에서 바꾸기: 결제창이 열리지 않습니다/).check()
  await pay(page)
  await page.getByRole('alert').getByText('사전등록된 결제금액과 다릅니다').waitFor()
  t.equal(await page.locator('iframe').count(), 0)
  t.match(tour.orders.get(id), { state: 'open', deliveries: 0 })
  t.same(tour.sandbox.payments.ofOrder(id), [], 'no payment was opened')
})

browse('an altered amount that was paid all the same is cancelled in full, and the page says so', async (t, tour) => {
  const page = await tour.visit()
  const registered = await order(page, tour.url, 'chair')
  await page.getByText('실험실').click()
  await page.getByLabel(/등록하지 않은 새 주문에서 바꾸기/).check()
  await pay(page)
  const layer = layerOf(page)
  t.match(await layer.locator('.total').innerText(), '100원')
  const id = tour.sandbox.payments.all().at(-1)?.merchant_uid ?? ''
  t.not(id, registered)
  const other = await tour.visit()
  await other.goto(`${tour.url}/orders/${id}/pay`)
  await other.getByText('실험실').click()
  t.match(await other.locator('details').innerText(), '이 주문은 금액을 사전 등록하지 않았습니다.')
  t.equal(await other.getByRole('radio', { name: /결제창이 열리지 않습니다/ }).count(), 0)
  await approve(layer)
  await ends(t, tour, page, id, {
    headline: '결제되지 않았습니다',
    text: /금액이 주문 금액과 다릅니다[^]*자동으로 취소되었습니다/,
    order: { state: 'failed', deliveries: 0 },
    payment: { status: 'cancelled', amount: 100, cancel_amount: 100 },
  })
  await tour.sandbox.webhooksSent()
  const [payment] = tour.sandbox.payments.ofOrder(id)
  t.equal(payment?.cancel_history.length, 1, 'cancelled once, though page and webhook both told of it')

  await page.goto(`${tour.url}/orders/${id}/pay`)
  await page.getByRole('button', { name: '다시 주문하기' }).click()
  await says(page, '결제하기')
  const again = new URL(page.url()).pathname.split('/')[2] ?? ''
  t.not(again, id, 'Iamport takes no second payment for a number')
  await pay(page)
  await approve(layerOf(page))
  await ends(t, tour, page, again, PAID)
})

browse('after a refused amount the order is paid with its own', async (t, tour) => {
  const page = await tour.visit('phone')
  const id = await order(page, tour.url)
  await page.getByText('실험실').click()
  await page.getByLabel(/이 주문에서 바꾸기/).check()
  await pay(page)
  await page.waitForURL((url) => url.pathname === '/result')
  t.match(tour.orders.get(id), { state: 'open', deliveries: 0 })
  await page.goto(`${tour.url}/orders/${id}/pay`)
  await pay(page)
  await page.waitForURL(`${tour.sandbox.url}/checkout/*`)
  await approve(page)
  await ends(t, tour, page, id, PAID)
})
