import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { findChromium, launchChromium } from '../browser/support/chromium.js'

/** @typedef {import('../../lib/sandbox/index.js').Sandbox} Sandbox */

const SDK = readFileSync(createRequire(import.meta.url).resolve('@portone/browser-sdk/v2').replace(/\.cjs$/, '.js'))

/** A shop that has `@portone/browser-sdk` from npm; only the address of the script that it loads is changed. @param {Sandbox} sandbox */
const pageFor = ({ portone }) => `<!doctype html><html lang="ko"><title>shop</title><body><output></output>
<script type="module">
import PortOne, { __INTERNAL__setPortOneSdkUrl as setUrl } from '/sdk.js'
setUrl('${portone.baseUrl}/v2/browser-sdk.js')
const answer = await PortOne.requestPayment({
  storeId: '${portone.storeId}', channelKey: 'channel-key-live', paymentId: 'browser-sdk', orderName: 'an order',
  totalAmount: 1004, currency: 'CURRENCY_KRW', payMethod: 'CARD', redirectUrl: location.origin + '/back',
})
document.querySelector('output').textContent = JSON.stringify(answer)
</script></body></html>`

/**
 * `@portone/browser-sdk` in a real browser.
 * @param {Sandbox} sandbox @returns {Promise<'no browser' | void>}
 */
export async function checkBrowserSdk (sandbox) {
  const chromium = findChromium()
  if (chromium === undefined) {
    assert.ok(!process.env.CI, 'there is no Chromium')
    return 'no browser'
  }
  const server = createServer((request, response) => {
    if (request.url === '/sdk.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(SDK)
    if (request.url !== '/') return response.writeHead(204).end()
    return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(pageFor(sandbox))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address && typeof address === 'object')
  const browser = await launchChromium(chromium)
  try {
    const page = await browser.newPage({ locale: 'ko-KR' })
    await page.goto(`http://127.0.0.1:${address.port}/`)
    const layer = page.frameLocator('iframe[title="결제창"]')
    await layer.getByLabel('전체 동의').check()
    await layer.locator('#approve').click()
    const output = page.locator('output:not(:empty)')
    await output.waitFor()
    const answer = JSON.parse(await output.textContent() ?? '')
    const payment = sandbox.v2.payments.get('browser-sdk')
    assert.deepEqual(answer, { transactionType: 'PAYMENT', paymentId: 'browser-sdk', txId: payment?.transactionId })
    assert.equal(payment?.status, 'PAID')
  } finally {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
}
