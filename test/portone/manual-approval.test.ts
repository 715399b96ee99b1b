import { test } from 'tap'
import { memoryLedger, type Ledger } from '../../lib/index.js'
import type { PortoneOptions } from '../../lib/portone/index.js'
import { openPortoneShop } from '../support/portone-shop.js'
import {
  failed, hangUp, inTestChannel, issued, paid, pending, ready, refusing, timeAgo, type PortoneUpstream,
  type Reply, type WirePayment,
} from '../support/portone-upstream.js'
import { deferred, json } from '../support/upstream.js'

const page = { paymentId: 'order_1', txId: 'tx_1', paymentToken: 'token_1' }

/** A checkout that waits for our approval: until then the payment is `READY`. */
function wait (upstream: PortoneUpstream, attempt: WirePayment = paid()): void {
  upstream.payments.set('order_1', ready())
  upstream.attempts.set('token_1', attempt)
}

test('an approval is sent once, with what the order costs, and the payment is completed', async (t) => {
  const asked: unknown[] = []
  const shop = await openPortoneShop(t, {
    getExpectedAmount (payment, context) {
      asked.push([payment.imp_uid, payment.merchant_uid, payment.amount, context.source])
      return 14000
    },
    onConfirm (attempt, context) { asked.push([attempt, context.source]) },
  })
  wait(shop.upstream)
  t.match((await shop.post(page)).json(), { status: 'paid', imp_uid: 'tx_1', amount: 14000 })
  t.strictSame(asked, [
    ['tx_1', 'order_1', undefined, 'confirm'],
    [{ imp_uid: 'tx_1', merchant_uid: 'order_1', amount: 14000 }, 'confirm'],
    ['tx_1', 'order_1', 14000, 'browser'],
  ])
  const [request] = shop.upstream.requests('confirm')
  t.match(request?.headers['idempotency-key'], /^"[\x21-\x7e]{16,256}"$/)
  t.strictSame(shop.upstream.bodies('confirm'), [{
    paymentToken: 'token_1', txId: 'tx_1', storeId: 'store-1', totalAmount: 14000, currency: 'KRW', isTest: false,
  }])
})

test('the amount is sent in the minor unit; isTest is left out where test payments are accepted', async (t) => {
  const shop = await openPortoneShop(t, {
    getExpectedAmount: () => ({ amount: '6.00', currency: 'usd' }), acceptTestPayments: true,
  })
  wait(shop.upstream, paid({ total: 600, currency: 'USD', channel: inTestChannel }))
  t.match((await shop.post({ paymentId: 'order_1', paymentToken: 'token_1' })).json(), { status: 'paid', amount: 6 })
  t.strictSame(shop.upstream.bodies('confirm'), [
    { paymentToken: 'token_1', storeId: 'store-1', totalAmount: 600, currency: 'USD' },
  ])
})

test('an expected amount may be the unrounded result of a discount', async (t) => {
  const shop = await openPortoneShop(t, { getExpectedAmount: () => 13999.6, onConfirm: () => {} })
  wait(shop.upstream)
  t.match((await shop.post(page)).json(), { status: 'paid', amount: 14000 })
  t.match(shop.upstream.bodies('confirm'), [{ totalAmount: 14000 }])
})

test('an altered page is refused by the provider before money moves', async (t) => {
  const altered: [WirePayment, string][] = [
    [paid({ total: 100 }), 'amount_mismatch'],
    [paid({ currency: 'JPY' }), 'currency_mismatch'],
    [paid({ channel: inTestChannel }), 'test_payment'],
  ]
  for (const [attempt, reason] of altered) {
    for (const status of ['READY', 'FAILED']) {
      const shop = await openPortoneShop(t)
      wait(shop.upstream, attempt)
      shop.upstream.payments.set('order_1', { ...attempt, status, failure: {}, failedAt: attempt.requestedAt })
      t.match((await shop.post(page)).json(), { status: 'failed', reason, refunded: true, replayed: false }, reason)
      t.match((await shop.post(page)).json(), { status: 'failed', reason, refunded: true, replayed: true }, reason)
      t.match(shop.failures(), [{ reason, refunded: true, payment: { imp_uid: 'tx_1' } }])
      t.equal(shop.failures().length, 1)
      t.strictSame(shop.upstream.requests('cancel'), [])
    }
  }
})

