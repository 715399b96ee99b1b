import { test, type Test } from 'tap'
import { createSandbox, type SandboxOptions } from '../../lib/sandbox/index.js'
import { browserRequest } from './support/browser-request.js'
import { openSandbox } from './support/client.js'

const SHOP = 'http://localhost:3000'
const EVIL = 'http://evil.example'
const INSIDE = 'http://10.0.0.1/'
const ORDER = {
  merchant_uid: 'order_1', amount: 1000, m_redirect_url: `${SHOP}/back`, confirm_url: INSIDE, notice_url: INSIDE,
}

/** What the page's script sends. */
const formOf = (origin: string, mode = 'layer') =>
  new URLSearchParams({ request: JSON.stringify(ORDER), mode, origin, user_code: 'imp00000000' })

async function openOnNetwork (t: Test, options: SandboxOptions = {}) {
  const sandbox = createSandbox(options)
  t.teardown(() => sandbox.close())
  const { port } = new URL(await sandbox.listen({ port: 0, host: '0.0.0.0' }))
  return { sandbox, url: `http://127.0.0.1:${port}` }
}

test('on loopback the window opens for pages of loopback and of allowedHosts, and for no other', async (t) => {
  const { url, sandbox } = await openSandbox(t, { allowedHosts: ['shop.test'] })
  const opens = async (origin: string, mode?: string) =>
    (await browserRequest(`${url}/checkout`, 'POST', { origin }, formOf(origin, mode))).status
  const foreign = [
    EVIL, 'https://evil.example', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example',
    'http://evillocalhost', 'http://notshop.test', 'http://evil.shop.test', 'http://10.0.0.1:3000',
    'http://localhost;sandbox', 'ftp://localhost', 'null', '',
  ]
  for (const origin of foreign) {
    for (const mode of ['layer', 'redirect']) t.equal(await opens(origin, mode), 403, `${mode} for ${origin}`)
  }
  t.strictSame(sandbox.payments.all(), [])
  const own = [
    SHOP, 'http://127.0.0.1:3000', 'http://127.1.2.3', 'https://localhost:5173', 'http://[::1]:3000',
    'http://a.shop.localhost:3000', 'http://shop.test', 'https://shop.test:3000',
  ]
  for (const origin of own) t.equal(await opens(origin), 303, origin)
})

