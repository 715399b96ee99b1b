import { browse } from './support/browse.js'
import { approve, ends, layerOf, order, PAID } from './support/buyer.js'

browse('a double click on pay opens one window', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await page.getByRole('button', { name: /원 결제하기$/ }).dblclick()
  await approve(layerOf(page))
  await ends(t, tour, page, id, PAID)
  t.equal(tour.sandbox.payments.ofOrder(id).length, 1)
})

browse('a double tap on pay opens one window on a phone', async (t, tour) => {
  const page = await tour.visit('phone')
  const id = await order(page, tour.url)
  await page.getByRole('button', { name: /원 결제하기$/ }).dblclick()
  await page.waitForURL('**/checkout/*')
  await approve(page)
  await ends(t, tour, page, id, PAID)
  t.equal(tour.sandbox.payments.ofOrder(id).length, 1)
})

for (const who of ['pc', 'phone'] as const) {
  browse(`a double click on approve takes the money and delivers once (${who})`, async (t, tour) => {
    const page = await tour.visit(who)
    const id = await order(page, tour.url)
    await page.getByRole('button', { name: /원 결제하기$/ }).click()
    const window = who === 'pc' ? layerOf(page) : page
    await window.getByLabel('전체 동의').check()
    await window.locator('#approve').dblclick()
    await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid' } })
    await tour.sandbox.webhooksSent()
    const [payment] = tour.sandbox.payments.ofOrder(id)
    const events = tour.sandbox.payments.inspect(payment?.imp_uid ?? '').history.map(({ event }) => event)
    t.same(events.filter((event) => event === 'paid' || event === 'webhook'), ['paid', 'webhook'])
    t.match(tour.orders.get(id), { deliveries: 1 })
  })
}
