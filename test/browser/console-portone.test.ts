import { browse } from './support/browse.js'
import { button, openConsole, rowOf } from './support/operator.js'

browse('payments of both generations stand in one list, with a filter', async (t, tour) => {
  const operator = await openConsole(tour)
  await tour.sandbox.pay({ merchant_uid: 'old_order', amount: 1000 })
  await operator.getByLabel('버전', { exact: true }).selectOption('V2')
  await operator.getByLabel('채널', { exact: true }).selectOption('test')
  await operator.getByLabel('주문번호', { exact: true }).fill('new_order')
  await operator.getByRole('button', { name: '결제 만들기' }).click()
  await rowOf(operator, 'new_order').getByText('V2 · 신용카드 · 테스트').waitFor()
  await rowOf(operator, 'old_order').getByText('V1 · 신용카드').waitFor()
  await operator.getByLabel('목록에 보일 버전').selectOption('V2')
  await rowOf(operator, 'old_order').waitFor({ state: 'detached' })
  await tour.sandbox.payV2({ paymentId: 'newer_order', totalAmount: 1250, currency: 'USD' })
  await tour.sandbox.pay({ merchant_uid: 'older_order', amount: 1000 })
  await rowOf(operator, 'newer_order').getByText('12.5 USD').waitFor()
  t.equal(await operator.locator('#rows > li').count(), 2)
  await operator.getByLabel('목록에 보일 버전').selectOption('V1')
  await rowOf(operator, 'older_order').waitFor()
  t.equal(await operator.locator('#rows > li').count(), 2)
})

browse('a payment of V2 is cancelled in the console, and its cancellation ends there', async (t, tour) => {
  const operator = await openConsole(tour)
  const { v2 } = tour.sandbox
  await operator.getByLabel('취소 대기 (REQUESTED)', { exact: true }).check()
  await operator.getByLabel('취소 대기 (REQUESTED) ms').fill('3600000')
  const { txId } = await tour.sandbox.payV2({ paymentId: 'order_1', totalAmount: 1250, currency: 'USD' })
  await rowOf(operator, 'order_1').click()
  await operator.locator('#detail dl').getByText(txId).waitFor()
  await operator.getByLabel('취소 금액').fill('2.5')
  await button(operator, '취소').click()
  await rowOf(operator, 'order_1').getByText('취소대기').waitFor()
  await button(operator, '취소 성공 처리').click()
  await rowOf(operator, 'order_1').getByText('부분취소').waitFor()
  t.match(v2.payments.get('order_1'), { status: 'PARTIAL_CANCELLED', amount: { cancelled: 250 } })
  await button(operator, '취소').click()
  await button(operator, '취소 실패 처리').click()
  await operator.locator('.history').getByText('취소 실패').waitFor()
  t.match(v2.payments.get('order_1'), { cancellations: [{ status: 'SUCCEEDED' }, { status: 'FAILED' }] })
})

browse('a fault is switched on for V2 alone, and the settings of both are shown', async (t, tour) => {
  const operator = await openConsole(tour)
  const { portone } = tour.sandbox
  await operator.getByText('연동 정보').click()
  for (const text of ['imp_secret', portone.storeId, portone.webhookSecret, 'channel-key-manual']) {
    await operator.locator('.settings').getByText(text, { exact: true }).waitFor()
  }
  await operator.getByLabel('장애를 적용할 API').selectOption('V2')
  const changed = operator.waitForResponse((answer) => answer.url().endsWith('/sandbox/faults'))
  await operator.getByLabel('거절 응답', { exact: true }).check()
  t.match(await (await changed).json(), {
    active: [{ name: 'refusal', type: 'PG_PROVIDER', on: 'cancel', api: 'v2' }],
  })
})
