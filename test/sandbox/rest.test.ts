import { test } from 'tap'
import { createClock, openSandbox } from './support/client.js'

const KEYS = { imp_key: 'imp_key', imp_secret: 'imp_secret' }

test('a token lives 30 minutes; a request in its last minute extends it by 5 minutes', async (t) => {
  const clock = createClock()
  const { call } = await openSandbox(t, { clock })
  const ask = async () => (await call('POST', '/users/getToken', KEYS, {})).body.response
  const first = await ask()
  t.equal(first.expired_at - first.now, 1800)
  clock.advanceSec(1739)
  t.strictSame(await ask(), { ...first, now: first.now + 1739 }, '61 seconds before its end')
  clock.advanceSec(1)
  const extended = await ask()
  t.equal(extended.access_token, first.access_token)
  t.equal(extended.expired_at, first.expired_at + 300)
  const lookUp = async () =>
    (await call('GET', '/payments/imp_1', undefined, { authorization: first.access_token })).status
  clock.advanceSec(359)
  t.equal(await lookUp(), 404, 'still known')
  clock.advanceSec(1)
  t.equal(await lookUp(), 401, 'over')
  t.not((await ask()).access_token, first.access_token)
})

test('key and secret are taken as JSON and as a form, and refused with 401 when wrong', async (t) => {
  const { call } = await openSandbox(t)
  t.equal((await call('POST', '/users/getToken', new URLSearchParams(KEYS), {})).status, 200)
  for (const wrong of [{ ...KEYS, imp_secret: 'x' }, { ...KEYS, imp_key: 'x' }, {}]) {
    const { status, body } = await call('POST', '/users/getToken', wrong, {})
    t.equal(status, 401)
    t.match(body, { code: -1, response: null })
  }
})

test('a token is taken bare, as Bearer, and where old clients put it', async (t) => {
  const { call, sandbox } = await openSandbox(t)
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  const token = (await call('POST', '/users/getToken', KEYS, {})).body.response.access_token
  for (const [name, value] of [
    ['authorization', token],
    ['authorization', `Bearer ${token}`],
    ['x-imptokenheader', token],
  ] as const) {
    t.equal((await call('GET', `/payments/${imp_uid}`, undefined, { [name]: value })).status, 200)
  }
  t.equal((await call('GET', `/payments/${imp_uid}?_token=${token}`, undefined, {})).status, 200)
  t.equal((await call('GET', `/payments/${imp_uid}`, undefined, { authorization: 'Bearer x' })).status, 401)
  t.equal((await call('GET', `/payments/${imp_uid}`, undefined, {})).status, 401)
})

test('a test payment is hidden by the single lookup alone, unless it is asked for', async (t) => {
  const { call, sandbox } = await openSandbox(t)
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000, sandbox: true })
  t.equal((await call('GET', `/payments/${imp_uid}`)).status, 404)
  t.equal((await call('GET', `/payments/${imp_uid}?include_sandbox=false`)).status, 404)
  t.equal((await call('GET', `/payments/${imp_uid}?include_sandbox=true`)).body.response.sandbox, true)
  t.equal((await call('GET', '/payments/find/order_1')).body.response.sandbox, true)
  t.equal((await call('GET', `/payments?imp_uid[]=${imp_uid}`)).body.response.length, 1)
  t.equal((await call('GET', '/payments/status/paid')).body.response.list.at(0)?.imp_uid, imp_uid)
})

test('several payments are answered with 200, some missing with 207, none with 404', async (t) => {
  const { call, sandbox } = await openSandbox(t)
  const one = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  const two = await sandbox.pay({ merchant_uid: 'order_2', amount: 2000 })
  const all = await call('GET', `/payments?imp_uid[]=${one.imp_uid}&imp_uid[]=${two.imp_uid}`)
  t.equal(all.status, 200)
  t.strictSame(all.body.response.map((each) => each.imp_uid), [one.imp_uid, two.imp_uid])
  t.equal((await call('GET', '/payments?merchant_uid[]=order_1&merchant_uid[]=order_2')).body.response.length, 2)
  t.equal((await call('GET', `/payments?imp_uid[]=${one.imp_uid}&imp_uid[]=imp_0`)).status, 207)
  t.equal((await call('GET', '/payments?imp_uid[]=imp_0')).status, 404)
  const many = (count: number) => Array.from({ length: count }, (_, index) => `imp_uid[]=imp_${index}`).join('&')
  t.equal((await call('GET', `/payments?${many(99)}&imp_uid[]=${one.imp_uid}`)).status, 207, '100')
  t.equal((await call('GET', `/payments?${many(101)}`)).status, 400, '101')
})

