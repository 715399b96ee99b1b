import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import type { Sandbox } from '../../../lib/sandbox/index.js'
import { portoneOrder } from '../../support/portone-order.js'

/** A shop's page of its own origin, which shows what `PortOne.requestPayment` resolves to. */
export interface V2Page {
  url: string
  /** What came back by a redirect, oldest first. */
  returned: Record<string, string>[]
}

/** How a page comes by the script. */
export type Loading = 'script' | 'module'

const load = (loading: Loading, base: string) => loading === 'script'
  ? `<script src="${base}/v2/browser-sdk.js"></script><script>window.ready = Promise.resolve(window.PortOne)</script>`
  : `<script type="module">
import * as PortOne from '${base}/v2/browser-sdk.esm.js'
window.PortOneModule = PortOne
</script><script>window.ready = new Promise((resolve) => {
  document.addEventListener('DOMContentLoaded', () => resolve(window.PortOneModule))
})</script>`

export async function openV2Page (
  t: Test, { portone }: Sandbox, { loading = 'script', request = {} }: { loading?: Loading, request?: object } = {}
): Promise<V2Page> {
  const page: V2Page = { url: '', returned: [] }
  const given = () => ({
    ...portoneOrder(portone.storeId),
    redirectUrl: `${page.url}/back`,
    ...request,
  })
  const server = createServer((incoming, response) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://shop.test')
    if (pathname === '/favicon.ico') return response.writeHead(204).end()
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'referrer-policy': 'no-referrer' })
    if (pathname === '/back') {
      page.returned.push(Object.fromEntries(searchParams))
      return response.end('<!doctype html><h1>돌아옴</h1>')
    }
    return response.end(`<!doctype html><html lang="ko"><head><title>상점</title>${load(loading, portone.baseUrl)}</head>
<body><button id="pay">결제하기</button><output id="result"></output><script>
document.getElementById('pay').addEventListener('click', async () => {
  const PortOne = await window.ready
  const answer = await PortOne.requestPayment(${JSON.stringify(given())})
  document.getElementById('result').textContent = JSON.stringify(answer ?? null)
})
</script></body></html>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  page.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return page
}

/** What the page's call has resolved to. */
export async function resultOf (page: Page): Promise<Record<string, string>> {
  const result = page.locator('#result:not(:empty)')
  await result.waitFor()
  return JSON.parse(await result.textContent() ?? '')
}