test('a channel that the lookup does not name yet is what differs if nothing else does', async (t) => {
  const shop = await openPortoneShop(t)
  wait(shop.upstream, paid({ channel: inTestChannel }))
  t.match((await shop.post(page)).json(), { status: 'failed', reason: 'test_payment', refunded: true })
})

test('once an attempt was delivered, another one is not refused: it shows no money, and decides nothing', async (t) => {
  const second = { transactionId: 'tx_2' }
  let isSold = false
  const cases: [string, Partial<PortoneOptions>][] = [
    ['INFORMATION_MISMATCH', {}],
    ['onConfirm', { onConfirm () { if (isSold) throw new Error('sold') } }],
    ['no order', { getExpectedAmount: () => isSold ? null : 14000 }],
  ]
  for (const [name, hooks] of cases) {
    for (const shown of [ready(second), failed(second), pending(second), ready()]) {
      isSold = false
      const shop = await openPortoneShop(t, hooks)
      await shop.post({ paymentId: 'order_1' })
      isSold = true
      shop.upstream.payments.set('order_1', shown)
      shop.upstream.on('confirm', refusing(409, 'INFORMATION_MISMATCH'))
      const reply = await shop.post({ ...page, txId: 'tx_2' })
      t.match([reply.statusCode, reply.json().code], [502, 'IAMPORT_BAD_GATEWAY'], `${name} ${shown.status}`)
      t.strictSame(shop.ran(), ['paid'], `${name} ${shown.status}`)
    }
  }
})

test('an attempt refused for its amount that is paid all the same is refunded', async (t) => {
  const shop = await openPortoneShop(t)
  wait(shop.upstream, paid({ total: 100 }))
  await shop.post(page)
  shop.upstream.payments.set('order_1', paid({ total: 100 }))
  t.match((await shop.notify()).json(), { reason: 'amount_mismatch', refunded: true, replayed: false })
  t.equal(shop.upstream.requests('cancel').length, 1)
})

test('without an order, or where onConfirm refuses, nothing is approved and no hook runs', async (t) => {
  const cases = [
    [{ getExpectedAmount: () => null }, 'order_not_found', /주문/],
    [{ onConfirm () { throw new Error('품절되었습니다.') } }, 'not_confirmed', /^품절되었습니다\.$/],
  ] as const
  for (const [hooks, reason, message] of cases) {
    for (const shown of [ready(), failed(), undefined]) {
      const shop = await openPortoneShop(t, hooks)
      wait(shop.upstream)
      if (shown === undefined) shop.upstream.payments.delete('order_1')
      else shop.upstream.payments.set('order_1', shown)
      t.match((await shop.post(page)).json(), {
        success: false,
        status: 'failed',
        reason,
        message,
        refunded: true,
        imp_uid: 'tx_1',
        merchant_uid: 'order_1',
        amount: 0,
      })
      t.strictSame([shop.upstream.requests('confirm'), shop.ran()], [[], []])
    }
  }
  const shop = await openPortoneShop(t, { getExpectedAmount: () => null })
  wait(shop.upstream)
  t.match((await shop.post({ paymentId: 'order_1', paymentToken: 'token_1' })).json(), { imp_uid: '' })
})

test('a reload of a paid order does not deny it, whatever the hooks would say now', async (t) => {
  let isSold = false
  const shop = await openPortoneShop(t, { onConfirm () { if (isSold) throw new Error('sold') } })
  wait(shop.upstream)
  t.match((await shop.post(page)).json(), { status: 'paid', replayed: false })
  t.match((await shop.post(page)).json(), { status: 'paid', replayed: true }, 'ALREADY_PAID')
  isSold = true
  t.match((await shop.post(page)).json(), { status: 'paid', replayed: true })
  t.strictSame(shop.ran(), ['paid'])
})

