import { test } from 'tap'
import { openPortone } from '../support/portone-client.js'
import { hangUp, refusing, type Reply } from '../support/portone-upstream.js'
import { html, json } from '../support/upstream.js'

const answering = (value: unknown, status = 200): Reply => (response) => json(response, value, status)

test('any endpoint is asked with the secret, and without a store that is not given', async (t) => {
  const { client, upstream } = await openPortone(t)
  upstream.on('other', answering({ billingKey: 'b' }))
  t.strictSame(await client.request('GET', '/billing-keys/b'), { billingKey: 'b' })
  t.match(upstream.seen, [{ method: 'GET', path: '/billing-keys/b', headers: { authorization: 'PortOne the-secret' } }])
  t.equal(upstream.seen[0]?.query.size, 0)
  t.notOk(upstream.seen[0]?.headers['idempotency-key'])
})

test('objects in the query become JSON text', async (t) => {
  const { client, upstream } = await openPortone(t)
  upstream.on('other', answering({ items: [] }))
  const requestBody = { page: { number: 0, size: 10 }, filter: { storeId: '가 &', list: [1] } }
  const since = new Date('2026-07-01T00:00:00Z')
  await client.request('GET', '/payment-schedules', {
    query: { requestBody, storeId: 'store-1', isTest: true, n: 1, none: undefined, list: ['a'], since },
  })
  const [seen] = upstream.seen
  t.strictSame(Object.fromEntries(seen?.query ?? []), {
    requestBody: JSON.stringify(requestBody),
    storeId: 'store-1',
    isTest: 'true',
    n: '1',
    list: '["a"]',
    since: since.toISOString(),
  })
  for (const query of [{ a: null }, { a: new Date(NaN) }, { a: { b: NaN } }]) {
    await t.rejects(client.request('GET', '/x', { query }), { code: 'FST_ERR_VALIDATION' })
  }
})

test('writes carry JSON and an Idempotency-Key, fresh or the caller\'s', async (t) => {
  const { client, upstream } = await openPortone(t)
  upstream.on('other', answering({}))
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    await client.request(method, '/x', { body: { a: 1 } })
    t.match(upstream.seen.at(-1), {
      method, body: '{"a":1}', headers: { 'content-type': 'application/json', 'idempotency-key': /^"[0-9a-f-]{36}"$/ },
    })
  }
  await client.request('DELETE', '/x', { idempotencyKey: 'a-key-of-the-caller' })
  t.match(upstream.seen.at(-1), { body: '', headers: { 'idempotency-key': '"a-key-of-the-caller"' } })
  t.notOk(upstream.seen.at(-1)?.headers['content-type'])
})

test('an answer is its JSON, whatever that is, and an empty one undefined', async (t) => {
  const { client, upstream } = await openPortone(t)
  for (const value of [{ a: 1 }, [1], 'text', 7, null, true]) {
    upstream.on('other', answering(value))
    t.strictSame(await client.request('GET', '/x'), value)
  }
  for (const status of [200, 204]) {
    upstream.on('other', (response) => { response.writeHead(status).end(); return true })
    t.equal(await client.request('DELETE', '/x'), undefined)
  }
  upstream.on('other', (response) => html(response, 200))
  await t.rejects(client.request('GET', '/x'), { code: 'IAMPORT_BAD_GATEWAY' })
})

test('a refusal is a bad gateway with the provider\'s type and status', async (t) => {
  const { client, upstream } = await openPortone(t)
  for (const [status, type] of [
    [400, 'INVALID_REQUEST'], [404, 'BILLING_KEY_NOT_FOUND'], [409, 'BILLING_KEY_ALREADY_DELETED'],
    [502, 'PG_PROVIDER'],
  ] as const) {
    upstream.on('other', refusing(status, type))
    await t.rejects(client.request('POST', '/x', { body: {} }),
      { code: 'IAMPORT_BAD_GATEWAY', cause: { name: 'Refusal', status, type, message: '거절되었습니다.' } })
  }
  t.equal(upstream.seen.length, 4)
})

test('so is that of the PG to a read, which is no outage and not tried again', async (t) => {
  const { client, upstream } = await openPortone(t)
  upstream.on('other', refusing(502, 'PG_PROVIDER', { pgCode: '9' }))
  await t.rejects(client.request('GET', '/x'),
    { code: 'IAMPORT_BAD_GATEWAY', cause: { name: 'Refusal', status: 502, type: 'PG_PROVIDER' } })
  t.equal(upstream.seen.length, 1)
  upstream.on('other', refusing(503, 'PG_PROVIDER'))
  await t.rejects(client.request('GET', '/x'), { code: 'IAMPORT_UNAVAILABLE' }, 'with any other status it is one')
  t.equal(upstream.seen.length, 5)
})

test('reads are retried, writes are not', async (t) => {
  const { client, upstream } = await openPortone(t)
  upstream.once('other', hangUp)
  upstream.on('other', answering({}))
  t.strictSame(await client.request('GET', '/x'), {})
  t.equal(upstream.seen.length, 2)
  upstream.on('other', hangUp)
  await t.rejects(client.request('POST', '/x'), { code: 'IAMPORT_UNAVAILABLE' })
  t.equal(upstream.seen.length, 3)
})

test('a path that would leave the provider, or the endpoint that it names, is refused', async (t) => {
  const { client, upstream } = await openPortone(t)
  for (const path of ['//host/x', 'https://host/x', '/../x', '/x?y=1', '/x\r\ny: z', '']) {
    await t.rejects(client.request('GET', path), { code: 'FST_ERR_VALIDATION' })
  }
  t.equal(upstream.seen.length, 0)
})
