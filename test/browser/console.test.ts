import { browse } from './support/browse.js'
import { approve, choose, ends, layerOf, order, PAID, pay, says } from './support/buyer.js'
import { button, hasFocus, openConsole, press, rowOf } from './support/operator.js'

browse(
  'a payment appears in the console while it is made, and is cancelled there in part and whole',
  async (t, tour) => {
    const operator = await openConsole(tour)
    const buyer = await tour.visit()
    const id = await order(buyer, tour.url, 'chair')
    await pay(buyer)
    await rowOf(operator, id).getByText('대기').waitFor()
    await approve(layerOf(buyer))
    await ends(t, tour, buyer, id, PAID)
    await rowOf(operator, id).getByText('결제완료').waitFor()

    await rowOf(operator, id).click()
    await operator.getByLabel('취소 금액').fill('9000')
    await button(operator, '취소').click()
    await rowOf(operator, id).getByText('부분취소').waitFor()
    await buyer.getByText('9,000원이 취소되었습니다').waitFor()
    t.match(tour.orders.get(id), { state: 'paid', deliveries: 1 }, 'cancelled in part, the order stays paid')

    await operator.getByText('180,000').first().waitFor({ state: 'detached' })
    await button(operator, '취소').click()
    await ends(t, tour, buyer, id, {
      headline: '결제가 취소되었습니다',
      text: '180,000원이 취소되었습니다',
      order: { state: 'cancelled', deliveries: 1 },
      payment: { status: 'cancelled', cancel_amount: 189000 },
    })
    await button(operator, '취소').waitFor({ state: 'detached' })
    const history = await operator.locator('.history').innerText()
    for (const line of ['결제창 열림', '결제완료', '웹훅', '9000 KRW', '180000 KRW']) t.match(history, line)
  }
)

browse('an account that waits is paid from the console, and the buyer\'s page follows', async (t, tour) => {
  const operator = await openConsole(tour)
  const buyer = await tour.visit()
  const id = await order(buyer, tour.url)
  await choose(buyer, '가상계좌')
  await pay(buyer)
  await approve(layerOf(buyer))
  await says(buyer, '입금을 기다리고 있습니다')
  await rowOf(operator, id).click()
  await button(operator, '입금 처리').click()
  await ends(t, tour, buyer, id, { ...PAID, payment: { status: 'paid' } })
  await button(operator, '입금 처리').waitFor({ state: 'detached' })
})

browse('an account that waits expires from the console: nothing was paid, nothing is cancelled', async (t, tour) => {
  const operator = await openConsole(tour)
  const { imp_uid } = await tour.sandbox.pay({ merchant_uid: 'order_1', amount: 1000, pay_method: 'vbank' })
  await rowOf(operator, 'order_1').click()
  await press(button(operator, '계좌 만료'))
  await rowOf(operator, 'order_1').getByText('취소').waitFor()
  await operator.locator('.history').getByText('계좌 만료').waitFor()
  t.equal(await button(operator, '계좌 만료').count() + await button(operator, '입금 처리').count(), 0)
  t.ok(await hasFocus(operator.locator('#detail')), 'the button is gone, the focus is not')
  t.match(tour.sandbox.payments.get(imp_uid), { status: 'cancelled', paid_at: 0, cancel_amount: 0 })
})

browse(
  'while an amount is typed the detail follows what happens elsewhere, and Enter cancels the amount',
  async (t, tour) => {
    const operator = await openConsole(tour)
    const { imp_uid } = await tour.sandbox.pay({ merchant_uid: 'order_1', amount: 10_000 })
    await rowOf(operator, 'order_1').click()
    const amount = operator.getByLabel('취소 금액')
    await amount.fill('3000')
    tour.sandbox.cancel(imp_uid, { amount: 1000 })
    await operator.locator('#detail dl').getByText('1,000원', { exact: true }).waitFor()
    t.equal(await amount.inputValue(), '3000', 'what was typed stays')
    await amount.press('Enter')
    await operator.locator('#detail dl').getByText('4,000원', { exact: true }).waitFor()
    t.match(tour.sandbox.payments.get(imp_uid), { cancel_amount: 4000 })
    await operator.locator('#detail input[max="6000"]').waitFor()
    t.equal(await amount.inputValue(), '6000', 'then all that is left is offered')
    t.ok(await hasFocus(amount))
  }
)

