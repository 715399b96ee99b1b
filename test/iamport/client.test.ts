import { test } from 'tap'
import { openClient } from '../support/client.js'
import { account, isCancellation, isToken, json, ok, payment, refuse } from '../support/upstream.js'

test('every lookup asks for test payments too, so that they are seen as what they are', async (t) => {
  const { client, upstream } = await openClient(t, {}, [payment({ sandbox: true })])
  t.match(await client.getPayment('imp_1'), { sandbox: true })
  t.equal(upstream.seen.at(-1)?.query.get('include_sandbox'), 'true')
})

test('an imp_uid that could be another path is refused before anything is sent', async (t) => {
  const { client, upstream } = await openClient(t)
  const wrong = [
    '', '../users', 'a/b', 'a?b', 'a#b', 'a%2fb', 'a b', 'imp_1\n', '결제', 'a'.repeat(65), '.', '..', 'a;b', 'a:b',
  ]
  for (const impUid of wrong) {
    await t.rejects(client.getPayment(impUid), { code: 'FST_ERR_VALIDATION', statusCode: 400 }, impUid)
    await t.rejects(client.revokeVbank(impUid), { code: 'FST_ERR_VALIDATION' }, impUid)
  }
  for (const impUid of [undefined, null, 1, ['imp_1'], { toString: () => 'imp_1' }]) {
    await t.rejects(Reflect.apply(client.getPayment, client, [impUid]), { code: 'FST_ERR_VALIDATION' })
  }
  t.equal(upstream.seen.length, 0)
})

test('an imp_uid of 1 and of 64 characters is asked for', async (t) => {
  const { client } = await openClient(t, {}, [payment({ imp_uid: 'a' }), payment({ imp_uid: '-_'.repeat(32) })])
  t.match(await client.getPayment('a'), { imp_uid: 'a' })
  t.match(await client.getPayment('-_'.repeat(32)), { imp_uid: '-_'.repeat(32) })
})

test('an order number may hold anything that text may', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const merchant_uid of [
    'a/b', '../../users/getToken', 'a?b=c&d', 'a#b', '100%', '%2e%2e', '주문 1', 'a b+c', '...', '😀', "'\"<>",
    '__proto__', 'a\r\nb', 'paid',
  ]) {
    upstream.payments.clear()
    upstream.payments.set('imp_1', payment({ merchant_uid }))
    t.match(await client.findPayment(merchant_uid), { merchant_uid }, merchant_uid)
    const prepared = { merchant_uid, amount: 14000, currency: 'KRW' }
    t.strictSame(await client.preparePayment(prepared), prepared)
    t.strictSame(await client.getPreparedPayment(merchant_uid), prepared)
  }
  t.equal(upstream.count('POST', /^\/users/), 1)
})

test('an order number that no path can hold is refused before anything is sent', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const wrong of ['', '.', '..', '\ud800', 'a\udc00b']) {
    await t.rejects(client.findPayment(wrong), { code: 'FST_ERR_VALIDATION' }, wrong)
    await t.rejects(client.getPreparedPayment(wrong), { code: 'FST_ERR_VALIDATION' }, wrong)
  }
  for (const wrong of [undefined, null, 7, {}]) {
    await t.rejects(Reflect.apply(client.findPayment, client, [wrong]), { code: 'FST_ERR_VALIDATION' })
  }
  t.equal(upstream.seen.length, 0)
})

test('findPayment gives the paid one first, else the newest, else null', async (t) => {
  const { client, upstream } = await openClient(t, {}, [
    payment({ imp_uid: 'imp_failed', status: 'failed' }), payment({ imp_uid: 'imp_paid' }),
    payment({ imp_uid: 'imp_ready', status: 'ready' })
  ])
  t.match(await client.findPayment('order_1'), { imp_uid: 'imp_paid' })
  t.match(await client.findPayment('order_1', { status: 'failed' }), { imp_uid: 'imp_failed' })
  t.equal(await client.findPayment('order_1', { status: 'cancelled' }), null)
  upstream.payments.delete('imp_paid')
  t.match(await client.findPayment('order_1'), { imp_uid: 'imp_ready' })
  t.equal(await client.findPayment('order_2'), null)
})

test('findPayment does not take a proxy\'s 404 for "no payment"', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => {
    if (!seen.path.includes('/find/')) return false
    response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>')
    return true
  }
  await t.rejects(client.findPayment('order_1'), { code: 'IAMPORT_BAD_GATEWAY' })
})

test('findPayment never gives the payment of another order', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => seen.path.includes('/find/') && ok(response, payment({
    merchant_uid: 'order_2',
  }))
  await t.rejects(client.findPayment('order_1'), { code: 'IAMPORT_BAD_GATEWAY' })
})

test('a cancellation is sent with the provider\'s names, whatever they are', async (t) => {
  const { client, upstream } = await openClient(t)
  const cancellation = {
    imp_uid: 'imp_1',
    amount: 4000,
    checksum: 14000,
    reason: '변심',
    refund_holder: '홍길동',
    refund_bank: '04',
    refund_account: '1-2',
    extra: { a: 1 },
  }
  t.match(await client.cancelPayment(cancellation), { status: 'cancelled', cancel_amount: 4000 })
  t.strictSame(upstream.cancellations(), [cancellation])
})