test('a page cannot have the window opened in the name of another', async (t) => {
  const { url, sandbox } = await openSandbox(t)
  const open = async (headers: Record<string, string>, origin: string) =>
    (await browserRequest(`${url}/checkout`, 'POST', headers, formOf(origin))).status
  const refused: Record<string, string>[] = [
    { origin: EVIL },
    { origin: 'null' },
    { origin: 'null', 'sec-fetch-site': 'same-site' },
    { origin: 'http://localhost:3001' },
    { referer: `${EVIL}/page` },
    { referer: 'http://localhost:3001/page' },
    { referer: 'nonsense' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const headers of refused) t.equal(await open(headers, SHOP), 403, JSON.stringify(headers))
  t.equal(await open({}, EVIL), 403, 'named without any header')
  t.strictSame(sandbox.payments.all(), [])
  const asBrowsersDo = { origin: SHOP, 'sec-fetch-site': 'cross-site', referer: `${SHOP}/` }
  t.equal(await open(asBrowsersDo, SHOP), 303)
  t.equal(await open({ referer: `${SHOP}/cart` }, SHOP), 303, 'an old browser')
  t.equal(await open({}, SHOP), 303, 'curl, or the shop\'s server')
})

test('the script reads the window\'s address across origins; other pages read nothing', async (t) => {
  const { url } = await openSandbox(t)
  const ask = (headers: Record<string, string>, origin: string) =>
    browserRequest(`${url}/checkout`, 'POST', { accept: 'application/json', ...headers }, formOf(origin))
  const opened = await ask({ origin: SHOP }, SHOP)
  t.match(opened, { status: 200, headers: { 'access-control-allow-origin': SHOP, vary: 'origin' } })
  const { location } = JSON.parse(opened.text)
  const window = await browserRequest(url + location, 'GET', {})
  t.match(window, { status: 200, headers: { 'content-security-policy': /frame-ancestors http:\/\/localhost:3000$/ } })
  t.equal(window.headers['access-control-allow-origin'], undefined, 'the window itself is read by nobody')
  for (const origin of [EVIL, 'null']) {
    const { status, headers } = await ask({ origin }, origin)
    t.strictSame([status, headers['access-control-allow-origin']], [403, undefined], origin)
  }
})

test('what another site\'s page sends changes nothing, whichever way it hides where it comes from', async (t) => {
  const { url, sandbox, call } = await openSandbox(t)
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'paid', amount: 1000 })
  const account = { imp_key: 'imp_key', imp_secret: 'imp_secret' }
  const { body: { response: { access_token } } } = await call('POST', '/users/getToken', account, {})
  sandbox.fault({ name: 'late_webhook', ms: 1 })
  const opened = await browserRequest(`${url}/checkout`, 'POST', { origin: SHOP }, formOf(SHOP))
  const card = { card_number: '4242424242424242', expiry: '2030-12' }
  const changes: [method: string, path: string, body?: object][] = [
    ['POST', opened.headers.location ?? '', { action: 'approve' }],
    ['POST', '/sandbox/pay', { merchant_uid: 'order_2', amount: 1000 }],
    ['POST', '/sandbox/deposit', { imp_uid }],
    ['POST', '/sandbox/expire', { imp_uid }],
    ['POST', '/sandbox/approve', { imp_uid }],
    ['POST', '/sandbox/settle', { imp_uid }],
    ['POST', '/sandbox/cancel', { imp_uid }],
    ['POST', '/sandbox/webhook', { imp_uid }],
    ['POST', '/sandbox/faults', { name: 'lost_webhook' }],
    ['DELETE', '/sandbox/faults'],
    ['DELETE', '/sandbox/faults/late_webhook'],
    ['POST', '/sandbox/scenarios', { name: 'lost_webhook' }],
    ['DELETE', '/sandbox/scenarios'],
    ['DELETE', '/sandbox/scenarios/late_webhook'],
    ['POST', '/sandbox/reset', {}],
    ['POST', '/users/getToken', account],
    ['POST', '/payments/cancel', { imp_uid }],
    ['POST', '/payments/prepare', { merchant_uid: 'order_3', amount: 1000 }],
    ['PUT', '/payments/prepare', { merchant_uid: 'order_3', amount: 1000 }],
    ['DELETE', '/vbanks/imp_1'],
    ['POST', '/subscribe/payments/onetime', { merchant_uid: 'order_4', amount: 1000, ...card }],
  ]
  const disguises: Record<string, string>[] = [
    { origin: EVIL },
    { origin: 'null' },
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
    { origin: SHOP, 'sec-fetch-site': 'same-site' },
    { referer: `${EVIL}/` },
    { 'sec-fetch-site': 'cross-site' },
    { origin: url, 'sec-fetch-site': 'cross-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  ]
  const known = () => JSON.stringify([sandbox.payments.all(), sandbox.payments.inspect(imp_uid).history])
  const before = known()
  for (const [method, path, body] of changes) {
    for (const headers of disguises) {
      const { status } = await browserRequest(url + path, method, { authorization: access_token, ...headers }, body)
      t.equal(status, 403, `${method} ${path} ${JSON.stringify(headers)}`)
    }
  }
  t.equal(known(), before)
  t.equal((await call('GET', '/payments/prepare/order_3')).status, 404)
  t.match((await browserRequest(`${url}/sandbox/faults`, 'GET', {})).text, /"active":\[\{"name":"late_webhook"/)
  const own: Record<string, string>[] = [
    {}, { origin: url }, { origin: url, 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' },
  ]
  for (const headers of own) {
    const { status } = await browserRequest(`${url}/sandbox/webhook`, 'POST', headers, { imp_uid })
    t.equal(status, 200, `the console and tools: ${JSON.stringify(headers)}`)
  }
})

test('another site\'s page neither listens to the console nor uses up a fault, but may link to it', async (t) => {
  const { url, sandbox } = await openSandbox(t)
  sandbox.fault({ name: 'error', times: 1 })
  const cross = { 'sec-fetch-site': 'cross-site' }
  const embedded: Record<string, string>[] = [
    { ...cross, 'sec-fetch-mode': 'no-cors' }, { ...cross, 'sec-fetch-mode': 'cors', origin: EVIL }, { origin: EVIL },
  ]
  const reads = [
    '/', '/console/events', '/console/payments', '/sandbox/payments', '/sandbox/faults', '/sandbox/scenarios',
    '/payments/imp_1',
  ]
  for (const path of reads) {
    for (const headers of embedded) {
      t.equal((await browserRequest(url + path, 'GET', headers)).status, 403, `${path} ${JSON.stringify(headers)}`)
    }
  }
  const read = async (path: string, headers: Record<string, string>) =>
    (await browserRequest(url + path, 'GET', headers)).status
  t.equal(await read('/console/events', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }), 200)
  t.equal(await read('/', { ...cross, 'sec-fetch-mode': 'navigate', referer: `${EVIL}/` }), 200)
  t.equal(await read('/v1/iamport.js', { ...cross, 'sec-fetch-mode': 'no-cors' }), 200, 'every page loads the script')
  t.equal(await read('/payments/imp_1', {}), 500, 'the fault is still there')
})

test('on a network it answers to addresses, localhost and allowedHosts, and opens for their pages', async (t) => {
  const { url } = await openOnNetwork(t, { allowedHosts: ['Shop.test', '[fe80::1]'] })
  const own = [
    '192.168.0.5', '127.0.0.1', '203.0.113.5', '[::1]', '[2001:db8::1]', '[fe80::1]', 'localhost',
    'sandbox.localhost', 'shop.test',
  ]
  const foreign = [
    'evil.example', 'localhost.evil.example', '192.168.0.5.evil.example', 'evil-shop.test', 'sandbox', '[evil]',
  ]
  for (const [names, called, opened] of [[own, 200, 303], [foreign, 403, 403]] as const) {
    for (const name of names) {
      for (const host of [name, `${name}:4010`]) {
        t.equal((await browserRequest(`${url}/sandbox/payments`, 'GET', { host })).status, called, `called ${host}`)
        const origin = `http://${host}`
        const answer = await browserRequest(`${url}/checkout`, 'POST', { origin }, formOf(origin))
        t.equal(answer.status, opened, `opened by ${origin}`)
      }
    }
  }
})

test('whichever way it comes to listen, it looks at who calls', async (t) => {
  const sandbox = createSandbox()
  t.teardown(() => sandbox.close())
  const port = new URL(await sandbox.app.listen({ port: 0, host: 'localhost' })).port
  for (const [host, status] of [['localhost', 200], ['evil.example', 403], ['10.0.0.1', 403]] as const) {
    const answer = await browserRequest(`http://127.0.0.1:${port}/sandbox/payments`, 'GET', { host })
    t.equal(answer.status, status, host)
  }
})
