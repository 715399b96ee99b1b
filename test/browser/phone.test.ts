import { browse } from './support/browse.js'
import { approve, choose, ends, order, PAID, pay, says } from './support/buyer.js'

browse('a payment on a phone leaves the shop for the window, and comes back by redirect', async (t, tour) => {
  const page = await tour.visit('phone')
  const id = await order(page, tour.url)
  await pay(page)
  await page.waitForURL(`${tour.sandbox.url}/checkout/*`)
  await approve(page)
  await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid', channel: 'mobile' } })
  const { pathname, searchParams } = new URL(page.url())
  t.same([pathname, searchParams.get('merchant_uid'), searchParams.get('status')], ['/result', id, 'paid'])
  t.ok(tour.completions.some(({ source }) => source === 'redirect'), 'by the redirect, not by a call of the page')
})

browse('a payment declined on a phone comes back with its reason, and can be tried again', async (t, tour) => {
  const page = await tour.visit('phone')
  const id = await order(page, tour.url)
  await pay(page)
  await page.getByLabel('거절 사유').selectOption('잔액부족')
  await page.getByRole('button', { name: '거절하기' }).click()
  await ends(t, tour, page, id, {
    headline: '결제되지 않았습니다', text: '잔액부족', order: { state: 'failed', deliveries: 0 }, payment: { status: 'failed' },
  })
  await page.getByRole('link', { name: '다시 결제하기' }).click()
  await says(page, '결제하기')
  await pay(page)
  await page.waitForURL(`${tour.sandbox.url}/checkout/*`)
  await approve(page)
  await ends(t, tour, page, id, PAID)
})

browse(
  'a window left undecided on a phone leads back to the shop, where the order can still be paid',
  async (t, tour) => {
    const page = await tour.visit('phone')
    const id = await order(page, tour.url)
    await pay(page)
    await page.getByRole('button', { name: '결제하지 않고 창만 닫기' }).click()
    await says(page, '결제하기')
    t.match(tour.orders.get(id), { state: 'open' })
    await pay(page)
    await page.waitForURL(`${tour.sandbox.url}/checkout/*`)
    await approve(page)
    await ends(t, tour, page, id, PAID)
  }
)

browse('the shop\'s switch "on a phone" leads a PC the same way', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await choose(page, '신용카드')
  await page.getByText('실험실').click()
  await page.getByLabel(/휴대폰에서 결제하기/).check()
  await pay(page)
  await page.waitForURL(`${tour.sandbox.url}/checkout/*`)
  await approve(page)
  await ends(t, tour, page, id, { ...PAID, payment: { channel: 'mobile' } })
})