test('what the provider refuses to do is quoted in the message, what it refuses to tell is not', async (t) => {
  const { client, upstream } = await openClient(t)
  const messageOf = (request: Promise<unknown>) => request.then(() => '', (error: Error) => error.message)
  for (const [words, quoted] of [['한도초과', '한도초과'], ['x'.repeat(10_000), 'x'.repeat(200)]] as const) {
    upstream.script = (seen, response) => !isToken(seen) && refuse(response, 200, words, 1)
    const message = `Iamport gave an unusable answer: HTTP 200, code 1: ${quoted}`
    t.equal(await messageOf(client.cancelPayment({ imp_uid: 'imp_1' })), message)
    t.equal(await messageOf(client.revokeVbank('imp_1')), message)
    t.equal(await messageOf(client.preparePayment({ merchant_uid: 'order_1', amount: 1 })), message)
    t.equal(await messageOf(client.getPayment('imp_1')), 'Iamport gave an unusable answer: HTTP 200, code 1')
  }
})

test('a refused cancellation is a bad gateway with the provider\'s words as cause', async (t) => {
  const { client } = await openClient(t)
  await t.rejects(client.cancelPayment({ imp_uid: 'imp_1', checksum: 1 }), {
    code: 'IAMPORT_BAD_GATEWAY', cause: { name: 'Refusal', status: 200, providerCode: 1, message: '취소할 수 없습니다.' }
  })
  await t.rejects(client.cancelPayment({ imp_uid: 'imp_9' }), { code: 'IAMPORT_PAYMENT_NOT_FOUND' })
})

test('a cancellation of nothing in particular is refused before anything is sent', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const nothing of [{}, { imp_uid: undefined }, { amount: 100 }]) {
    await t.rejects(client.cancelPayment(nothing), { code: 'FST_ERR_VALIDATION' })
  }
  t.equal(upstream.seen.length, 0)
})

test('a partial cancellation whose amount is no number never becomes one of everything', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const amount of [NaN, Infinity, -Infinity, -1]) {
    await t.rejects(client.cancelPayment({ imp_uid: 'imp_1', amount }), { code: 'FST_ERR_VALIDATION' }, String(amount))
  }
  t.equal(upstream.payments.get('imp_1')?.cancel_amount, 0)
})

test('a checksum that is no number never becomes none', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const checksum of [NaN, Infinity]) {
    await t.rejects(client.cancelPayment({
      imp_uid: 'imp_1', checksum,
    }), { code: 'FST_ERR_VALIDATION' }, String(checksum))
  }
  t.equal(upstream.payments.get('imp_1')?.cancel_amount, 0)
})

test('a prepared amount that is no number is refused before anything is sent', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const amount of [NaN, Infinity]) {
    await t.rejects(client.preparePayment({
      merchant_uid: 'order_1', amount,
    }), { code: 'FST_ERR_VALIDATION' }, String(amount))
    await t.rejects(client.updatePreparedPayment({
      merchant_uid: 'order_1', amount,
    }), { code: 'FST_ERR_VALIDATION' }, String(amount))
  }
  t.equal(upstream.count('POST', /prepare/), 0)
})

test('an amount is registered, changed and read', async (t) => {
  const { client } = await openClient(t)
  await t.rejects(client.getPreparedPayment('order_1'), { code: 'IAMPORT_PAYMENT_NOT_FOUND' })
  await client.preparePayment({ merchant_uid: 'order_1', amount: 14000 })
  t.match(await client.updatePreparedPayment({ merchant_uid: 'order_1', amount: 15000 }), { amount: 15000 })
  t.match(await client.getPreparedPayment('order_1'), { merchant_uid: 'order_1', amount: 15000 })
})

test('an account that waits is revoked, a deposited one is refused', async (t) => {
  const { client } = await openClient(t, {}, [account(), account({ imp_uid: 'imp_2', status: 'paid' })])
  t.match(await client.revokeVbank('imp_1'), { status: 'cancelled' })
  await t.rejects(client.revokeVbank('imp_2'), { code: 'IAMPORT_BAD_GATEWAY', cause: { name: 'Refusal' } })
  await t.rejects(client.revokeVbank('imp_3'), { code: 'IAMPORT_PAYMENT_NOT_FOUND' })
})

test('a base URL with a path, with or without a slash at its end, comes before every path', async (t) => {
  for (const base of ['/sandbox/v1', '/sandbox/v1/']) {
    const { client, upstream } = await openClient(t, {}, undefined, base)
    upstream.script = (seen, response) => seen.path.endsWith('getToken')
      ? ok(response, {
        access_token: 'token',
      })
      : ok(response, payment())
    await client.getPayment('imp_1')
    t.strictSame(upstream.seen.map(({ path }) => path), ['/sandbox/v1/users/getToken', '/sandbox/v1/payments/imp_1'])
  }
})

test('an answer of 201 to a cancellation is a success', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => isCancellation(seen) && json(response, {
    code: 0, message: null, response: payment({ status: 'cancelled' }),
  }, 201)
  t.match(await client.cancelPayment({ imp_uid: 'imp_1' }), { status: 'cancelled' })
  upstream.script = (seen, response) => isCancellation(seen) && refuse(response, 201)
  await t.rejects(client.cancelPayment({ imp_uid: 'imp_1' }), {
    code: 'IAMPORT_BAD_GATEWAY', cause: { name: 'Refusal' },
  })
})
