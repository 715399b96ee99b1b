import { gzipSync } from 'node:zlib'
import type { ServerResponse } from 'node:http'
import { test } from 'tap'
import { lookUpTogether, openClient } from '../support/client.js'
import { html, idsOf, isBatch, isLookup, json, ok, payment, refuse } from '../support/upstream.js'

const raw = (response: ServerResponse, text: string | Buffer, status = 200, headers: Record<string, string> = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  return true
}
const envelope = (response: unknown) => JSON.stringify({ code: 0, message: null, response })

const UNUSABLE: Record<string, (response: ServerResponse) => boolean> = {
  'an HTML page': (response) => html(response, 200),
  'an HTML page with 404': (response) => html(response, 404),
  'an HTML page with 403': (response) => html(response, 403),
  'an empty body': (response) => raw(response, ''),
  'an empty body with 404': (response) => raw(response, '', 404),
  'an array with 404': (response) => raw(response, '[]', 404),
  '204 without a body': (response) => { response.writeHead(204).end(); return true },
  'half a JSON text': (response) => raw(response, '{"code":0,"response":{"imp_uid":"imp_'),
  'JSON behind a byte order mark': (response) => raw(response, `\ufeff${envelope(payment())}`),
  'a gzipped body that nobody asked for': (response) => raw(response, gzipSync(envelope(payment())), 200, {
    'content-encoding': 'gzip',
  }),
  'a bare array': (response) => raw(response, '[]'),
  'a bare null': (response) => raw(response, 'null'),
  'a bare text': (response) => raw(response, '"paid"'),
  'a bare payment without envelope': (response) => raw(response, JSON.stringify(payment())),
  'code 1 with HTTP 200': (response) => json(response, { code: 1, message: 'no', response: null }),
  'code 1 with HTTP 200, and a paid payment': (response) => json(response, {
    code: 1, message: 'no', response: payment(),
  }),
  'code -1 with HTTP 200': (response) => json(response, { code: -1, response: payment() }),
  'a code that is text': (response) => json(response, { code: '0', response: payment() }),
  'a code that is true': (response) => json(response, { code: true, response: payment() }),
  'no code': (response) => json(response, { response: payment() }),
  'a code that cannot be made text': (response) => json(response, {
    code: { toString: 1, valueOf: 1 }, response: payment(),
  }),
  'a null response': (response) => ok(response, null),
  'no response': (response) => json(response, { code: 0, message: null }),
  'text as response': (response) => ok(response, 'paid'),
  'a redirect': (response) => raw(response, '', 301, { location: 'http://127.0.0.1:1/' }),
  'a redirect with a payment': (response) => raw(response, envelope(payment()), 302, { location: '/' }),
  '400 with a payment': (response) => raw(response, envelope(payment()), 400),
  '418 with a payment': (response) => raw(response, envelope(payment()), 418),
  'another payment': (response) => ok(response, payment({ imp_uid: 'imp_2' })),
}

for (const [what, answer] of Object.entries(UNUSABLE)) {
  test(`${what} is a bad gateway, and not asked for again`, async (t) => {
    const { client, upstream } = await openClient(t)
    upstream.script = (seen, response) => isLookup(seen) && answer(response)
    await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_BAD_GATEWAY', statusCode: 502 })
    t.equal(upstream.lookups(), 1)
  })

  test(`after ${what} to a batch each is looked up alone, and if one gets it again, only that one fails`, async (t) => {
    const { client, upstream } = await openClient(t, {}, [payment(), payment({ imp_uid: 'imp_2' })])
    upstream.script = (seen, response) => idsOf(seen).includes('imp_1') && answer(response)
    const [odd, other] = await Promise.allSettled(lookUpTogether(client, ['imp_1', 'imp_2']))
    t.match(odd, { reason: { code: 'IAMPORT_BAD_GATEWAY', statusCode: 502 } })
    t.match(other, { value: { imp_uid: 'imp_2' } })
    t.strictSame(upstream.batches(), [['imp_1', 'imp_2']])
    t.equal(upstream.lookups(), 4)
  })
}

test('an array as response is a bad gateway where one payment was asked for', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => isLookup(seen) && ok(response, [payment()])
  await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_BAD_GATEWAY' })
})

const WRONG_FIELDS: Record<string, unknown[]> = {
  imp_uid: [undefined, null, '', 1],
  merchant_uid: [undefined, null, 1, {}],
  status: [undefined, null, 1, {}],
  amount: [undefined, null, '14000', -1, true, { valueOf: 1 }],
  cancel_amount: [undefined, null, '0', -1],
  currency: [undefined, null, '', 410],
  sandbox: ['false', 0, 1, {}],
  paid_at: ['1790000000', true],
  customer_uid_usage: [1, {}],
  pay_method: [1],
  vbank_num: [1, {}],
  cancel_history: ['', {}, [null], [{}], [{ amount: '1' }], [{ amount: -1 }], [{ amount: 1, cancellation_id: 1 }]],
}

