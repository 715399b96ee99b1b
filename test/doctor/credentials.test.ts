import { test } from 'tap'
import { createPortone, outage as portoneOutage, refusing } from '../support/portone-upstream.js'
import { createUpstream, html, isToken, outage, refuse } from '../support/upstream.js'
import { freePort } from '../support/free-port.js'
import { first, run, serve } from './support.js'

const V1 = { IMP_KEY: 'the-key', IMP_SECRET: 'the-secret-of-v1' }
const V2 = { PORTONE_API_SECRET: 'the-secret', PORTONE_STORE_ID: 'store-1' }

test('accepted credentials of both APIs, and a right clock, end with 0', async (t) => {
  const [iamport, portone] = [await createUpstream(), await createPortone()]
  t.teardown(() => Promise.all([iamport.close(), portone.close()]))
  const urls = ['--base-url', iamport.url, '--portone-base-url', portone.url]
  const { code, lines } = await run(urls, { ...V1, ...V2, LANG: 'en_US.UTF-8' })
  t.equal(code, 0)
  t.strictSame(lines.slice(0, 3), [
    'ok     Iamport (V1): the credentials are accepted',
    'ok     PortOne (V2): the credentials are accepted',
    'ok     the clock is right (0 s off)',
  ])
  t.equal(lines.at(-2), 'All well.')
  t.ok(lines.some((line) => line.includes('redelivery is on')))
  t.strictSame(iamport.seen.map(({ method, path }) => [method, path]).slice(0, 2), [
    ['POST', '/users/getToken'], ['GET', '/payments/imp_doctor'],
  ])
  t.ok(portone.seen.every(({ method }) => method === 'GET'))
})

test('refused credentials end with 1 and name the API', async (t) => {
  const [iamport, portone] = [await createUpstream(), await createPortone()]
  t.teardown(() => Promise.all([iamport.close(), portone.close()]))
  iamport.script = (seen, response) => isToken(seen) && refuse(response, 401)
  t.strictSame(await first(['--base-url', iamport.url], V1), [
    1, 'WRONG  Iamport (V1) refuses the credentials: compare IMP_KEY, IMP_SECRET with the console',
  ])
  for (const status of [401, 403]) {
    portone.on('list', refusing(status, 'UNAUTHORIZED'))
    t.strictSame(await first(['--portone-base-url', portone.url], V2), [
      1,
      'WRONG  PortOne (V2) refuses the credentials: compare PORTONE_API_SECRET, PORTONE_STORE_ID with the console',
    ], String(status))
  }
})

test('an outage ends with 3: nothing is known to be wrong', async (t) => {
  const [iamport, portone] = [await createUpstream(), await createPortone()]
  t.teardown(() => Promise.all([iamport.close(), portone.close()]))
  iamport.script = (_, response) => outage(response)
  portone.on('list', portoneOutage())
  t.match(await first(['--base-url', iamport.url], V1), [3, /^\? {6}Iamport \(V1\) cannot be reached, or fails/])
  t.match(await first(['--portone-base-url', portone.url], V2), [3, /^\? {6}PortOne \(V2\) cannot be reached/])
  const nobody = `http://127.0.0.1:${await freePort()}`
  const { code, lines } = await run(['--base-url', nobody, '--timeout-ms', '500'], V1)
  t.equal(code, 3)
  t.match(lines, [/^\? {6}Iamport/, /^$/], 'and nothing about the clock')
})

test('an address that is not the API\'s ends with 1', async (t) => {
  const address = await serve(t, (_, response) => { html(response, 200) })
  t.match(await first(['--base-url', `http://${address}`], V1), [1, /is its base URL right/])
  t.match(await first(['--portone-base-url', `http://${address}`], V2), [1, /is its base URL right/])
})

test('what is missing, empty or cut is named, and never printed', async (t) => {
  const upstream = await createUpstream()
  t.teardown(() => upstream.close())
  for (const [env, line] of [
    [{ IMP_KEY: 'the-key' }, 'WRONG  IMP_SECRET is not set'],
    [{ ...V1, IMP_KEY: '' }, 'WRONG  IMP_KEY is not set'],
    [{ PORTONE_STORE_ID: 'store-1' }, 'WRONG  PORTONE_API_SECRET is not set'],
    [{ ...V1, IMP_SECRET: 'the-secret-of-v1\n' }, 'WRONG  IMP_SECRET has a space or a line break: set it again'],
    [{ ...V2, PORTONE_STORE_ID: 'channel-key-1' }, /^WRONG {2}PORTONE_STORE_ID does not begin with store-/],
  ] as const) {
    const { code, out, lines } = await run(['--base-url', upstream.url, '--portone-base-url', upstream.url], env)
    t.equal(code, 1)
    t.match(lines[0], line)
    t.notMatch(out, /the-secret|the-key|channel-key-1/)
  }
  t.equal(upstream.count('POST', /getToken/), 0)
})

test('the form of the webhook secrets is checked, all of them', async (t) => {
  const good = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
  t.strictSame(await first(['--ledger', 'none.js'], { PORTONE_WEBHOOK_SECRET: `${good},${good}` }), [
    1, 'ok     PORTONE_WEBHOOK_SECRET has the right form',
  ])
  for (const cut of ['short', 'whsec_AQEBAQEB', 'whsec_', `${good},`, 'not base64!']) {
    const { code, out } = await run(['--ledger', 'none.js'], { PORTONE_WEBHOOK_SECRET: cut })
    t.equal(code, 1)
    t.match(out, /^WRONG {2}PORTONE_WEBHOOK_SECRET is cut off, or is no secret: copy all of it/)
    t.notOk(cut.length > 6 && out.includes(cut), cut)
  }
})

test('a clock that is more than a minute off is wrong, in either direction', async (t) => {
  let offMs = 0
  const address = await serve(t, (_, response) => {
    response.setHeader('date', new Date(Date.now() + offMs).toUTCString())
    refuse(response, 401)
  })
  const clock = async () => (await run(['--base-url', `http://${address}`], V1)).lines[1]
  for (offMs of [-58_000, 58_000]) t.match(await clock(), /^ok {5}the clock is right \(\d+ s off\)/)
  for (offMs of [-63_000, 63_000]) t.match(await clock(), /^WRONG {2}the clock is 6\d s off.*NTP/)
})
