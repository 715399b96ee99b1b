import { browse } from './support/browse.js'
import { approve, ends, layerOf, order, PAID, pay, says } from './support/buyer.js'

browse('reload and back on a PC\'s result page deliver nothing again', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await pay(page)
  await approve(layerOf(page))
  await says(page, PAID.headline)
  await page.reload()
  await ends(t, tour, page, id, PAID)
  await page.goBack()
  await says(page, '오늘의 물건')
  await page.goForward()
  await ends(t, tour, page, id, PAID)
  await tour.sandbox.webhooksSent()
  t.match(tour.orders.get(id), PAID.order)
  t.equal(tour.sandbox.payments.ofOrder(id).length, 1)
})

browse('reload of a phone\'s redirect asks the payment again, and delivers nothing again', async (t, tour) => {
  const page = await tour.visit('phone')
  const id = await order(page, tour.url)
  await pay(page)
  await approve(page)
  await says(page, PAID.headline)
  await page.reload()
  await ends(t, tour, page, id, PAID)
  const [payment] = tour.sandbox.payments.ofOrder(id)
  await page.goto(
    `${tour.url}/payments/complete/mobile?imp_uid=${payment?.imp_uid}&merchant_uid=${id}&imp_success=true`
  )
  await ends(t, tour, page, id, PAID)
  t.match(tour.completions.at(-1), { source: 'redirect', replayed: true })
})

browse('the back button on a phone\'s result page leads to the order, which is not paid twice', async (t, tour) => {
  const page = await tour.visit('phone')
  const id = await order(page, tour.url)
  await pay(page)
  await approve(page)
  await says(page, PAID.headline)
  await page.goBack()
  await ends(t, tour, page, id, PAID)
  t.equal(await page.getByRole('button', { name: /원 결제하기$/ }).count(), 0)
  t.equal(tour.sandbox.payments.ofOrder(id).length, 1)
})
