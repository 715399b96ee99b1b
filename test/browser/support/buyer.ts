import type { FrameLocator, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { Order } from '../../../examples/shop/orders.js'
import type { SandboxPayment } from '../../../lib/sandbox/index.js'
import type { Tour } from './browse.js'

/** The checkout window: a layer on a PC, a page of its own on a phone. */
export type Window = FrameLocator | Page

/** How every payment that went well ends. */
export const PAID = {
  headline: '결제가 완료되었습니다', text: '곧 배송을 준비하겠습니다', order: { state: 'paid', deliveries: 1 },
} as const

export const layerOf = (page: Page): FrameLocator => page.frameLocator('iframe[title="결제창"]')

/** Orders it, up to the page on which it is paid. Returns the order's number. */
export async function order (page: Page, url: string, product = 'mug'): Promise<string> {
  await page.goto(url)
  await page
    .locator('.products li')
    .filter({ has: page.locator(`[data-product="${product}"]`) })
    .getByRole('button')
    .click()
  await page.getByRole('heading', { name: '결제하기' }).waitFor()
  return new URL(page.url()).pathname.split('/')[2] ?? ''
}

export const choose = (page: Page, method: string) => page.getByLabel(method, { exact: true }).check()
export const pay = (page: Page) => page.getByRole('button', { name: /원 결제하기$/ }).click()

/** Agrees to the terms and approves. */
export async function approve (window: Window): Promise<void> {
  await window.getByLabel('전체 동의').check()
  await window.locator('#approve').click()
}

/**
 * Pays on a PC, and closes the page before it learns of it: neither the layer nor the shop tells it.
 * A page that is closed while it goes to another address may hang.
 */
export async function payAndClose (page: Page): Promise<void> {
  await page.route('**/orders/*/state', (route) => route.fulfill({ json: { isPayable: true } }))
  await pay(page)
  await layerOf(page).getByLabel(/승인 후 상점으로 돌아가지 않기/).check()
  await approve(layerOf(page))
  await page.locator('iframe').waitFor({ state: 'detached' })
  await page.close()
}

/** The webhook alone has brought the order to paid. */
export async function isPaidByWebhook (t: Test, { orders, sandbox, completions }: Tour, id: string): Promise<void> {
  await sandbox.webhooksSent()
  t.match(orders.get(id), PAID.order)
  t.match(completions, [{ source: 'webhook', status: 'paid' }])
  t.equal(completions.length, 1)
}

export const says = (page: Page, headline: string) => page.getByRole('heading', { name: headline }).waitFor()

interface End { headline: string, text?: string | RegExp, order: Partial<Order> }

/** What the page says, anywhere on it, and what the order is. */
async function endsOn (t: Test, { orders }: Tour, page: Page, id: string, { headline, text, order }: End) {
  await says(page, headline)
  if (text !== undefined) t.match(await page.locator('main').innerText(), text, `the page says ${text}`)
  t.match(orders.get(id), order, `the order is ${JSON.stringify(order)}`)
}

/** How it ends on V1, and what the provider knows. */
export async function ends (
  t: Test, tour: Tour, page: Page, id: string, expected: End & { payment?: Partial<SandboxPayment> }
): Promise<void> {
  await endsOn(t, tour, page, id, expected)
  const { payment } = expected
  if (!payment) return
  t.match(tour.sandbox.payments.ofOrder(id).at(-1), payment, `the payment is ${JSON.stringify(payment)}`)
}

/** Likewise on V2, of the newest payment: its `paymentId` is made by the server. */
export async function endsV2 (
  t: Test, tour: Tour, page: Page, id: string, expected: End & { payment: object }
): Promise<void> {
  await endsOn(t, tour, page, id, expected)
  const { payment } = expected
  t.match(tour.sandbox.v2.payments.all().at(-1), payment, `the payment is ${JSON.stringify(payment)}`)
}
