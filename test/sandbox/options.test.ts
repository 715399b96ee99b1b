import { Readable } from 'node:stream'
import { fetch as fetchWith, request } from 'undici'
import { test } from 'tap'
import Fastify from 'fastify'
import { createSandbox, injectDispatcher, type SandboxOptions } from '../../lib/sandbox/index.js'

test('an unknown option, or one of the wrong type, is refused by its name', async (t) => {
  const wrong: Record<string, unknown>[] = [
    { impkey: 'x' },
    { impKey: '' },
    { impSecret: 1 },
    { webhookUrl: 'ftp://x' },
    { webhookFormat: 'xml' },
    { maxPayments: 0 },
    { webhookResend: { times: 6 } },
    { clock: 1 },
    { random: 'x' },
    { dispatcher: {} },
    { allowedHosts: 'shop.test' },
    { allowedHosts: [''] },
    { allowedHosts: ['http://shop.test'] },
    { allowedHosts: ['shop.test:3000'] },
  ]
  for (const options of wrong) {
    const [name = ''] = Object.keys(options)
    t.throws(
      () => createSandbox(options as SandboxOptions),
      { code: 'SANDBOX_INVALID_ARGUMENT', message: new RegExp(name) },
      name
    )
  }
})

test('what is refused says in words what is expected, and never the value', async (t) => {
  for (const [options, message] of [
    [{ webhookUrl: 'shop.test' }, 'option webhookUrl: expected an address that begins with http:// or https://'],
    [{ webhookFormat: 'xml' }, 'option webhookFormat: expected json or form'],
    [{ allowedHosts: ['shop.test:3000'] }, 'option allowedHosts.0: expected a host name without scheme and port'],
    [{ lang: 'fr' }, 'option lang: expected ko or en'],
    [{ portone: { webhookUrl: 1 } },
      'option portone.webhookUrl: expected an address that begins with http:// or https://'],
    [{ portone: { webhookVersion: '2023' } }, 'option portone.webhookVersion: expected 2024-04-25 or 2024-01-01'],
    [{ portone: { webhookFormat: 'xml' } }, 'option portone.webhookFormat: expected json or form'],
    [{ portone: { webhookSecret: ['whsec_abc'] } },
      'option portone.webhookSecret: expected whsec_ and the base64 of at least 16 bytes, or an array of such secrets'],
  ] as const) {
    const expected = { code: 'SANDBOX_INVALID_ARGUMENT', message }
    t.throws(() => createSandbox(options as unknown as SandboxOptions), expected, message)
  }
})

test('in production it starts with allowProduction alone, and otherwise says so', async (t) => {
  const restore = t.intercept(process, 'env', { value: { ...process.env, NODE_ENV: 'production' } })
  t.teardown(() => restore.restore())
  const refused = { code: 'SANDBOX_IN_PRODUCTION', message: /allowProduction \(--allow-production\)$/ }
  t.throws(() => createSandbox(), refused)
  t.throws(() => createSandbox({ allowProduction: false }), refused)
  await createSandbox({ allowProduction: true }).close()
})

test('without any socket, merchant and sandbox call each other in the same process', async (t) => {
  const shop = Fastify()
  const received: unknown[] = []
  shop.post('/hook', async (request) => { received.push(request.body) })
  const sandbox = createSandbox({ webhookUrl: 'http://shop.test/hook', dispatcher: injectDispatcher(shop) })
  t.teardown(() => Promise.all([sandbox.close(), shop.close()]))
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  await sandbox.webhooksSent()
  t.match(received, [{ imp_uid, status: 'paid' }])

  const { dispatcher } = sandbox
  const token = await request('https://api.iamport.kr/users/getToken', {
    method: 'POST',
    dispatcher,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ imp_key: 'imp_key', imp_secret: 'imp_secret' }),
  })
  const { response } = (await token.body.json()) as { response: { access_token: string } }
  const lookup = await request(`https://api.iamport.kr/payments/${imp_uid}`, {
    dispatcher,
    headers: { authorization: response.access_token },
  })
  t.match(await lookup.body.json(), { code: 0, response: { imp_uid } })
  await t.rejects(request('https://api.iamport.kr/payments/x', { dispatcher, signal: AbortSignal.abort() }))
  sandbox.fault({ name: 'disconnect' })
  await t.rejects(request('https://api.iamport.kr/payments/x', { dispatcher }))
})

test('fetch and streams pass through the dispatcher too', async (t) => {
  const sandbox = createSandbox()
  t.teardown(() => sandbox.close())
  const { dispatcher } = sandbox
  const url = 'https://api.iamport.kr/users/getToken'
  const body = JSON.stringify({ imp_key: 'imp_key', imp_secret: 'imp_secret' })
  const headers = { 'content-type': 'application/json' }
  const fetched = await fetchWith(url, { method: 'POST', headers, body, dispatcher })
  t.match(await fetched.json(), { code: 0, response: { access_token: String } })
  for (const each of [Readable.from([body]), Buffer.from(body), new Uint8Array(Buffer.from(body))]) {
    const answer = await request(url, {
      method: 'POST',
      headers: Object.entries(headers).flat(),
      body: each,
      dispatcher,
    })
    t.equal(answer.statusCode, 200)
  }
  await dispatcher.close()
  await dispatcher.destroy()
})

test('the oldest payments are forgotten beyond maxPayments', async (t) => {
  const sandbox = createSandbox({ maxPayments: 2 })
  t.teardown(() => sandbox.close())
  for (const order of ['a', 'b', 'c']) await sandbox.pay({ merchant_uid: order, amount: 1 })
  t.strictSame(sandbox.payments.all().map((one) => one.merchant_uid), ['b', 'c'])
  t.strictSame(sandbox.payments.ofOrder('a'), [])
  sandbox.reset()
  t.strictSame(sandbox.payments.all(), [])
})

test('payments are made in a test channel where that is set, for all or for some', async (t) => {
  const sandbox = createSandbox({ testChannel: true })
  t.teardown(() => sandbox.close())
  t.equal((await sandbox.pay({ merchant_uid: 'a', amount: 1 })).sandbox, true)
  t.equal((await sandbox.pay({ merchant_uid: 'b', amount: 1, sandbox: false })).sandbox, false)
})
