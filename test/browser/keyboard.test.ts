import type { Locator, Page } from 'playwright-core'
import { browse } from './support/browse.js'
import { ends, layerOf, PAID, says } from './support/buyer.js'
import { button, hasFocus, line, openConsole, press, rowOf } from './support/operator.js'

/** Presses of the Tab key before something counts as out of reach. */
const MAX_PRESSES = 40

/** Goes there by the Tab key alone. */
async function tabTo (page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < MAX_PRESSES; presses++) {
    await page.keyboard.press('Tab')
    if (
      await target.evaluate(
        (element) => element.ownerDocument.hasFocus() && element.ownerDocument.activeElement === element
      )
    ) { return }
  }
  throw new Error('the Tab key does not lead there')
}

browse('everything from the shop to the approval can be done with the keyboard alone', async (t, tour) => {
  const page = await tour.visit()
  await page.goto(tour.url)
  await tabTo(page, page.getByRole('button', { name: '주문하기' }).first())
  await page.keyboard.press('Enter')
  await says(page, '결제하기')
  const id = new URL(page.url()).pathname.split('/')[2] ?? ''
  await tabTo(page, page.getByLabel('신용카드'))
  await page.keyboard.press('ArrowDown')
  t.ok(await page.getByLabel('계좌이체').isChecked())
  await tabTo(page, page.getByRole('button', { name: /원 결제하기$/ }))
  await page.keyboard.press('Enter')
  const layer = layerOf(page)
  await layer.locator('#approve').waitFor()
  await tabTo(page, layer.getByLabel('계좌이체'))
  await page.keyboard.press('ArrowLeft')
  await tabTo(page, layer.getByLabel('카드사'))
  await tabTo(page, layer.getByLabel('전체 동의'))
  await page.keyboard.press('Space')
  await tabTo(page, layer.locator('#approve'))
  await page.keyboard.press('Enter')
  await ends(t, tour, page, id, { ...PAID, payment: { pay_method: 'card' } })
})

browse(
  'while the window is open the Tab key does not reach the page beneath, and Escape gives the focus back',
  async (t, tour) => {
    const page = await tour.visit()
    await page.goto(tour.url)
    await page.getByRole('button', { name: '주문하기' }).first().click()
    await says(page, '결제하기')
    await tabTo(page, page.getByRole('button', { name: /원 결제하기$/ }))
    await page.route('**/payments/complete', () => {}) // the page stays as it is, so that the focus can be seen
    await page.keyboard.press('Enter')
    await layerOf(page).locator('#approve').waitFor()
    const reached = new Set<string>()
    for (let presses = 0; presses < MAX_PRESSES; presses++) {
      await page.keyboard.press('Tab')
      reached.add(await page.evaluate<string>('document.activeElement.tagName'))
    }
    t.same(
      [...reached].filter((name) => name !== 'IFRAME' && name !== 'BODY'),
      []
    )
    await layerOf(page).getByRole('button', { name: '결제창 닫기' }).focus()
    await page.keyboard.press('Escape')
    await page.locator('iframe').waitFor({ state: 'detached' })
    t.equal(
      await page.evaluate<boolean>(
        'document.body.contains(document.activeElement) && document.querySelector("main").inert === false'
      ),
      true
    )
  }
)

browse('fields and buttons of the window have names for a screen reader', async (t, tour) => {
  const page = await tour.visit()
  await page.goto(tour.url)
  await page.getByRole('button', { name: '주문하기' }).first().click()
  await says(page, '결제하기')
  await page.getByRole('button', { name: /원 결제하기$/ }).click()
  await page.getByRole('dialog', { name: '결제창' }).waitFor()
  const tree = await layerOf(page).locator('body').ariaSnapshot()
  for (const line of [
    'button "결제창 닫기"',
    'group "결제수단"',
    'radio "신용카드" [checked]',
    'combobox "카드사"',
    'checkbox "전체 동의"',
    'button "14,000원 결제하기"',
    'combobox "거절 사유"',
  ]) {
    t.ok(tree.includes(line), line)
  }
  t.notMatch(tree, /^\s*- (button|combobox|checkbox|radio|textbox)(:|$)/m, 'none is without one')
})

browse('in the console the focus stays where the work is, or goes to what is left of it', async (t, tour) => {
  const operator = await openConsole(tour)
  const { imp_uid } = await tour.sandbox.pay({ merchant_uid: 'order_1', amount: 1000, pay_method: 'vbank' })
  await tour.sandbox.webhooksSent()
  const detail = operator.locator('#detail')
  await press(rowOf(operator, 'order_1'))
  await line(operator, 3).waitFor()
  t.ok(await hasFocus(detail), 'a payment was chosen')

  await press(button(operator, '웹훅 재발송'))
  await line(operator, 4).waitFor()
  await operator.locator('[aria-disabled]').waitFor({ state: 'detached' })
  t.ok(await hasFocus(button(operator, '웹훅 재발송')), 'a webhook was resent')

  const json = detail.locator('summary').filter({ hasText: '응답 전문' })
  await press(json)
  tour.sandbox.resendWebhook(imp_uid)
  await line(operator, 5).waitFor()
  t.ok(await hasFocus(json), 'the detail was drawn anew')
  t.ok(await detail.locator('pre').isVisible(), 'what was opened is open')

  await press(button(operator, '입금 처리'))
  await button(operator, '입금 처리').waitFor({ state: 'detached' })
  t.ok(await hasFocus(detail), 'the button is gone')
  await press(button(operator, '취소'))
  await button(operator, '취소').waitFor({ state: 'detached' })
  t.ok(await hasFocus(detail), 'the form is gone')
})

browse(
  'a message goes by itself, but not from whoever is on its button; that one gives the focus back',
  async (t, tour) => {
    const page = await tour.visit()
    await page.clock.install()
    const operator = await openConsole(tour, page)
    tour.expectTrouble(/409/)
    await operator.route('**/sandbox/pay', (route) => route.fulfill({ status: 409, json: { message: '거절' } }))
    const message = operator.getByRole('alert').filter({ hasText: '거절' })
    const amount = operator.getByLabel('금액', { exact: true })
    await press(amount)
    await message.waitFor()
    await operator.clock.fastForward(8000)
    await message.waitFor({ state: 'hidden' })

    await press(amount)
    await message.waitFor()
    const dismiss = operator.getByRole('button', { name: '알림 닫기' })
    await dismiss.focus()
    await operator.clock.fastForward(8000)
    t.ok(await message.isVisible())
    await dismiss.press('Enter')
    await message.waitFor({ state: 'hidden' })
    t.ok(await hasFocus(amount))
  })
