import { browse } from './support/browse.js'
import { approve, ends, isPaidByWebhook, layerOf, order, PAID, pay, payAndClose } from './support/buyer.js'

browse('a webhook before the browser delivers, and the browser finds it delivered', async (t, tour) => {
  tour.sandbox.fault({ name: 'webhook_first' })
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await pay(page)
  await approve(layerOf(page))
  await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid' } })
  t.match(tour.completions, [{ source: 'webhook', replayed: false }, { source: 'browser', replayed: true }])
})

browse('a webhook after the browser finds it delivered', async (t, tour) => {
  tour.sandbox.fault({ name: 'lost_webhook', times: 1 })
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await pay(page)
  await approve(layerOf(page))
  await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid' } })
  const [payment] = tour.sandbox.payments.ofOrder(id)
  tour.sandbox.resendWebhook(payment?.imp_uid ?? '', 2)
  await tour.sandbox.webhooksSent()
  t.match(tour.completions, [
    { source: 'browser', replayed: false },
    { source: 'webhook', replayed: true },
    { source: 'webhook', replayed: true },
  ])
  t.match(tour.orders.get(id), PAID.order)
})

browse('a browser closed after paying on a PC: the webhook alone completes the order', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await payAndClose(page)
  await isPaidByWebhook(t, tour, id)
})

browse('a browser closed after paying on a phone: the webhook alone completes the order', async (t, tour) => {
  const page = await tour.visit('phone')
  const id = await order(page, tour.url)
  await pay(page)
  await page.getByLabel(/승인 후 상점으로 돌아가지 않기/).check()
  await approve(page)
  await page.getByText('이 창을 닫아 주세요').waitFor()
  await page.close()
  await isPaidByWebhook(t, tour, id)
})

browse('a buyer who did not come back finds the order paid, and cannot pay it again', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await payAndClose(page)
  await tour.sandbox.webhooksSent()
  const again = await page.context().newPage()
  await again.goto(`${tour.url}/orders/${id}/pay`)
  await ends(t, tour, again, id, PAID)
  t.equal(await again.getByRole('link', { name: '다시 결제하기' }).count(), 0)
})
