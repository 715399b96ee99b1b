import { test } from 'tap'
import { openShop } from '../support/shop.js'
import { payment } from '../support/upstream.js'

const INVALID: Record<string, unknown> = {
  'no imp_uid': {},
  null: { imp_uid: null },
  'an empty text': { imp_uid: '' },
  'a number': { imp_uid: 1 },
  true: { imp_uid: true },
  'an array of one': { imp_uid: ['imp_1'] },
  'an array of two': { imp_uid: ['imp_1', 'imp_2'] },
  'an object': { imp_uid: { toString: 'imp_1' } },
  'a path upwards': { imp_uid: '../users/getToken' },
  'a path': { imp_uid: 'imp_1/cancel' },
  'a query': { imp_uid: 'imp_1?x=1' },
  'a fragment': { imp_uid: 'imp_1#' },
  'a percent sign': { imp_uid: 'imp%5f1' },
  'a dot': { imp_uid: 'imp.1' },
  'a space': { imp_uid: 'imp 1' },
  'a line end behind it': { imp_uid: 'imp_1\n' },
  'a zero byte': { imp_uid: 'imp_1\u0000' },
  hangul: { imp_uid: '결제_1' },
  'letters that only look the same': { imp_uid: 'ｉmp_1' },
  'a lone surrogate': { imp_uid: '\ud800' },
  '65 characters': { imp_uid: 'a'.repeat(65) },
  '10 kB': { imp_uid: 'a'.repeat(10_000) },
  'an array as body': [{ imp_uid: 'imp_1' }],
  'text as body': 'imp_1',
  'null as body': null,
  'a number as body': 1,
}

for (const [what, body] of Object.entries(INVALID)) {
  test(`${what} is refused before anything is asked, and not repeated`, async (t) => {
    const shop = await openShop(t)
    for (const url of ['/payments/complete', '/payments/webhook']) {
      const reply = await shop.post(body, url)
      t.equal(reply.statusCode, 400)
      t.match(reply.json(), { statusCode: 400, code: 'FST_ERR_VALIDATION', error: 'Bad Request' })
      t.ok(reply.payload.length < 1000)
    }
    t.equal(shop.upstream.seen.length, 0)
  })
}

test('forms that name no single imp_uid are refused', async (t) => {
  const shop = await openShop(t)
  for (const form of [
    '', 'imp_uid', 'imp_uid=', 'imp_uid=imp_1&imp_uid=imp_2', 'imp_uid=imp_1&imp_uid=imp_1', 'imp_uid%5B%5D=imp_1',
    'imp_uid[]=imp_1', 'imp_uid[0]=imp_1', 'IMP_UID=imp_1', 'merchant_uid=order_1', 'imp_uid=imp%2F1', 'imp_uid=%00',
    'imp_uid=%zz', '__proto__[imp_uid]=imp_1', '__proto__=imp_1',
  ]) {
    for (const url of ['/payments/complete', '/payments/webhook']) {
      const reply = await shop.form(form, url)
      t.equal(reply.statusCode, 400, form)
      t.equal(reply.json().code, 'FST_ERR_VALIDATION', form)
    }
  }
  t.equal(shop.upstream.seen.length, 0)
})

test('an imp_uid of 1 and of 64 characters is taken', async (t) => {
  const ids = ['a', 'Az09_-', 'a'.repeat(63), 'a'.repeat(64)]
  const shop = await openShop(t, {}, ids.map((imp_uid) => payment({ imp_uid })))
  for (const imp_uid of ids) t.match((await shop.post({ imp_uid })).json(), { status: 'paid', imp_uid })
})

test('a merchant_uid that is no text is refused', async (t) => {
  const shop = await openShop(t)
  for (const merchant_uid of [{}, [], ['order_1'], true, false]) {
    t.match((await shop.post({ imp_uid: 'imp_1', merchant_uid })).json(), {
      statusCode: 400, code: 'FST_ERR_VALIDATION',
    })
  }
  t.match((await shop.form('imp_uid=imp_1&merchant_uid=order_1&merchant_uid=order_2')).json(), {
    code: 'FST_ERR_VALIDATION',
  })
  t.equal(shop.upstream.seen.length, 0)
})

test('a body that is neither JSON nor a form is refused as such', async (t) => {
  const shop = await openShop(t)
  for (const [type, payload] of [
    ['application/xml', '<imp_uid>imp_1</imp_uid>'], ['multipart/form-data; boundary=x', '--x--'],
    ['application/octet-stream', 'imp_1'], ['nonsense', 'imp_uid=imp_1'],
  ] as const) {
    for (const url of ['/payments/complete', '/payments/webhook']) {
      const reply = await shop.app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload })
      t.equal(reply.statusCode, 415, type)
    }
  }
  const text = await shop.app.inject({
    method: 'POST', url: '/payments/complete', headers: { 'content-type': 'text/plain' }, payload: 'imp_uid=imp_1',
  })
  t.match(text.json(), {
    statusCode: 400, code: 'FST_ERR_VALIDATION',
  }, 'text, which Fastify itself reads, is no object')
  t.equal(shop.upstream.seen.length, 0)
})

test('a body that is no JSON, or poisons prototypes, is refused', async (t) => {
  const shop = await openShop(t)
  const poison = [
    '{"imp_uid":"imp_1","__proto__":{"merchant_uid":"x"}}', '{"imp_uid":"imp_1","constructor":{"prototype":{"x":1}}}',
  ]
  for (const payload of ['{"imp_uid":"imp_1"', 'imp_uid=imp_1', '', '\ufeff', 'NaN', ...poison]) {
    const reply = await shop.app.inject({
      method: 'POST', url: '/payments/complete', headers: { 'content-type': 'application/json' }, payload,
    })
    t.equal(reply.statusCode, 400, payload)
  }
  t.notOk('x' in {})
  t.equal(shop.upstream.seen.length, 0)
})

test('no body at all is refused', async (t) => {
  const shop = await openShop(t)
  for (const url of ['/payments/complete', '/payments/webhook']) {
    t.match((await shop.app.inject({ method: 'POST', url })).json(), { statusCode: 400, code: 'FST_ERR_VALIDATION' })
  }
})
