import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { browse, type Tour } from './support/browse.js'
import {
  approve, choose, endsV2, isPaidByWebhook, layerOf, order, PAID, pay, payAndClose, says,
} from './support/buyer.js'

/** An order on the page that pays it, on V2. */
async function orderV2 (page: Page, url: string): Promise<string> {
  const id = await order(page, url)
  await choose(page, 'V2')
  return id
}

/** What the laboratory of the page offers. */
async function experiment (page: Page, ...names: RegExp[]): Promise<void> {
  await page.getByText('실험실').click()
  for (const name of names) await page.getByRole('radio', { name }).check()
}

const failed = { headline: '결제되지 않았습니다', order: { state: 'failed', deliveries: 0 } } as const

browse('V2: a card payment on a PC is approved in a layer and ends on a page that says so', async (t, tour) => {
  const page = await tour.visit()
  const id = await orderV2(page, tour.url)
  await pay(page)
  await layerOf(page).getByLabel('카드사').selectOption({ label: '삼성카드' })
  await approve(layerOf(page))
  await endsV2(t, tour, page, id, {
    ...PAID, payment: { status: 'PAID', amount: { total: 14000 }, method: { card: { issuer: 'SAMSUNG_CARD' } } },
  })
  await tour.sandbox.webhooksSent()
  t.match(tour.orders.get(id), PAID.order, 'and is not delivered again by the webhook')
})

browse('V2: a phone leaves the shop for the window, and comes back by redirect', async (t, tour) => {
  const page = await tour.visit('phone')
  const id = await orderV2(page, tour.url)
  await pay(page)
  await page.waitForURL(`${tour.sandbox.url}/checkout/*`)
  await approve(page)
  await endsV2(t, tour, page, id, { ...PAID, payment: { status: 'PAID', origin: { platformType: 'MOBILE' } } })
  t.match(page.url(), /\/result\?.*status=paid/)
  t.ok(tour.completions.some(({ source }) => source === 'redirect'), 'by the redirect, not by a call of the page')
})

browse('V2: a virtual account is shown, and the page changes when its deposit arrives', async (t, tour) => {
  const page = await tour.visit()
  const id = await orderV2(page, tour.url)
  await choose(page, '가상계좌')
  await pay(page)
  await layerOf(page).getByLabel('입금 은행').selectOption({ label: '신한은행' })
  await approve(layerOf(page))
  await endsV2(t, tour, page, id, {
    headline: '입금을 기다리고 있습니다',
    text: /은행\s+신한은행\s+계좌번호\s+088\d{11}\s+복사\s+예금주\s+\S+\s+입금 기한\s+\d+월 \d+일 [\d:]+까지/,
    order: { state: 'waiting', deliveries: 0 },
    payment: { status: 'VIRTUAL_ACCOUNT_ISSUED' },
  })
  await page.getByRole('button', { name: /입금하기/ }).click()
  await endsV2(t, tour, page, id, { ...PAID, payment: { status: 'PAID' } })
})

browse('V2: declined, then closed by the buyer, then paid: an order with three attempts', async (t, tour) => {
  const page = await tour.visit()
  const id = await orderV2(page, tour.url)
  const again = async () => {
    await page.getByRole('link', { name: '다시 결제하기' }).click()
    await says(page, '결제하기')
    t.ok(await page.getByLabel('V2', { exact: true }).isChecked(), 'the version is still the chosen one')
    await pay(page)
  }
  await pay(page)
  await layerOf(page).getByLabel('거절 사유').selectOption('한도초과')
  await layerOf(page).getByRole('button', { name: '거절하기' }).click()
  await endsV2(t, tour, page, id, { ...failed, text: '한도초과', payment: { status: 'FAILED' } })
  await again()
  await layerOf(page).getByRole('button', { name: '결제창 닫기' }).click()
  await page.getByText('사용자가 결제를 취소').waitFor()
  await endsV2(t, tour, page, id, { ...failed, payment: { status: 'FAILED' } })
  await again()
  await approve(layerOf(page))
  await endsV2(t, tour, page, id, { ...PAID, payment: { status: 'PAID' } })
  const ids = tour.sandbox.v2.payments.all().map(({ id }) => id)
  t.equal(new Set(ids).size, 3, 'each attempt has a paymentId of its own')
})

browse('V2: with manual approval the order is paid by the token, on a PC and on a phone', async (t, tour) => {
  for (const who of ['pc', 'phone'] as const) {
    const page = await tour.visit(who)
    const id = await orderV2(page, tour.url)
    await experiment(page, /수동 승인: /)
    await pay(page)
    if (who === 'phone') await page.waitForURL(`${tour.sandbox.url}/checkout/*`)
    await approve(who === 'pc' ? layerOf(page) : page)
    const channel = { key: 'channel-key-manual' }
    await endsV2(t, tour, page, id, { ...PAID, payment: { status: 'PAID', channel } })
  }
})

