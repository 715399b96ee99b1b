import { browse } from './support/browse.js'
import { approve, choose, ends, layerOf, order, PAID, pay, says } from './support/buyer.js'

browse('a card payment on a PC is approved in a layer and ends on a page that says so', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url, 'chair')
  await pay(page)
  const layer = layerOf(page)
  await layer.getByLabel('카드사').selectOption({ label: '삼성카드' })
  await layer.getByLabel('할부 기간').selectOption({ label: '3개월' })
  await approve(layer)
  const payment = { status: 'paid', amount: 189000, card_name: '삼성카드', card_quota: 3, channel: 'pc' } as const
  await ends(t, tour, page, id, { ...PAID, payment })
  await tour.sandbox.webhooksSent()
  t.match(tour.orders.get(id), PAID.order, 'and is not delivered again by the webhook')
})

for (const [method, pay_method] of [['계좌이체', 'trans'], ['휴대폰', 'phone']] as const) {
  browse(`the window begins with the method ${pay_method} that the buyer chose in the shop`, async (t, tour) => {
    const page = await tour.visit()
    const id = await order(page, tour.url)
    await choose(page, method)
    await pay(page)
    await approve(layerOf(page))
    await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid', pay_method } })
  })
}

browse('a declined payment says why, and the order can be paid after all', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await pay(page)
  const layer = layerOf(page)
  await layer.getByLabel('거절 사유').selectOption('한도초과')
  await layer.getByRole('button', { name: '거절하기' }).click()
  await ends(t, tour, page, id, {
    headline: '결제되지 않았습니다',
    text: '한도초과',
    order: { state: 'failed', deliveries: 0 },
    payment: { status: 'failed', fail_reason: '한도초과' },
  })
  await page.getByRole('link', { name: '다시 결제하기' }).click()
  await says(page, '결제하기')
  await pay(page)
  await approve(layerOf(page))
  await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid' } })
})

for (const [how, close] of [['its button', '✕'], ['Escape', 'Escape']] as const) {
  browse(`a window closed by ${how} ends the payment, takes no money, and the order stays payable`, async (t, tour) => {
    const page = await tour.visit()
    const id = await order(page, tour.url)
    await pay(page)
    const button = layerOf(page).getByRole('button', { name: '결제창 닫기' })
    if (close === 'Escape') await button.press('Escape')
    else await button.click()
    await ends(t, tour, page, id, {
      headline: '결제되지 않았습니다',
      text: '사용자가 결제를 취소',
      order: { state: 'failed', deliveries: 0 },
      payment: { status: 'failed', paid_at: 0 },
    })
    t.equal(await page.getByRole('link', { name: '다시 결제하기' }).count(), 1)
  })
}

browse('a window left without a decision leaves the page usable: the next click opens another', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await pay(page)
  await layerOf(page).getByRole('button', { name: '결제하지 않고 창만 닫기' }).click()
  await page.locator('iframe').waitFor({ state: 'detached' })
  t.match(tour.orders.get(id), { state: 'open', deliveries: 0 })
  await pay(page)
  await approve(layerOf(page))
  await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid' } })
  t.same(tour.sandbox.payments.ofOrder(id).map(({ status }) => status), ['ready', 'paid'])
})

browse('an agreement that is missing is asked for, and nothing is approved', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await pay(page)
  const layer = layerOf(page)
  await layer.locator('#approve').click()
  await layer.getByText('필수 약관에 동의해 주세요.').waitFor()
  t.match(tour.sandbox.payments.ofOrder(id), [{ status: 'ready' }])
})