test('a lookup of several payments counts for each of them, and a fault strikes it once, for all', async (t) => {
  const { call, sandbox } = await openSandbox(t)
  const one = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  const two = await sandbox.pay({ merchant_uid: 'order_2', amount: 2000 })
  const lookups = () => [one, two].map(({ imp_uid }) => sandbox.payments.inspect(imp_uid).lookups)
  const path = `/payments?imp_uid%5B%5D=${one.imp_uid}&imp_uid%5B%5D=${two.imp_uid}&imp_uid%5B%5D=imp_0`
  sandbox.fault({ name: 'error', status: 503, on: 'lookup', times: 1 })
  sandbox.fault({ name: 'rate_limit', retryAfterSec: 2, on: 'lookup', times: 1 })
  t.equal((await call('GET', path)).status, 429)
  t.equal((await call('GET', path)).status, 503)
  t.strictSame(lookups(), [0, 0])
  t.equal((await call('GET', path)).status, 207)
  t.strictSame(lookups(), [1, 1])
})

test('an order is found by its newest attempt, by status, and with all attempts in pages', async (t) => {
  const clock = createClock()
  const { call, sandbox } = await openSandbox(t, { clock })
  const declined = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000, decline: '한도초과' })
  clock.advanceSec(5)
  const paid = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000 })
  const find = async (path: string) => (await call('GET', `/payments/find/${path}`)).body.response.imp_uid
  t.equal(await find('order_1'), paid.imp_uid)
  t.equal(await find('order_1?sorting=started'), declined.imp_uid)
  t.equal(await find('order_1/failed'), declined.imp_uid)
  t.equal((await call('GET', '/payments/find/order_1/cancelled')).status, 404)
  t.equal((await call('GET', '/payments/find/order_2')).status, 404)
  t.equal((await call('GET', '/payments/find/order_1/lost')).status, 404)
  t.equal((await call('GET', '/payments/findAll/order_1/lost')).status, 400)
  const page = (await call('GET', '/payments/findAll/order_1?limit=1')).body.response
  t.match(page, { total: 2, previous: 0, next: 2, list: [{ imp_uid: paid.imp_uid }] })
  t.match((await call('GET', '/payments/findAll/order_1/?limit=1&page=2')).body.response, {
    previous: 1,
    next: 0,
    list: [{ imp_uid: declined.imp_uid }],
  })
  t.equal((await call('GET', '/payments/findAll/order_2')).status, 404)
})

test('an order number may be 40 Korean letters, a slash or a dot', async (t) => {
  const { call, sandbox } = await openSandbox(t)
  for (const order of ['가'.repeat(40), 'a/b', 'a b?c#d%', '..a']) {
    const { imp_uid } = await sandbox.pay({ merchant_uid: order, amount: 1000 })
    t.equal((await call('GET', `/payments/find/${encodeURIComponent(order)}/paid`)).body.response.imp_uid, imp_uid)
  }
})

