import type { Locator, Page } from 'playwright-core'
import type { Tour } from './browse.js'

/** A console that is connected, on a page of its own unless one is given. */
export async function openConsole ({ sandbox, visit }: Tour, page?: Page): Promise<Page> {
  const operator = page ?? await visit()
  await operator.goto(sandbox.url)
  await operator.getByText('실시간 연결됨').waitFor()
  return operator
}

export const rowOf = (page: Page, id: string): Locator => page.locator('#rows button').filter({ hasText: id })
export const button = (page: Page, name: string): Locator =>
  page.locator('#detail').getByRole('button', { name, exact: true })
/** A line of a payment's history by its number; the oldest is 1. */
export const line = (page: Page, number: number): Locator => page.locator(`.history li:nth-last-child(${number})`)

export const hasFocus = (target: Locator): Promise<boolean> =>
  target.evaluate((element) => element.ownerDocument.activeElement === element)

/** Goes there and presses the key, without any pointer. */
export async function press (target: Locator, key = 'Enter'): Promise<void> {
  await target.focus()
  await target.press(key)
}
