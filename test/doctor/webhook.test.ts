import { test } from 'tap'
import { openPortoneShop, WEBHOOK_SECRET } from '../support/portone-shop.js'
import { freePort } from '../support/free-port.js'
import { openShop } from '../support/shop.js'
import { html, isLookup, isToken, json, outage, refuse } from '../support/upstream.js'
import { first, run, serve, webhookOf } from './support.js'

const V1 = (url: string) => first(['--webhook', url, '--timeout-ms', '3000'])
const V2 = (url: string, secret?: string) =>
  first(['--portone-webhook', url, '--timeout-ms', '3000'], { PORTONE_WEBHOOK_SECRET: secret })

test('V1\'s webhook of a running app is known by its answer about a payment that does not exist', async (t) => {
  const shop = await openShop(t)
  const url = await webhookOf(shop.app)
  t.strictSame(await V1(url), [0, `ok     the webhook at ${url} is the plugin's, and answers`])
  t.strictSame(shop.ran(), [])
  t.match(await V1(url.replace('webhook', 'webhooks')), [1, /there is no webhook at .*webhooks \(HTTP 404\)/])
  t.match(await V2(url), [1, /is not that of V2: is it the address of the other API/])
  shop.upstream.script = (seen, response) => isLookup(seen) && outage(response)
  t.match(await V1(url), [3, /cannot reach its provider or its ledger: IAMPORT_UNAVAILABLE/])
  shop.upstream.script = (seen, response) => (isToken(seen) || isLookup(seen)) && refuse(response, 401)
  t.match(await V1(url), [1, /the app's own credentials are refused/])
})

test('an app that does not let this machine through could not be checked', async (t) => {
  const shop = await openShop(t, { webhook: { allowedAddresses: ['52.78.100.19'] } })
  t.match(await V1(await webhookOf(shop.app)), [3, /answers 403: .*allowedAddresses/])
})

test('V2\'s webhook accepts what is signed with the secret, and no lookup is made', async (t) => {
  const shop = await openPortoneShop(t)
  const url = await webhookOf(shop.app)
  t.match(await V2(url, WEBHOOK_SECRET), [0, /^ok {5}PORTONE_WEBHOOK_SECRET/])
  const { lines } = await run(['--portone-webhook', url], { PORTONE_WEBHOOK_SECRET: WEBHOOK_SECRET })
  t.match(lines[1], /^ok {5}the webhook at .* accepts what is signed/)
  t.match(await V2(url), [0, /^ok {5}the webhook at .* refuses unsigned webhooks/])
  const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
  const { code, lines: refused } = await run(['--portone-webhook', url], { PORTONE_WEBHOOK_SECRET: other })
  t.equal(code, 1)
  t.match(refused[1], /^WRONG {2}the webhook at .* refuses PORTONE_WEBHOOK_SECRET/)
  const both = await run(['--portone-webhook', url], { PORTONE_WEBHOOK_SECRET: `${other},${WEBHOOK_SECRET}` })
  t.equal(both.code, 0, 'one right signature is enough')
  t.match(await V1(url), [3, /answers 403: it is V2's/])
  t.strictSame([shop.upstream.seen, shop.calls], [[], []])
})

test('V2\'s webhook without signatures is well only where no secret is said to be set', async (t) => {
  const shop = await openPortoneShop(t, { webhookSecret: undefined })
  const url = await webhookOf(shop.app)
  t.match(await V2(url), [0, /^ok {5}the webhook at .* accepts unsigned webhooks: set webhookSecret/])
  const { code, lines } = await run(['--portone-webhook', url], { PORTONE_WEBHOOK_SECRET: WEBHOOK_SECRET })
  t.equal(code, 1)
  t.match(lines[1], /^WRONG {2}the webhook at .* accepts unsigned webhooks: the app runs without/)
  t.match(await V1(url), [1, /is not that of V1/])
})

test('what stands in the way is named as what it is', async (t) => {
  const redirecting = await serve(t, (_, response) => {
    response.writeHead(301, { location: 'https://shop.example/payments/webhook' }).end()
  })
  const page = await serve(t, (_, response) => { html(response, 200) })
  const missingPage = await serve(t, (_, response) => { html(response, 404) })
  const login = await serve(t, (_, response) => { json(response, { error: 'log in' }, 401) })
  const silent = await serve(t, () => {})
  const failing = await serve(t, (_, response) => { json(response, { error: 'no database' }, 500) })
  const long = await serve(t, (_, response) => { response.writeHead(200).end('x'.repeat(200_000)) })
  for (const check of [V1, V2]) {
    t.match(await check(`http://${redirecting}`), [1, /redirects to https:\/\/shop\.example\/payments\/webhook/])
    t.match(await check(`http://${page}`), [1, /answers with a web page \(HTTP 200\)/])
    t.match(await check(`http://${missingPage}`), [1, /answers with a web page \(HTTP 404\)/])
    t.match(await check(`http://${login}`), [1, /answers HTTP 401, which is not the plugin/])
    t.match(await check(`http://${failing}`), [1, /answers HTTP 500: the app has failed; see its log/])
    t.match(await check(`http://${long}`), [1, /answers HTTP 200, which is not the plugin/])
    t.match(await check(`https://${page}`), [1, /has no valid TLS certificate.*: \w*(SSL|EPROTO)/])
    t.match(await check(`http://127.0.0.1:${await freePort()}`), [1, /refuses connections/])
    t.match(await check('http://shop.invalid'), [/[13]/, /has no address \(DNS\)/])
  }
  t.match(await first(['--webhook', `http://${silent}`, '--timeout-ms', '50']), [1, /does not answer within 50 ms/])
})

test('a connection that is lost, and a signed message that fails, are named too', async (t) => {
  const lost = await serve(t, (request) => { request.destroy() })
  t.match(await V1(`http://${lost}`), [1, /cannot be reached: /])
  let answers = 0
  const changing = await serve(t, (request, response) => {
    if (++answers % 2 === 1) json(response, { code: 'IAMPORT_FORBIDDEN' }, 403)
    else if (answers === 2) json(response, {}, 500)
    else request.destroy()
  })
  for (const line of [/answers HTTP 500/, /cannot be reached/]) {
    const secret = { PORTONE_WEBHOOK_SECRET: WEBHOOK_SECRET }
    const { code, lines } = await run(['--portone-webhook', `http://${changing}`], secret)
    t.equal(code, 1)
    t.match(lines[1], line)
  }
})
