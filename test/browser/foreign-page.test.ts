import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import Fastify from 'fastify'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { openSandbox } from '../sandbox/support/client.js'
import { browse } from './support/browse.js'
import { approve, layerOf } from './support/buyer.js'

const SHOWN = '결제하기'

/** A page with the sandbox's script and a button that pays, as any site serves it; its server hears of payments. */
async function openSite (t: Test, sandboxUrl: string) {
  const heard: string[] = []
  const app = Fastify()
  app.addContentTypeParser('*', (_, __, done) => done(null))
  app.post('/hook', async (request) => { heard.push(request.url) })
  app.get('/favicon.ico', (_, reply) => reply.code(204).send())
  app.get('/', (_, reply) => reply.type('text/html').header('referrer-policy', 'no-referrer').send(`<!doctype html>
<meta charset="utf-8">
<script src="${sandboxUrl}/v1/iamport.js"></script>
<button onclick="buy()">${SHOWN}</button><output></output>
<script>
  IMP.init('imp00000000')
  function buy () {
    const hook = location.origin.replace(location.hostname, '127.0.0.1') + '/hook'
    const order = {
      merchant_uid: 'order_' + Date.now(), amount: 1000, pg: 'html5_inicis', name: '의자',
      m_redirect_url: '/', notice_url: hook, confirm_url: hook
    }
    IMP.request_pay(order, (answer) => {
      document.querySelector('output').textContent = answer.success ? '결제 성공' : answer.error_msg
    })
  }
</script>`))
  t.teardown(() => app.close())
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  return { heard, at: (name: string) => `http://${name}:${port}/` }
}

/** The status of the server's next answer to a POST of `/checkout`. Browsers do not report that of every frame. */
function nextCheckout (server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.on('request', async function onRequest (request: IncomingMessage, response: ServerResponse) {
      if (request.method !== 'POST' || request.url !== '/checkout') return
      server.off('request', onRequest)
      await once(response, 'finish')
      resolve(response.statusCode)
    })
  })
}

/** Posts a form from a frame of that page, as an attacker would write it. */
async function postFrom (page: Page, sandboxUrl: string, origin: string, frameAttributes = ''): Promise<void> {
  const order = { merchant_uid: 'stolen', amount: 1000, m_redirect_url: origin, confirm_url: `${origin}/hook` }
  await page.locator('body').evaluate((body, [action, value, named, attributes]) => {
    const quoted = (text = '') => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
    const field = (name: string, text?: string) => `<input name="${name}" value="${quoted(text)}">`
    const fields = field('request', value) + field('mode', 'layer') + field('origin', named)
    const form = `<form method="post" action="${action}">${fields}</form><script>document.forms[0].submit()</script>`
    body.insertAdjacentHTML('beforeend', `<iframe ${attributes} srcdoc="${quoted(form)}"></iframe>`)
  }, [`${sandboxUrl}/checkout`, JSON.stringify(order), origin, frameAttributes])
}

browse('a page of another site gets no window, and the sandbox posts nowhere for it', async (t, tour) => {
  tour.expectTrouble(/403|CORS|Failed to load/)
  const { url, sandbox } = await openSandbox(t)
  const site = await openSite(t, url)
  const evil = site.at('evil.example')
  const page = await tour.visit()
  await page.goto(evil)
  await page.getByRole('button', { name: SHOWN }).click()
  await page.locator('output').getByText('--allow-host').waitFor()
  t.equal(await page.locator('iframe').count(), 0, 'the page is not left under a window that never came')
  const shop = 'http://127.0.0.1:3000'
  for (const [origin, frameAttributes, who] of [
    [new URL(evil).origin, '', 'in its own name'],
    [shop, '', 'in the name of a shop'],
    [shop, 'sandbox="allow-scripts allow-forms"', 'with Origin: null'],
  ] as const) {
    const status = nextCheckout(sandbox.app.server)
    await postFrom(page, url, origin, frameAttributes)
    t.equal(await status, 403, who)
  }
  t.strictSame([sandbox.payments.all(), site.heard], [[], []])
})

