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

const shopUrl = `http://127.0.0.1:${SHOP_PORT}`
const sandbox = createSandbox({
  webhookUrl: `${shopUrl}/payments/webhook`, portone: { webhookUrl: `${shopUrl}/v2/payments/webhook` },
})
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

/**
 * Likewise on V2.
 * @param {string} product @param {Partial<import('fastify-iamport/sandbox').PayV2>} [how]
 */
async function buyV2 (product, how) {
  const { name = '', price = 0 } = productOf(product) ?? {}
  const paymentId = orders.addAttempt(orders.open({ name, price }))
  const customer = { fullName: '홍길동' }
  const { txId, paymentToken } = await sandbox.payV2({
    paymentId, orderName: name, totalAmount: price, customer, ...how,
  })
  await sandbox.webhooksSent()
  if (paymentToken) await shop.portone.complete(paymentId, { paymentToken, txId })
  return paymentId
}

await buy('mug')
await buy('chair', { pay_method: 'trans' })
sandbox.deposit((await buy('mug', { pay_method: 'vbank' })).imp_uid)
await buyV2('postcard', { platform: 'MOBILE' })
await buyV2('mug', { totalAmount: 100, channelKey: 'channel-key-manual' })
const declined = await buy('postcard', { decline: '한도초과' })
await shop.iamport.complete(declined.imp_uid)
sandbox.v2.cancel(await buyV2('mug'), { reason: '고객 변심' })
await buyV2('postcard', { payMethod: 'VIRTUAL_ACCOUNT' })
await buy('mug', { channel: 'mobile' })
const chair = await buyV2('chair', { platform: 'MOBILE', channelKey: 'channel-key-manual' })
sandbox.v2.cancel(chair, { amount: 9000, reason: '배송비 환불' })
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
await page.getByLabel('V2', { exact: true }).check()
await page.getByRole('button', { name: /원 결제하기$/ }).click()
const layer = page.frameLocator('iframe')
await layer.getByLabel('할부 기간').selectOption('3')
await layer.getByLabel('전체 동의').check()
await shoot(page, 'window')

const checkout = await visit({ viewport: { width: 620, height: 1170 } })
await checkout.goto(url)
await checkout.locator('.products li').nth(1).getByRole('button').click()
await checkout.getByLabel('V2', { exact: true }).check()
await checkout.getByText('실험실').click()
await checkout.getByRole('radio', { name: /수동 승인: / }).check()
await checkout.getByRole('radio', { name: /사전 등록하지 않은/ }).check()
await shoot(checkout, 'checkout')

const phone = await visit({ ...devices['Pixel 7'], viewport: { width: 360, height: 740 }, deviceScaleFactor: 1 })
await phone.goto(url)
await phone.locator('.products li').first().getByRole('button').click()
await phone.getByLabel('가상계좌').check()
await phone.getByRole('button', { name: /원 결제하기$/ }).click()
await phone.waitForURL(`${iamportUrl}/checkout/*`)
await phone.getByLabel('전체 동의').check()
await shoot(phone, 'window-phone')

const desk = await visit({ viewport: { width: 1240, height: 600 } })
await desk.goto(iamportUrl)
await desk.locator('#rows button').filter({ hasText: chair }).click()
await desk.getByRole('heading', { name: '내역' }).waitFor()
await desk.getByLabel('연결 끊김', { exact: true }).check()
await desk.locator('#rows > li').nth(9).waitFor()
await desk.evaluate('scrollTo(0, 0)') // choosing and checking have scrolled
await shoot(desk, 'console')

await browser.close()
await shop.close()
await sandbox.close()
db.close()
