import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { browse } from './support/browse.js'
import { approve, choose, order, PAID, pay, says } from './support/buyer.js'

/** Nothing sticks out to the right, and what is touched is large enough: 24 CSS pixels, WCAG 2.2 level AA. */
async function fits (t: Test, page: Page, what: string): Promise<void> {
  const width = await page.evaluate<number>('document.documentElement.scrollWidth')
  t.ok(width <= 360, `${what} is ${width} px wide on a phone of 360`)
  const fields = 'input:not([type=hidden]):not([type=radio]):not([type=checkbox])'
  const small = await page.evaluate<string[]>(`[
    ...document.querySelectorAll('button, select, ${fields}, label:has(input), .primary')
  ]
    .filter((one) => one.checkVisibility())
    .filter((one) => one.getBoundingClientRect().height < 24)
    .map((one) => one.outerHTML.slice(0, 120))`)
  t.same(small, [], `${what}: nothing is too small for a finger`)
}

browse('shop, window and result fit a phone of 360 px without scrolling sideways', async (t, tour) => {
  const page = await tour.visit('phone')
  const id = await order(page, tour.url, 'chair')
  await page.getByText('실험실').click()
  await choose(page, 'V2')
  await fits(t, page, 'the page that pays on V2')
  await choose(page, 'V1')
  await fits(t, page, 'the page that pays')
  await pay(page)
  await page.waitForURL(`${tour.sandbox.url}/checkout/*`)
  for (const method of ['가상계좌', '휴대폰', '신용카드']) {
    await choose(page, method)
    await fits(t, page, `the window for ${method}`)
  }
  await approve(page)
  await says(page, PAID.headline)
  await fits(t, page, 'the result')
  await page.goto(tour.url)
  await fits(t, page, 'the shop')
  await page.goto(tour.sandbox.payments.ofOrder(id).at(0)?.receipt_url ?? '')
  await fits(t, page, 'the receipt')
})

browse('the layer of a small window on a PC takes all of it and fits', async (t, tour) => {
  const page = await tour.visit()
  await page.setViewportSize({ width: 360, height: 740 })
  await order(page, tour.url)
  await pay(page)
  const frame = page.frameLocator('iframe').locator('html')
  await page.frameLocator('iframe').locator('#approve').waitFor()
  t.ok(await frame.evaluate((html) => html.scrollWidth) <= 360)
  t.match(await page.locator('iframe').boundingBox(), { x: 0, width: 360 })
  const toKorean = page.frameLocator('iframe').getByRole('link', { name: '한국어' })
  await page.frameLocator('iframe').getByRole('link', { name: 'English' }).click()
  await toKorean.waitFor()
  t.ok(await toKorean.evaluate(({ clientHeight }) => clientHeight) < 48, 'its text in English is one line')
  t.ok(await frame.evaluate((html) => html.scrollWidth) <= 360)
})

browse('the console fits a phone of 360 px, with a payment opened and long names', async (t, tour) => {
  const long = { name: '아주긴이름의주문'.repeat(5), merchant_uid: 'order_'.repeat(6) }
  const { imp_uid } = await tour.sandbox.pay({ ...long, amount: 123_456_789 })
  await tour.sandbox.pay({ merchant_uid: 'order_2', amount: 1000, pay_method: 'vbank' })
  tour.sandbox.cancel(imp_uid, { amount: 1000 })
  const page = await tour.visit('phone')
  await page.goto(tour.sandbox.url)
  await page.locator('#rows button').filter({ hasText: 'order_order_' }).click()
  await page.getByRole('heading', { name: '내역' }).waitFor()
  await page.getByText('응답 전문').click()
  await fits(t, page, 'the console')
  for (const width of [360, 1400]) {
    await page.setViewportSize({ width, height: 740 })
    const widths = await page.locator('#make input').evaluateAll((all) => all.map(({ clientWidth }) => clientWidth))
    t.ok(Math.min(...widths) >= 80, `what is typed in can be read at ${width} px: ${widths.join(', ')}`)
  }
})
