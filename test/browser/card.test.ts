import { browse } from './support/browse.js'
import { approve, ends, layerOf, order, pay } from './support/buyer.js'

const PAID = { headline: '결제가 완료되었습니다', text: /배송 준비\s+1회/, order: { state: 'paid', deliveries: 1 } } as const

browse('a card payment on a PC is approved in a layer over the page and ends on a page that says so', async (t, tour) => {
  const page = await tour.visit()
  const id = await order(page, tour.url, 'chair')
  await pay(page)
  const layer = layerOf(page)
  await layer.getByLabel('카드사').selectOption({ label: '삼성카드' })
  await layer.getByLabel('할부 기간').selectOption({ label: '3개월' })
  await approve(layer)
  await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid', amount: 189000, card_name: '삼성카드', card_quota: 3, channel: 'pc' } })
  await tour.sandbox.webhooksSent()
  t.match(tour.orders.get(id), PAID.order, 'and is not delivered again by the webhook')
})
