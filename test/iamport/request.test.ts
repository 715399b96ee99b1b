import { test } from 'tap'
import { openClient } from '../support/client.js'
import { hangUp, html, isToken, json, ok, refuse } from '../support/upstream.js'

test('any endpoint is asked with the token, and answered with its response', async (t) => {
  const { client, upstream } = await openClient(t, { tier: 'T1' })
  upstream.script = (seen, response) => seen.path.startsWith('/subscribe') && ok(response, { customer_uid: 'c_1' })
  t.strictSame(await client.request('GET', '/subscribe/customers/c_1', { query: { page: 1 } }), { customer_uid: 'c_1' })
  const seen = upstream.seen.at(-1)
  t.match(seen, { method: 'GET', path: '/subscribe/customers/c_1', headers: { authorization: 'token', tier: 'T1' } })
  t.equal(seen?.query.get('page'), '1')
  await client.request('POST', '/subscribe/payments/again', { body: { customer_uid: 'c_1' } })
  t.match(upstream.seen.at(-1), {
    method: 'POST', body: '{"customer_uid":"c_1"}', headers: { 'content-type': 'application/json' },
  })
})

test('a list in the query is sent as several values', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => !isToken(seen) && ok(response, [])
  await client.request('GET', '/payments', { query: { 'imp_uid[]': ['imp_1', 'imp_2'] } })
  t.strictSame(upstream.seen.at(-1)?.query.getAll('imp_uid[]'), ['imp_1', 'imp_2'])
  await t.rejects(client.request('GET', '/payments', { query: { a: {} } }), { code: 'FST_ERR_VALIDATION' })
})

test('a response may be null, and an empty answer is undefined', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => !isToken(seen) && ok(response, null)
  t.equal(await client.request('GET', '/x'), null)
  upstream.script = (seen, response) => {
    if (isToken(seen)) return false
    response.writeHead(204).end()
    return true
  }
  t.equal(await client.request('DELETE', '/x'), undefined)
})

test('a refusal is a bad gateway with the provider\'s words, also where nothing was found', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const [status, code] of [[200, 1], [400, -1], [404, -1]] as const) {
    upstream.script = (seen, response) => !isToken(seen) && refuse(response, status, '없습니다', code)
    await t.rejects(client.request('GET', '/subscribe/customers/c_1'),
      { code: 'IAMPORT_BAD_GATEWAY', cause: { name: 'Refusal', status, providerCode: code, message: '없습니다' } })
  }
  upstream.script = (seen, response) => !isToken(seen) && html(response, 404)
  await t.rejects(client.request('GET', '/x'), { code: 'IAMPORT_BAD_GATEWAY' })
})

test('reads are retried, writes are not, and a refused token is renewed for both', async (t) => {
  const { client, upstream } = await openClient(t)
  const requests = () => upstream.seen.filter((seen) => !isToken(seen)).length
  let failures = 1
  upstream.script = (seen, response) => !isToken(seen) && (failures-- > 0 ? hangUp(response) : ok(response, 1))
  t.equal(await client.request('GET', '/x'), 1)
  t.equal(requests(), 2)
  failures = 1
  await t.rejects(client.request('POST', '/x', { body: {} }), { code: 'IAMPORT_UNAVAILABLE' })
  t.equal(requests(), 3)
  let refusals = 1
  upstream.script = (seen, response) =>
    !isToken(seen) && (refusals-- > 0 ? json(response, {}, 401) : ok(response, 2))
  t.equal(await client.request('POST', '/x', { body: {} }), 2)
  t.equal(requests(), 5)
})

test('a path that would leave the provider is refused, and nothing is sent', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const path of ['//host/x', 'https://host/x', '/../x', '/x?y=1', '/x\n']) {
    await t.rejects(client.request('GET', path), { code: 'FST_ERR_VALIDATION' })
  }
  t.equal(upstream.seen.length, 0)
})