test('a failed lookup before a refusal is that error, not the refusal', async (t) => {
  const shop = await openPortoneShop(t, { getExpectedAmount: () => null })
  wait(shop.upstream)
  shop.upstream.on('lookup', refusing(401, 'UNAUTHORIZED'))
  t.match((await shop.post(page)).json(), { code: 'IAMPORT_UNAUTHORIZED' })
})

test('a hook that fails is an error, and nothing is approved', async (t) => {
  const shop = await openPortoneShop(t, { getExpectedAmount () { throw new Error('no database') } })
  wait(shop.upstream)
  t.match((await shop.post(page)).json(), { statusCode: 500, code: 'IAMPORT_HOOK_FAILED' })
  t.strictSame(shop.upstream.requests('confirm'), [])
})

test('any other refusal: what a lookup shows counts', async (t) => {
  const shows: [WirePayment | undefined, object][] = [
    [paid(), { status: 'paid' }],
    [issued(), { status: 'vbank_issued' }],
    [ready(), { status: 'failed', reason: 'not_paid' }],
    [failed(), { status: 'failed', reason: 'payment_failed' }],
    [undefined, { code: 'IAMPORT_PAYMENT_NOT_FOUND' }],
  ]
  const refusals = [
    refusing(409, 'ALREADY_PAID'), refusing(502, 'PG_PROVIDER'), refusing(400, 'INVALID_PAYMENT_TOKEN'),
    refusing(409, 'SOMETHING_NEW'),
  ]
  await Promise.all(refusals.map(async (refusal) => {
    for (const [shown, expected] of shows) {
      const shop = await openPortoneShop(t)
      if (shown === undefined) shop.upstream.payments.delete('order_1')
      else shop.upstream.payments.set('order_1', shown)
      shop.upstream.on('confirm', refusal)
      t.match((await shop.post(page)).json(), expected, shown?.status ?? 'none')
      t.equal(shop.upstream.requests('confirm').length, 1)
    }
  }))
})

test('what the provider says when it refuses an approval is in the log', async (t) => {
  for (const type of ['INFORMATION_MISMATCH', 'INVALID_PAYMENT_TOKEN']) {
    const lines: string[] = []
    const shop = await openPortoneShop(t, {}, [ready()], {
      server: { logger: { stream: { write: (line: string) => { lines.push(line) } } } },
    })
    shop.upstream.on('confirm', refusing(409, type))
    await shop.post(page)
    const line = lines.find((one) => one.includes('the provider refused the approval')) ?? '{}'
    t.match(JSON.parse(line), { level: 40, imp_uid: 'tx_1', merchant_uid: 'order_1', err: { message: RegExp(type) } })
    t.notMatch(line, 'token_1')
  }
})

test('an open outcome: what is paid, an account or failed counts, anything else is the error', async (t) => {
  const open: [Reply, string][] = [
    [hangUp, 'IAMPORT_UNAVAILABLE'], [refusing(401, 'UNAUTHORIZED'), 'IAMPORT_UNAUTHORIZED'],
    [refusing(403, 'FORBIDDEN'), 'IAMPORT_UNAUTHORIZED'], [refusing(429, 'LATER'), 'IAMPORT_UNAVAILABLE'],
    [refusing(500, 'INTERNAL'), 'IAMPORT_UNAVAILABLE'],
    [(response) => { response.end('<h1>hello</h1>'); return true }, 'IAMPORT_BAD_GATEWAY'],
  ]
  const shows: [WirePayment, object | undefined][] = [
    [paid(), { status: 'paid' }], [issued(), { status: 'vbank_issued' }],
    [failed(), { status: 'failed', reason: 'payment_failed' }], [ready(), undefined],
  ]
  await Promise.all(open.map(async ([reply, code]) => {
    for (const [shown, expected] of shows) {
      const shop = await openPortoneShop(t)
      shop.upstream.payments.set('order_1', shown)
      shop.upstream.on('confirm', reply)
      t.match((await shop.post(page)).json(), expected ?? { code }, `${code} ${shown.status}`)
      t.equal(shop.upstream.requests('confirm').length, 1, 'sent once')
      if (!expected) t.strictSame(shop.ran(), [])
    }
  }))
})