browse('V2: an altered amount is not approved with manual approval: nothing is charged', async (t, tour) => {
  const page = await tour.visit()
  const id = await orderV2(page, tour.url)
  await experiment(page, /수동 승인: /, /사전 등록하지 않은 결제에서 바꾸기/)
  await pay(page)
  t.match(await layerOf(page).locator('.total').innerText(), '100원')
  await approve(layerOf(page))
  await endsV2(t, tour, page, id, {
    ...failed,
    text: '금액이 변경되어 결제를 승인하지 않았습니다. 청구된 금액은 없습니다.',
    payment: { status: 'READY', paidAt: undefined, amount: { total: 100, paid: 0 } },
  })
  t.notMatch(await page.locator('main').innerText(), '취소')
})

browse('V2: an altered amount is refunded where the channel has approved it, and can be paid', async (t, tour) => {
  const page = await tour.visit()
  const id = await orderV2(page, tour.url)
  await experiment(page, /사전 등록하지 않은 결제에서 바꾸기/)
  await pay(page)
  await approve(layerOf(page))
  await endsV2(t, tour, page, id, {
    ...failed,
    text: /금액이 주문 금액과 다릅니다[^]*자동으로 취소되었습니다/,
    payment: { status: 'CANCELLED', amount: { total: 100, cancelled: 100 } },
  })
  await tour.sandbox.webhooksSent()
  t.equal(tour.sandbox.v2.payments.all()[0]?.cancellations?.length, 1, 'once, though page and webhooks told of it')
  await page.getByRole('link', { name: '다시 결제하기' }).click()
  await pay(page)
  await approve(layerOf(page))
  await endsV2(t, tour, page, id, { ...PAID, payment: { status: 'PAID' } })
})

browse('V2: a registered amount opens no window with another one', async (t, tour) => {
  tour.expectTrouble(/404/)
  const page = await tour.visit()
  const id = await orderV2(page, tour.url)
  await experiment(page, /사전 등록한 결제에서 바꾸기/)
  await pay(page)
  await page.getByRole('alert').getByText('사전 등록된 결제 금액과 다릅니다').waitFor()
  t.equal(await page.locator('iframe').count(), 0)
  t.match(tour.orders.get(id), { state: 'open', deliveries: 0 })
  t.strictSame(tour.sandbox.v2.payments.all(), [], 'no payment was begun')
  t.ok(await page.getByRole('button', { name: /원 결제하기$/ }).isEnabled())
})

browse('V2: a test channel that the page names pays for nothing', async (t, tour) => {
  const page = await tour.visit()
  const id = await orderV2(page, tour.url)
  await experiment(page, /테스트 채널/)
  await pay(page)
  await approve(layerOf(page))
  await endsV2(t, tour, page, id, {
    ...failed, text: '테스트 결제는 인정되지 않습니다', payment: { status: 'PAID', channel: { type: 'TEST' } },
  })
})

/** A payment whose browser and webhook come in that order. */
async function payWith (t: Test, tour: Tour): Promise<string> {
  const page = await tour.visit()
  const id = await orderV2(page, tour.url)
  await pay(page)
  await approve(layerOf(page))
  await endsV2(t, tour, page, id, { ...PAID, payment: { status: 'PAID' } })
  return id
}

browse('V2: a webhook before the browser delivers, and the browser finds it delivered', async (t, tour) => {
  tour.sandbox.fault({ name: 'webhook_first' })
  await payWith(t, tour)
  t.match(tour.completions, [{ source: 'webhook', replayed: false }, { source: 'browser', replayed: true }])
})

browse('V2: a webhook after the browser finds it delivered', async (t, tour) => {
  tour.sandbox.fault({ name: 'lost_webhook' })
  const id = await payWith(t, tour)
  tour.sandbox.clearFaults()
  tour.sandbox.v2.resendWebhook(tour.sandbox.v2.payments.all()[0]?.id ?? '')
  await tour.sandbox.webhooksSent()
  t.match(tour.completions, [{ source: 'browser', replayed: false }, { source: 'webhook', replayed: true }])
  t.match(tour.orders.get(id), PAID.order)
})

browse('V2: a browser closed after paying: the webhook alone brings the order to paid', async (t, tour) => {
  const page = await tour.visit()
  const id = await orderV2(page, tour.url)
  await payAndClose(page)
  await isPaidByWebhook(t, tour, id)
})

browse('one order is paid on V1 and the next on V2, in the same shop by the same buyer', async (t, tour) => {
  const page = await tour.visit()
  const old = await order(page, tour.url)
  await pay(page)
  await approve(layerOf(page))
  await says(page, PAID.headline)
  const id = await orderV2(page, tour.url)
  await pay(page)
  await approve(layerOf(page))
  await endsV2(t, tour, page, id, { ...PAID, payment: { status: 'PAID' } })
  t.match(tour.orders.get(old), { ...PAID.order, imp_uid: /^imp_/ })
  t.match(tour.sandbox.payments.ofOrder(old), [{ status: 'paid' }])
})
