import { browse } from './support/browse.js'
import { approve, ends, layerOf, order, PAID, pay } from './support/buyer.js'
import { openConsole, rowOf } from './support/operator.js'

browse('while lookups alone fail the checkout works, and a webhook completes the order', async (t, tour) => {
  tour.expectTrouble(/50\d/)
  const operator = await openConsole(tour)
  const changed = () => operator.waitForResponse((answer) => answer.request().method() === 'POST')
  const broken = changed()
  await operator.getByLabel('500 오류', { exact: true }).check()
  t.match(await (await broken).json(), { active: [{ name: 'error', on: 'lookup' }] })
  await operator.getByLabel('실패하면 재발송 ms마다').fill('1')
  const redelivered = changed()
  await operator.getByLabel('실패하면 재발송', { exact: true }).check()
  await redelivered

  const buyer = await tour.visit()
  const id = await order(buyer, tour.url)
  await pay(buyer)
  await approve(layerOf(buyer))
  await rowOf(operator, id).click()
  await operator.locator('.history').getByText('paid · 재발송').first().waitFor()
  await operator.getByRole('button', { name: '모두 끄기' }).click()
  tour.sandbox.fault({ name: 'redelivered_webhook', everyMs: 1 })
  tour.sandbox.resendWebhook(tour.sandbox.payments.ofOrder(id).at(0)?.imp_uid ?? '')
  await ends(t, tour, buyer, id, PAID)
})

browse('a fault that is set to other calls replaces the one that it was', async (t, tour) => {
  const operator = await openConsole(tour)
  const changed = () => operator.waitForResponse((answer) => answer.request().method() === 'POST')
  const first = changed()
  await operator.getByLabel('응답 지연', { exact: true }).check()
  await first
  const second = changed()
  await operator.getByLabel('응답 지연 대상').selectOption('전체')
  t.match(await (await second).json(), { active: { length: 1, 0: { name: 'latency', on: 'any' } } })
})

browse('addresses and answers break between their parts, not in the middle of a word', async (t, tour) => {
  const operator = await openConsole(tour)
  const notice_url = `${tour.url}/${'a_long_part/'.repeat(12)}end`
  await tour.sandbox.pay({ merchant_uid: 'order_1', amount: 1000, notice_url })
  await rowOf(operator, 'order_1').click()
  const address = operator.locator('.history .address')
  await address.waitFor()
  t.equal(await address.innerText(), notice_url)
  const lines = await address.evaluate((code) => {
    const parts = [...code.childNodes].filter((node) => node.nodeType === 3)
    return parts.map((node) => {
      const range = code.ownerDocument.createRange()
      range.selectNodeContents(node)
      return range.getClientRects().length
    })
  })
  t.ok(lines.length > 12)
  t.ok(lines.every((count) => count === 1), 'each part stands in one line')
  const summary = await operator.locator('.history summary').first().innerText()
  t.match(summary, /^404 .*[^\s]…$/)
})