test('a slow approval has a time of its own beside the budget', async (t) => {
  const shop = await openPortoneShop(t, { budgetMs: 1500, timeoutMs: 1400, writeTimeoutMs: 10_000 })
  wait(shop.upstream)
  shop.upstream.on('confirm', async () => {
    await new Promise((resolve) => setTimeout(resolve, 1700))
    return undefined
  })
  t.match((await shop.post(page)).json(), { status: 'paid' })
})

test('two at once approve, and deliver once', async (t) => {
  const shop = await openPortoneShop(t)
  wait(shop.upstream)
  const replies = await Promise.all([shop.post(page), shop.post(page), shop.redirect(
    '?paymentId=order_1&txId=tx_1&paymentToken=token_1')])
  t.match(replies.slice(0, 2).map((reply) => reply.json()), [{ status: 'paid' }, { status: 'paid' }])
  t.equal(replies[2]?.statusCode, 200)
  t.strictSame(shop.ran(), ['paid'])
})

test('fastify.portone.complete approves with a token', async (t) => {
  const shop = await openPortoneShop(t)
  wait(shop.upstream)
  t.match(await shop.app.portone.complete('order_1', { paymentToken: 'token_1', txId: 'tx_1' }), { status: 'paid' })
  t.match(shop.calls, [{ context: { source: 'direct' } }])
  await t.rejects(shop.app.portone.complete('..'), { code: 'FST_ERR_VALIDATION' })
})

test('an attempt that is paid after all, while its refusal waits for the ledger, is completed as paid', async (t) => {
  const ledger = memoryLedger()
  const waiting = deferred()
  const slow: Ledger = {
    find: (key) => ledger.find(key),
    async once (key, work) {
      if (key.includes(':not_approved:')) {
        waiting.resolve()
        await new Promise((resolve) => setTimeout(resolve, 600)) // longer than a lookup is evidence
      }
      return ledger.once(key, work)
    },
  }
  const shop = await openPortoneShop(t, { ledger: slow })
  wait(shop.upstream, paid({ total: 100 }))
  const reply = shop.post(page)
  await waiting.promise
  shop.upstream.payments.set('order_1', paid({ total: 100 }))
  t.match((await reply).json(), { reason: 'amount_mismatch', refunded: true, amount: 100 })
  t.equal(shop.upstream.requests('cancel').length, 1, 'it was charged, so it is refunded')
})

test('what was approved and is not found a moment later is not decided, rather than unknown', async (t) => {
  const shop = await openPortoneShop(t)
  wait(shop.upstream)
  shop.upstream.on('lookup', refusing(404, 'PAYMENT_NOT_FOUND'))
  t.match((await shop.post(page)).json(), { statusCode: 502, code: 'IAMPORT_BAD_GATEWAY' })
  shop.upstream.on('lookup', undefined)
  t.match((await shop.notify()).json(), { status: 'paid' })
})

test('a buyer whose attempt is approved, and not shown as paid yet, is told not to pay again', async (t) => {
  const redirects = { pending: '/checking', fail: '/failed' }
  const shop = await openPortoneShop(t, { locale: 'en', redirects }, [ready()])
  shop.upstream.on('confirm', (response) => json(response, { payment: { pgTxId: 'pg_1', paidAt: timeAgo(0) } }))
  t.match((await shop.post(page)).json(), { status: 'failed', reason: 'not_paid', message: /do not pay again/ })
  const { headers } = await shop.redirect('?paymentId=order_1&txId=tx_1&paymentToken=token_1')
  t.match(headers.location, /^\/checking\?.*reason=not_paid/)
  const opened = { status: 'failed', reason: 'not_paid', message: 'The payment has not been completed yet.' }
  t.match((await shop.post({ paymentId: 'order_1' })).json(), opened, 'without an approval')
})