test('lists are paged, bounded, sorted, and refuse what is out of range', async (t) => {
  const clock = createClock()
  const { call, sandbox } = await openSandbox(t, { clock })
  const now = clock() / 1000
  for (let count = 0; count < 25; count++) {
    await sandbox.pay({ merchant_uid: `order_${count}`, amount: 1000 })
    clock.advanceSec(1)
  }
  const list = async (query: string) => call('GET', `/payments/status/paid?${query}`)
  const orders = (body: { response: { list: { merchant_uid: string }[] } }) =>
    body.response.list.map((one) => one.merchant_uid)
  const first = await list('')
  t.match(first.body.response, { total: 25, previous: 0, next: 2 })
  t.equal(orders(first.body)[0], 'order_24')
  t.equal(orders(first.body).length, 20)
  t.match((await list('page=2')).body.response, { previous: 1, next: 0 })
  t.equal((await list('page=3')).status, 400, 'beyond the last page')
  t.equal(orders((await list('sorting=started&limit=1')).body)[0], 'order_0')
  t.equal(orders((await list('limit=1000')).body).length, 25)
  for (const limit of ['0', '1001', 'x', '-1']) t.equal((await list(`limit=${limit}`)).status, 400, `limit=${limit}`)
  t.strictSame(
    orders((await list(`from=${now + 3}&to=${now + 5}&sorting=paid`)).body),
    ['order_3', 'order_4', 'order_5'],
    'both ends are inclusive'
  )
  t.equal((await list(`from=${now - 90 * 86400}&to=${now}`)).status, 200, '90 days')
  t.equal((await list(`from=${now - 90 * 86400 - 1}&to=${now}`)).status, 400, '90 days and a second')
  t.equal((await list(`from=${now + 1}&to=${now}`)).status, 400)
  t.match((await call('GET', '/payments/status/failed')).body.response, { total: 0, next: 0, list: [] })
  t.equal((await call('GET', '/payments/status/lost')).status, 400)
})

test('a cancellation with a wrong checksum, amount or state is refused with HTTP 200 and a code', async (t) => {
  const { call, sandbox } = await openSandbox(t)
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
  const cancel = (body: object) => call('POST', '/payments/cancel', body)
  const refusals = [
    { imp_uid, checksum: 13999 },
    { imp_uid, amount: 14001 },
    { imp_uid, amount: 0.5 },
    { imp_uid, amount: 'x' },
    { imp_uid, amount: -1 },
    { imp_uid: 'imp_0' },
    {},
  ]
  for (const refused of refusals) {
    const { status, body } = await cancel(refused)
    t.match([status, body.code, body.response], [200, 1, null], JSON.stringify(refused))
  }
  const part = (await cancel({ imp_uid, amount: 4000, checksum: 14000, reason: '부분' })).body.response
  t.match(part, {
    status: 'cancelled',
    cancel_amount: 4000,
    amount: 14000,
    cancel_history: [{ amount: 4000, reason: '부분', cancellation_id: String }],
  })
  t.equal(
    (await cancel({ imp_uid, amount: 4000, checksum: 14000 })).body.code,
    1,
    'the same call again is refused by its checksum'
  )
  const rest = (
    await call(
      'POST',
      '/payments/cancel',
      new URLSearchParams({ merchant_uid: 'order_1', amount: '0', checksum: '10000' })
    )
  ).body.response
  t.match(rest, { cancel_amount: 14000, cancel_history: { length: 2 } })
  t.not(rest.cancel_history.at(0)?.cancellation_id, rest.cancel_history.at(1)?.cancellation_id)
  t.equal((await cancel({ imp_uid })).body.code, 1, 'nothing is left')
})

test('a virtual account is revoked before the deposit, and refunded to an account after it', async (t) => {
  const { call, sandbox } = await openSandbox(t)
  const one = await sandbox.pay({ merchant_uid: 'order_1', amount: 1000, pay_method: 'vbank' })
  t.match(one, { status: 'ready', vbank_num: String, paid_at: 0 })
  t.equal((await call('POST', '/payments/cancel', { imp_uid: one.imp_uid })).body.code, 1)
  t.match((await call('DELETE', `/vbanks/${one.imp_uid}`)).body.response, { status: 'cancelled', cancel_amount: 0 })
  t.equal((await call('DELETE', `/vbanks/${one.imp_uid}`)).status, 400)
  t.equal((await call('DELETE', '/vbanks/imp_0')).status, 404)
  t.throws(() => sandbox.deposit(one.imp_uid), { code: 'SANDBOX_REFUSED' })

  const two = await sandbox.pay({ merchant_uid: 'order_2', amount: 1000, pay_method: 'vbank' })
  t.match(sandbox.deposit(two.imp_uid), { status: 'paid' })
  t.equal((await call('DELETE', `/vbanks/${two.imp_uid}`)).status, 400)
  t.equal((await call('POST', '/payments/cancel', { imp_uid: two.imp_uid })).body.code, 1, 'no refund account')
  const account = { refund_holder: '홍길동', refund_bank: '004', refund_account: '1234' }
  t.equal(
    (await call('POST', '/payments/cancel', { imp_uid: two.imp_uid, ...account })).body.response.cancel_amount,
    1000
  )
})

