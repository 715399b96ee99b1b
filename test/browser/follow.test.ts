import { browse } from './support/browse.js'
import { approve, ends, layerOf, order, PAID, pay } from './support/buyer.js'

browse('a page on which an order can be paid changes by itself when the order is paid elsewhere', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await tour.sandbox.pay({ merchant_uid: id, amount: 14000 })
  await ends(t, tour, page, id, PAID)
})

browse('a buyer whose window does not come back reads on the same page that the order is paid', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await pay(page)
  await layerOf(page).getByLabel(/승인 후 상점으로 돌아가지 않기/).check()
  await approve(layerOf(page))
  await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid' } })
  t.match(tour.completions, [{ source: 'webhook', status: 'paid' }])
})

browse('an experiment whose window does not come back ends on the page of its own order', async (t, tour) => {
  const page = await tour.visit()
  await order(page, tour.url)
  await page.getByText('실험실').click()
  await page.getByLabel(/등록하지 않은 새 주문에서 바꾸기/).check()
  await pay(page)
  await layerOf(page).locator('#approve').waitFor()
  const id = tour.sandbox.payments.all().at(-1)?.merchant_uid ?? ''
  await layerOf(page).getByRole('button', { name: '결제하지 않고 창만 닫기' }).click()
  await page.locator('iframe').waitFor({ state: 'detached' })
  await tour.sandbox.pay({ merchant_uid: id, amount: 14000 })
  await ends(t, tour, page, id, PAID)
})

browse('an open window is left alone while its order is paid elsewhere, and then finds it paid', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await pay(page)
  await layerOf(page).locator('#approve').waitFor()
  const state = page.waitForResponse(async (response) =>
    response.url().endsWith('/state') && (await response.json()).isPayable === false)
  await tour.sandbox.pay({ merchant_uid: id, amount: 14000 })
  await state
  await approve(layerOf(page))
  await ends(t, tour, page, id, PAID)
  t.same(tour.sandbox.payments.ofOrder(id).map(({ status }) => status), ['failed', 'paid'])
})