browse(
  'a webhook that was lost is resent from the console; resent again and twice at once, it delivers nothing more',
  async (t, tour) => {
    const operator = await openConsole(tour)
    await operator.getByLabel('유실').check()
    const buyer = await tour.visit()
    const id = await order(buyer, tour.url)
    await pay(buyer)
    await layerOf(buyer)
      .getByLabel(/승인 후 상점으로 돌아가지 않기/)
      .check()
    await approve(layerOf(buyer))
    await rowOf(operator, id).getByText('결제완료').waitFor()
    t.match(tour.orders.get(id), { state: 'open' })
    await rowOf(operator, id).click()
    await operator
      .locator('.history')
      .getByText(/유실됨/)
      .waitFor()
    await button(operator, '웹훅 재발송').click()
    const answers = operator.locator('.history details')
    await answers.locator('summary').waitFor()
    t.notOk(await answers.locator('.answer').isVisible(), 'a long answer is folded')
    await press(answers.locator('summary'))
    await answers.getByText(/"replayed":false/).waitFor()
    t.match(tour.orders.get(id), PAID.order)
    await button(operator, '웹훅 2번 동시에').click()
    await answers.nth(2).waitFor()
    t.strictSame(
      await answers.evaluateAll((all) => all.map((one) => one.hasAttribute('open'))),
      [false, false, true],
      'what was opened stays open'
    )
    for (const [index, replayed] of [/"replayed":true/, /"replayed":true/, /"replayed":false/].entries()) {
      t.match(await answers.nth(index).locator('.answer').textContent(), replayed)
    }
    t.match(tour.orders.get(id), PAID.order)
  }
)

browse('faults are switched on and off, and a payment is made, in the console', async (t, tour) => {
  const operator = await openConsole(tour)
  await operator.getByLabel('금액 위변조', { exact: true }).check()
  await operator.getByLabel('금액 위변조 원').fill('500')
  const changed = operator.waitForResponse((answer) => answer.request().postData()?.includes('500') ?? false)
  await operator.getByLabel('금액 위변조 원').press('Tab')
  await changed
  const added = operator.waitForResponse((answer) => answer.request().postData()?.includes('test_channel') ?? false)
  await operator.getByLabel('테스트 채널').check()
  t.match(await (await added).json(), { active: [{ name: 'tampered_amount', amount: 500 }, { name: 'test_channel' }] })
  const another = await openConsole(tour)
  t.ok(await another.getByLabel('테스트 채널').isChecked(), 'another console shows them')
  await another.getByRole('button', { name: '모두 끄기' }).click()
  await operator.locator('[role=switch]:checked').first().waitFor({ state: 'detached' })
  await operator.getByLabel('결제수단').selectOption('trans')
  await operator.getByLabel('금액', { exact: true }).fill('7000')
  await operator.getByRole('button', { name: '결제 만들기' }).click()
  await operator.getByText('7,000원').first().waitFor()
  t.match(tour.sandbox.payments.all(), [{ amount: 7000, pay_method: 'trans', status: 'paid' }])
})

browse('of two thousand payments the console draws a hundred, and more when asked', async (t, tour) => {
  tour.sandbox.fault({ name: 'lost_webhook' })
  for (let count = 0; count < 2000; count++) await tour.sandbox.pay({ merchant_uid: `order_${count}`, amount: 1000 })
  const operator = await openConsole(tour)
  t.equal(await operator.locator('#rows > li').count(), 100)
  t.equal(await operator.locator('#total').innerText(), '2,000')
  await press(operator.getByRole('button', { name: '더 보기' }))
  await rowOf(operator, 'order_1800').waitFor()
  t.ok(await hasFocus(rowOf(operator, 'order_1899')), 'whoever asked goes on at the first of them')
  t.equal(await operator.locator('#rows > li').count(), 200)
  await tour.sandbox.pay({ merchant_uid: 'the newest', amount: 1000 })
  await rowOf(operator, 'the newest').waitFor()
  t.equal(await operator.locator('#rows > li').count(), 200)
})