browse('another site\'s page can neither frame a shop\'s window nor operate the sandbox', async (t, tour) => {
  tour.expectTrouble(/403|CORS|frame-ancestors|framing|MIME type|Failed to load/i)
  const { url, sandbox } = await openSandbox(t)
  const site = await openSite(t, url)
  const shop = await tour.visit()
  await shop.goto(site.at('127.0.0.1'))
  await shop.getByRole('button', { name: SHOWN }).click()
  await layerOf(shop).locator('#approve').waitFor()
  const window = await shop.locator('iframe').getAttribute('src') ?? ''
  t.match(window, /\/checkout\/[\da-f]{32}$/)

  const page = await tour.visit()
  await page.goto(site.at('evil.example'))
  const refused = page.waitForEvent('requestfailed', (request) => request.url() === window)
  await page.locator('body').evaluate((body, src) => {
    body.insertAdjacentHTML('beforeend', `<iframe src="${src}"></iframe>`)
  }, window)
  t.equal((await refused).failure()?.errorText, 'net::ERR_BLOCKED_BY_RESPONSE')
  t.equal(await page.frameLocator('iframe').locator('#approve').count(), 0)

  const [stream, ...posts] = await page.evaluate(async ([sandboxUrl = '', id = '']) => {
    const stream = await new Promise<string>((resolve) => {
      const events = new EventSource(`${sandboxUrl}/console/events`)
      events.onopen = () => resolve('open')
      events.onerror = () => resolve('refused')
    })
    const post = (address: string, type: string, body: string) =>
      fetch(address, { method: 'POST', mode: 'no-cors', headers: { 'content-type': type }, body }).then(() => 'sent')
    return [
      stream,
      await post(`${sandboxUrl}/sandbox/pay`, 'text/plain', '{"merchant_uid":"stolen","amount":1}'),
      await post(`${sandboxUrl}/sandbox/reset`, 'text/plain', '{}'),
      await post(id, 'application/x-www-form-urlencoded', 'action=approve'),
    ]
  }, [url, window])
  t.strictSame([stream, posts], ['refused', ['sent', 'sent', 'sent']])
  t.match(sandbox.payments.all(), [{ status: 'ready' }])
  t.equal(sandbox.payments.all().length, 1)

  const rebound = await page.goto(url.replace('127.0.0.1', 'evil.example'))
  t.equal(rebound?.status(), 403, 'nor under its own name for this machine')
})

for (const name of ['127.0.0.1', 'localhost']) {
  for (const who of ['pc', 'phone'] as const) {
    browse(`a shop on ${name} that sends no referrer is paid in the window (${who})`, async (t, tour) => {
      const { url, sandbox } = await openSandbox(t)
      const site = await openSite(t, url)
      const page = await tour.visit(who)
      await page.goto(site.at(name))
      await page.getByRole('button', { name: SHOWN }).click()
      if (who === 'phone') await page.waitForURL(`${url}/checkout/*`)
      await approve(who === 'pc' ? layerOf(page) : page)
      if (who === 'pc') await page.getByText('결제 성공').waitFor()
      else await page.waitForURL(/imp_success=true/)
      await sandbox.webhooksSent()
      t.match(sandbox.payments.all(), [{ status: 'paid', amount: 1000 }])
      t.strictSame(site.heard, ['/hook', '/hook'], 'the shop was asked, and told')
    })
  }
}

browse('a shop under a name that is allowed is paid in the window', async (t, tour) => {
  const { url, sandbox } = await openSandbox(t, { allowedHosts: ['shop.example'] })
  const site = await openSite(t, url)
  const page = await tour.visit()
  await page.goto(site.at('shop.example'))
  await page.getByRole('button', { name: SHOWN }).click()
  await approve(layerOf(page))
  await page.getByText('결제 성공').waitFor()
  t.match(sandbox.payments.all(), [{ status: 'paid' }])
})
