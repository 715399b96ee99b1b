import { browse } from './support/browse.js'
import { approve, layerOf } from './support/buyer.js'
import { openV2Page, resultOf } from './support/v2-page.js'

for (const loading of ['script', 'module'] as const) {
  browse(`PortOne.requestPayment by ${loading}: paid in a layer on a PC`, async (t, tour) => {
    const site = await openV2Page(t, tour.sandbox, { loading })
    const page = await tour.visit()
    await page.goto(site.url)
    await page.locator('#pay').click()
    const layer = layerOf(page)
    await layer.getByLabel('카드사').selectOption({ label: '삼성카드' })
    await approve(layer)
    const { txId, ...rest } = await resultOf(page)
    t.strictSame(rest, { transactionType: 'PAYMENT', paymentId: 'order_1' })
    t.match(tour.sandbox.v2.payments.get('order_1'), {
      status: 'PAID', transactionId: txId, origin: { platformType: 'PC' }, method: { card: { issuer: 'SAMSUNG_CARD' } },
    })
    t.strictSame(site.returned, [])
  })
}

for (const [name, who, request, platformType] of [
  ['on a phone', 'phone', {}, 'MOBILE'], ['on a PC with forceRedirect', 'pc', { forceRedirect: true }, 'PC'],
] as const) {
  browse(`PortOne.requestPayment leaves the page ${name} and comes back with paymentId`, async (t, tour) => {
    const site = await openV2Page(t, tour.sandbox, { request })
    const page = await tour.visit(who)
    await page.goto(site.url)
    await page.locator('#pay').click()
    await page.waitForURL(`${tour.sandbox.url}/checkout/*`)
    await approve(page)
    await page.getByRole('heading', { name: '돌아옴' }).waitFor()
    t.match(site.returned, [{ paymentId: 'order_1', transactionType: 'PAYMENT', txId: String, code: undefined }])
    t.match(tour.sandbox.v2.payments.get('order_1'), { status: 'PAID', origin: { platformType } })
  })
}

browse('a channel with manual approval gives a token, and nothing is charged', async (t, tour) => {
  const site = await openV2Page(t, tour.sandbox, { request: { channelKey: 'channel-key-manual' } })
  const page = await tour.visit()
  await page.goto(site.url)
  await page.locator('#pay').click()
  await approve(layerOf(page))
  t.match(await resultOf(page), { paymentToken: /^[\da-f-]{36}$/, code: undefined })
  t.match(tour.sandbox.v2.payments.get('order_1'), { status: 'READY', paidAt: undefined })
})

browse('declined, closed or never opened, the page gets a code and is paid after all', async (t, tour) => {
  const site = await openV2Page(t, tour.sandbox)
  const page = await tour.visit()
  const pay = async () => {
    await page.goto(site.url)
    await page.locator('#pay').click()
  }
  await pay()
  await layerOf(page).getByRole('button', { name: '거절하기' }).click()
  t.match(await resultOf(page), { code: 'FAILURE_TYPE_PG', message: '한도초과', pgMessage: '한도초과' })
  await pay()
  await layerOf(page).getByRole('button', { name: '결제창 닫기' }).click()
  t.match(await resultOf(page), { code: 'FAILURE_TYPE_PG', pgCode: 'PAY_PROCESS_CANCELED' })
  await pay()
  await layerOf(page).getByLabel('가상계좌').check()
  await approve(layerOf(page))
  t.match(await resultOf(page), { code: undefined, txId: String })
  t.match(tour.sandbox.v2.deposit('order_1'), { status: 'PAID' })
  await pay()
  t.match(await resultOf(page), { code: 'PaymentAlreadyPaid', txId: undefined })
  t.equal(await page.locator('iframe').count(), 0, 'the layer is gone')
})

browse('before a payment begins an error does not redirect, and says what is missing', async (t, tour) => {
  const page = await tour.visit('phone')
  for (const [request, code, message] of [
    [{ channelKey: 'channel-key-x' }, 'ChannelNotFound', /채널/],
    [{ totalAmount: '14000' }, 'BadRequest', /totalAmount/],
    [{ orderName: '' }, 'BadRequest', /orderName/],
    [{ channelKey: undefined }, 'BadRequest', /channelKey/],
  ] as const) {
    const site = await openV2Page(t, tour.sandbox, { request })
    await page.goto(site.url)
    await page.locator('#pay').click()
    t.match(await resultOf(page), { code, message })
    t.strictSame(site.returned, [])
  }
})

browse('a window that is left without paying tells the page nothing, and another can be opened', async (t, tour) => {
  const site = await openV2Page(t, tour.sandbox)
  const page = await tour.visit()
  await page.goto(site.url)
  await page.locator('#pay').click()
  await layerOf(page).getByRole('button', { name: '결제하지 않고 창만 닫기' }).click()
  await page.locator('iframe').waitFor({ state: 'detached' })
  t.equal(await page.locator('#result').textContent(), '')
  await page.locator('#pay').click()
  await approve(layerOf(page))
  t.match(await resultOf(page), { code: undefined })
  t.strictSame(tour.sandbox.v2.payments.attempts('order_1').map(({ status }) => status), ['READY', 'PAID'])
})
