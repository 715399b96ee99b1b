import { browse } from './support/browse.js'
import { approve, ends, layerOf, order, PAID, pay } from './support/buyer.js'

/** What old modules, in-app browsers and the provider's slips tell a page; see the fault `callback`. */
const VARIANTS = ['legacy', 'in_app', 'flagless', 'without_imp_uid', 'contradicting'] as const

for (const variant of VARIANTS) {
  browse(`a payment whose callback is ${variant} completes on a PC`, async (t, tour) => {
    tour.sandbox.fault({ name: 'callback', variant })
    const page = await tour.visit()
    const id = await order(page, tour.url)
    await pay(page)
    await approve(layerOf(page))
    await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid' } })
  })

  browse(`a payment whose redirect is ${variant} completes on a phone`, async (t, tour) => {
    tour.sandbox.fault({ name: 'callback', variant })
    tour.sandbox.fault({ name: 'lost_webhook' })
    const page = await tour.visit('phone')
    const id = await order(page, tour.url)
    await pay(page)
    await approve(page)
    await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid' } })
  })
}

browse('a page that is told neither payment nor error waits, and changes when the webhook comes', async (t, tour) => {
  tour.sandbox.fault({ name: 'callback', variant: 'without_imp_uid' })
  tour.sandbox.fault({ name: 'lost_webhook' })
  const page = await tour.visit()
  const id = await order(page, tour.url)
  await pay(page)
  await approve(layerOf(page))
  await ends(t, tour, page, id, {
    headline: '결제 결과를 확인하고 있습니다',
    text: '다시 결제하지 마시고',
    order: { state: 'open' },
    payment: { status: 'paid' },
  })
  tour.sandbox.resendWebhook(tour.sandbox.payments.ofOrder(id).at(0)?.imp_uid ?? '')
  await ends(t, tour, page, id, PAID)
})

browse(
  'a shop whose provider is out of order asks the buyer to wait, and the order is paid when it is back',
  async (t, tour) => {
    tour.expectTrouble(/503/)
    tour.sandbox.fault({ name: 'error', status: 503, on: 'lookup' })
    const page = await tour.visit()
    const id = await order(page, tour.url)
    await pay(page)
    await approve(layerOf(page))
    await ends(t, tour, page, id, {
      headline: '결제 결과를 확인하고 있습니다',
      order: { state: 'open' },
      payment: { status: 'paid' },
    })
    tour.sandbox.clearFaults()
    tour.sandbox.resendWebhook(tour.sandbox.payments.ofOrder(id).at(0)?.imp_uid ?? '')
    await ends(t, tour, page, id, PAID)
  }
)