test('an account takes the deposit until it is due, and not a second longer', async (t) => {
  const clock = createClock(Date.UTC(2026, 7, 1))
  const { sandbox } = await openSandbox(t, { clock })
  const due = { pay_method: 'vbank', vbank_due: '20260802093000', amount: 1000 }
  const [one, two] = [
    await sandbox.pay({ merchant_uid: 'order_1', ...due }),
    await sandbox.pay({ merchant_uid: 'order_2', ...due }),
  ]
  t.equal(one.vbank_date, Date.UTC(2026, 7, 2, 0, 30) / 1000)
  clock.advanceSec(one.vbank_date - clock() / 1000)
  t.equal(sandbox.deposit(one.imp_uid).status, 'paid')
  clock.advanceSec(1)
  t.throws(() => sandbox.deposit(two.imp_uid), { code: 'SANDBOX_REFUSED' })
})

test('a registered amount is read, changed, and refuses any other', async (t) => {
  const { call, sandbox } = await openSandbox(t)
  t.equal((await call('PUT', '/payments/prepare', { merchant_uid: 'order_1', amount: 1000 })).status, 404)
  t.match((await call('POST', '/payments/prepare', { merchant_uid: 'order_1', amount: 1000 })).body.response, {
    merchant_uid: 'order_1',
    amount: 1000,
  })
  t.equal((await call('POST', '/payments/prepare', { merchant_uid: 'order_1', amount: 1000 })).body.code, 1)
  await t.rejects(sandbox.pay({ merchant_uid: 'order_1', amount: 999 }), { code: 'SANDBOX_REFUSED' })
  await call(
    'PUT',
    '/payments/prepare',
    new URLSearchParams({ merchant_uid: 'order_1', amount: '999', currency: 'KRW' })
  )
  t.match((await call('GET', '/payments/prepare/order_1')).body.response, { amount: 999, currency: 'KRW' })
  await t.rejects(sandbox.pay({ merchant_uid: 'order_1', amount: 999, currency: 'JPY' }), { code: 'SANDBOX_REFUSED' })
  await sandbox.pay({ merchant_uid: 'order_1', amount: 999 })
  t.equal((await call('GET', '/payments/prepare/order_2')).status, 404)
  t.equal((await call('POST', '/payments/prepare', { merchant_uid: 'x'.repeat(41), amount: 1 })).status, 400)
})

test('a payment by card number is made without a window; a paid order is not paid again', async (t) => {
  const { call } = await openSandbox(t)
  const card = { card_number: '1234-1234-1234-1234', expiry: '2030-12' }
  const pay = (body: object) => call('POST', '/subscribe/payments/onetime', body)
  t.match((await pay({ merchant_uid: 'order_1', amount: '1004', ...card, name: '정기' })).body.response, {
    status: 'paid',
    channel: 'api',
    amount: 1004,
    name: '정기',
  })
  t.match((await pay({ merchant_uid: 'order_1', amount: 1004, ...card })).body, { code: 1, response: null })
  t.equal((await pay({ merchant_uid: 'order_2', amount: 1004 })).body.code, 1)
  t.match(
    (await pay({ merchant_uid: 'order_2', amount: 1004, ...card, card_number: '4000-0000-0000-0002' })).body.response,
    { status: 'failed', fail_reason: '한도초과' }
  )
  t.equal((await pay({ merchant_uid: 'x'.repeat(41), amount: 1004, ...card })).body.code, 1)
})