for (const [field, values] of Object.entries(WRONG_FIELDS)) {
  test(`a payment whose ${field} is not of its type is a bad gateway`, async (t) => {
    const { client, upstream } = await openClient(t)
    for (const value of values) {
      upstream.script = (seen, response) => isLookup(seen) && ok(response, { ...payment(), [field]: value })
      await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_BAD_GATEWAY' }, JSON.stringify(value))
    }
  })

  test(`a payment of a batch whose ${field} is not of its type is looked up alone, the others are not`, async (t) => {
    const other = payment({ imp_uid: 'imp_2' })
    const { client, upstream } = await openClient(t, {}, [payment({ name: 'alone' })])
    for (const value of values) {
      const before = upstream.seen.length
      upstream.script = (seen, response) => isBatch(seen) && ok(response, [{ ...payment(), [field]: value }, other])
      const payments = await Promise.all(lookUpTogether(client, ['imp_1', 'imp_2']))
      t.match(payments, [{ imp_uid: 'imp_1', name: 'alone' }, { imp_uid: 'imp_2' }], JSON.stringify(value))
      const asked = upstream.seen.slice(before).flatMap((seen) => isLookup(seen) ? idsOf(seen) : [])
      t.strictSame(asked, ['imp_1'], JSON.stringify(value))
    }
  })
}

test('amounts that JSON can write and no computer can hold are a bad gateway', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const amount of ['1e999', '-1e999', 'NaN', 'Infinity']) {
    const text = envelope(payment()).replace('"amount":14000', `"amount":${amount}`)
    upstream.script = (seen, response) => isLookup(seen) && raw(response, text)
    await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_BAD_GATEWAY' }, amount)
  }
})

test('whatever else a payment holds, or holds not, is taken as it is', async (t) => {
  const { client, upstream } = await openClient(t)
  const bare = { imp_uid: 'imp_1', merchant_uid: '', status: 'paid', amount: 14000, cancel_amount: 0, currency: 'KRW' }
  for (const more of [
    {}, { new_field: { deep: [1] } },
    { card_quota: 'three', buyer_name: 7, escrow: null, vbank_date: 'soon', cancel_receipt_urls: {} },
    { sandbox: null, paid_at: null, cancel_history: null, cancel_reason: null },
    { pay_method: 'quantum', channel: 'fridge' },
  ]) {
    upstream.script = (seen, response) => isLookup(seen) && ok(response, { ...bare, ...more })
    t.strictSame(await client.getPayment('imp_1'), { ...bare, ...more })
  }
})

test('an answer may be of HTTP 200, 201 or 207', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const status of [200, 201, 207]) {
    upstream.script = (seen, response) => isLookup(seen) && raw(response, envelope(payment()), status)
    t.match(await client.getPayment('imp_1'), { imp_uid: 'imp_1' })
  }
})

test('early hints before the answer do not count', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => {
    if (isLookup(seen)) response.writeEarlyHints({ link: '</a>; rel=preload' })
    if (isLookup(seen)) response.writeProcessing()
    return false
  }
  t.match(await client.getPayment('imp_1'), { status: 'paid' })
})

test('a payment cut within a character is put together again', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => {
    if (!isLookup(seen)) return false
    const bytes = Buffer.from(envelope(payment({ name: '한글 상품' })))
    const middle = bytes.indexOf(Buffer.from('글')) + 1
    response.writeHead(200).write(bytes.subarray(0, middle))
    setImmediate(() => response.end(bytes.subarray(middle)))
    return true
  }
  t.match(await client.getPayment('imp_1'), { name: '한글 상품' })
})

test('404 with the provider\'s envelope is an unknown payment, with its words as cause', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => isLookup(seen) && refuse(response, 404, '존재하지 않는 결제정보입니다.')
  await t.rejects(client.getPayment('imp_1'), {
    code: 'IAMPORT_PAYMENT_NOT_FOUND',
    statusCode: 404,
    cause: { message: '존재하지 않는 결제정보입니다.', status: 404, providerCode: -1 }
  })
})

test('the message of a bad gateway stays small, whatever the provider wrote', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => isLookup(seen) && json(response, { code: 'x'.repeat(100_000), response: null })
  const error: unknown = await client.getPayment('imp_1').catch((error) => error)
  t.match(error, { code: 'IAMPORT_BAD_GATEWAY' })
  t.ok(error instanceof Error && error.message.length < 1000)
})
