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

export const says = (page: Page, headline: string) => page.getByRole('heading', { name: headline }).waitFor()

/** What the page says, what the order is, and what the provider knows. */
export async function ends (t: Test, { orders, sandbox }: Tour, page: Page, id: string, expected: {
  headline: string
  /** Anywhere on the page. */
  text?: string | RegExp
  order: Partial<Order>
  payment?: Partial<SandboxPayment>
}): Promise<void> {
  await says(page, expected.headline)
  if (expected.text !== undefined) {
    t.match(await page.locator('main').innerText(), expected.text, `the page says ${expected.text}`)
  }
  t.match(orders.get(id), expected.order, `the order is ${JSON.stringify(expected.order)}`)
  if (expected.payment) {
    t.match(
      sandbox.payments.ofOrder(id).at(-1),
      expected.payment,
      `the payment is ${JSON.stringify(expected.payment)}`
    )
  }
}
