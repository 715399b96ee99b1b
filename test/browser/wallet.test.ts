import { browse } from './support/browse.js'
import { choose, ends, layerOf, order, PAID, pay } from './support/buyer.js'

const WALLETS = [
  ['카카오페이', 'kakaopay', '등록한 카드', 'card'],
  ['네이버페이', 'naverpay', '머니·포인트', 'point'],
  ['토스페이', 'tosspay', '머니·포인트', 'point'],
] as const

for (const [name, wallet, source, pay_method] of WALLETS) {
  browse(`an order is paid in the window by ${wallet}, with ${pay_method}`, async (t, tour) => {
    const page = await tour.visit()
    const id = await order(page, tour.url)
    await pay(page)
    const layer = layerOf(page)
    await layer.getByLabel(name, { exact: true }).check()
    await layer.getByLabel('간편결제 방법').selectOption({ label: source })
    await layer.getByLabel('전체 동의').check()
    await layer.locator('#approve').click()
    await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid', pay_method, emb_pg_provider: wallet } })
  })
}

browse('the window speaks the language of the browser, and another one on request', async (_, tour) => {
  const page = await tour.visit()
  await order(page, tour.url)
  await choose(page, '신용카드')
  await pay(page)
  const layer = layerOf(page)
  await layer.getByRole('link', { name: 'English' }).click()
  await layer.getByRole('button', { name: 'Pay ₩14,000' }).waitFor()
  await layer.getByLabel('Virtual account').check()
  await layer.getByLabel('Agree to all').check()
  await layer.getByRole('button', { name: 'Issue a virtual account' }).waitFor()
  await layer.getByRole('link', { name: '한국어' }).click()
  await layer.getByRole('button', { name: '14,000원 결제하기' }).waitFor()
})
