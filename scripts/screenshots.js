// Makes the README's pictures: the demo with some life in it, in a real browser. `npm run screenshots`
import { mkdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Database from 'libsql'
import { createSandbox } from 'fastify-iamport/sandbox'
import { devices } from 'playwright-core'
import { buildShop } from '../examples/shop/app.js'
import { createOrders } from '../examples/shop/orders.js'
import { productOf } from '../examples/shop/products.js'
import { findChromium, launchChromium } from '../test/browser/support/chromium.js'

/** Bytes: pictures of a README are loaded by everybody. */
const MAX_BYTES = 150_000
const SHOP_PORT = 3000
const SANDBOX_PORT = 4010

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url))
const chromium = findChromium()
if (chromium === undefined) throw new Error('no Chromium here: set CHROME_PATH')

const sandbox = createSandbox({ webhookUrl: `http://127.0.0.1:${SHOP_PORT}/payments/webhook` })
const iamportUrl = await sandbox.listen({ port: SANDBOX_PORT })
const db = new Database(':memory:')
const shop = await buildShop({ db, iamportUrl, portone: sandbox.portone })
const url = await shop.listen({ port: SHOP_PORT, host: '127.0.0.1' })
const orders = createOrders(db)

/**
 * An order of the shop, and a payment for it.
 * @param {string} product @param {Partial<import('fastify-iamport/sandbox').Pay>} [how]
 */
async function buy (product, how) {
  const { name = '', price = 0 } = productOf(product) ?? {}
  const id = orders.open({ name, price })
  const payment = await sandbox.pay({ merchant_uid: id, name, amount: price, buyer_name: '홍길동', ...how })
  await sandbox.webhooksSent()
  return payment
}

await buy('mug')
await buy('chair', { pay_method: 'trans' })
sandbox.deposit((await buy('mug', { pay_method: 'vbank' })).imp_uid)
await buy('postcard', { channel: 'mobile' })
await buy('mug', { amount: 100 })
const declined = await buy('postcard', { decline: '한도초과' })
await shop.iamport.complete(declined.imp_uid)
sandbox.cancel((await buy('mug')).imp_uid, { reason: '고객 변심' })
await buy('postcard', { pay_method: 'vbank' })
const chair = await buy('chair', { channel: 'mobile' })
sandbox.cancel(chair.imp_uid, { amount: 9000, reason: '배송비 환불' })
await sandbox.webhooksSent()

mkdirSync(folder, { recursive: true })
const browser = await launchChromium(chromium, ['--disable-lcd-text'])

/** @param {import('playwright-core').Page} page @param {string} name */
async function shoot (page, name) {
  const path = `${folder}${name}.png`
  await page.screenshot({ path, animations: 'disabled' })
  const { size } = statSync(path)
  console.log(`docs/pictures/${name}.png  ${Math.round(size / 1000)} kB`)
  if (size > MAX_BYTES) throw new Error(`${name}.png is larger than ${MAX_BYTES} bytes`)
}

/** @param {import('playwright-core').BrowserContextOptions} options */
const visit = async (options) => {
  const context = await browser.newContext({ locale: 'ko-KR', timezoneId: 'Asia/Seoul', ...options })
  return context.newPage()
}

const page = await visit({ viewport: { width: 1040, height: 860 } })
await page.goto(url)
await shoot(page, 'shop')

await page.locator('.products li').nth(1).getByRole('button').click()
await page.getByRole('button', { name: /원 결제하기$/ }).click()
const layer = page.frameLocator('iframe')
await layer.getByLabel('할부 기간').selectOption('3')
await layer.getByLabel('전체 동의').check()
await shoot(page, 'window')

const phone = await visit({ ...devices['Pixel 7'], viewport: { width: 360, height: 740 }, deviceScaleFactor: 1 })
await phone.goto(url)
await phone.locator('.products li').first().getByRole('button').click()
await phone.getByLabel('가상계좌').check()
await phone.getByRole('button', { name: /원 결제하기$/ }).click()
await phone.waitForURL(`${iamportUrl}/checkout/*`)
await phone.getByLabel('전체 동의').check()
await shoot(phone, 'window-phone')

const desk = await visit({ viewport: { width: 1240, height: 660 } })
await desk.goto(iamportUrl)
await desk.locator('#rows button').filter({ hasText: chair.merchant_uid }).click()
await desk.getByRole('heading', { name: '내역' }).waitFor()
await desk.getByLabel('중복 발송').check()
await desk.locator('#rows > li').nth(9).waitFor()
await shoot(desk, 'console')

await browser.close()
await shop.close()
await sandbox.close()
db.close()
