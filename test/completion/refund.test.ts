import { test } from 'tap'
import { openShop } from '../support/shop.js'
import {
  account, hangUp, html, isCancellation, isToken, json, ok, payment, refuse, type Script,
} from '../support/upstream.js'

const wrong = () => payment({ amount: 100 })
const isRevocation = ({ method }: { method: string }) => method === 'DELETE'

test('another amount is cancelled in full, once, with the balance as checksum', async (t) => {
  for (const amount of [13999, 14001, 100]) {
    const shop = await openShop(t, {
      exposeData: true, onFail: ({ refunded }) => ({ refunded }),
    }, [payment({ amount })])
    t.match((await shop.post({ imp_uid: 'imp_1' })).json(), {
      success: false,
      status: 'failed',
      reason: 'amount_mismatch',
      refunded: true,
      amount,
      cancel_amount: 0,
      replayed: false,
      data: { refunded: true }
    })
    t.equal(shop.upstream.cancellations().length, 1)
    const [{ imp_uid, checksum, amount: part } = {}] = shop.upstream.cancellations()
    t.strictSame([imp_uid, checksum, part], ['imp_1', amount, undefined])
    t.equal(shop.upstream.payments.get('imp_1')?.cancel_amount, amount)
  }
})

test('another currency is cancelled in full, even with the same number', async (t) => {
  const shop = await openShop(t, {}, [payment({ currency: 'JPY' })])
  t.match((await shop.notify()).json(), { status: 'failed', reason: 'currency_mismatch', refunded: true })
  t.match(shop.failures(), [
    { reason: 'currency_mismatch', final: true, refunded: true, payment: { imp_uid: 'imp_1' } },
  ])
})

test('our own refund, seen later, is that failure again and no cancellation of an order', async (t) => {
  const shop = await openShop(t, { exposeData: true, onFail: () => 'told' }, [wrong()])
  await shop.notify()
  for (let i = 0; i < 3; i++) {
    t.match((await shop.notify()).json(), {
      status: 'failed', reason: 'amount_mismatch', refunded: true, replayed: true, cancel_amount: 100, data: 'told',
    })
  }
  t.equal(shop.upstream.cancellations().length, 1)
  t.notOk(shop.ran().includes('cancel'))
})

test('three notifications at once cancel once, and tell onFail once', async (t) => {
  const shop = await openShop(t, {}, [wrong()])
  const gate = shop.upstream.hold('GET', /imp_1$/)
  const replies = [shop.notify(), shop.notify(), shop.post({ imp_uid: 'imp_1' })]
  await gate.arrived
  gate.open()
  for (const reply of await Promise.all(replies)) {
    t.match(reply.json(), {
      status: 'failed', reason: 'amount_mismatch', refunded: true,
    })
  }
  t.equal(shop.upstream.cancellations().length, 1)
  t.strictSame(shop.ran(), ['fail'])
})

for (const [what, script, statusCode, code] of [
  ['500', (seen, response) => isCancellation(seen) && refuse(response, 500), 503, 'IAMPORT_UNAVAILABLE'],
  ['429', (seen, response) => isCancellation(seen) && refuse(response, 429), 503, 'IAMPORT_UNAVAILABLE'],
  ['401', (seen, response) => isCancellation(seen) && refuse(response, 401), 502, 'IAMPORT_UNAUTHORIZED'],
  ['a lost connection', (seen, response) => isCancellation(seen) && hangUp(response), 503, 'IAMPORT_UNAVAILABLE'],
  ['silence', isCancellation, 504, 'IAMPORT_TIMEOUT'],
  ['an HTML page', (seen, response) => isCancellation(seen) && html(response, 200), 502, 'IAMPORT_BAD_GATEWAY'],
  [
    'a success without a payment', (seen, response) => isCancellation(seen) && ok(response, null), 502,
    'IAMPORT_BAD_GATEWAY',
  ],
] as [string, Script, number, string][]) {
  test(`a cancellation answered by ${what} has an unknown outcome: no hook, and one new try next time`, async (t) => {
    // Short only where nothing answers: a busy machine needs its time for the others.
    const shop = await openShop(t, what === 'silence' ? { timeoutMs: 1500 } : {}, [wrong()])
    shop.upstream.script = script
    const reply = await shop.notify()
    t.equal(reply.statusCode, statusCode)
    t.equal(reply.json().code, code)
    t.equal(shop.upstream.cancellations().length, 1)
    t.strictSame(shop.ran(), [])
    shop.upstream.script = () => undefined
    t.match((await shop.notify()).json(), {
      status: 'failed', reason: 'amount_mismatch', refunded: true, replayed: false,
    })
    t.strictSame(shop.ran(), ['fail'])
  })
}

for (const [what, echo] of [['with the reason we gave', true], ['without a word of it', false]] as const) {
  test(`a cancellation whose answer was lost, and which is notified ${what}, is found to be ours`, async (t) => {
    const shop = await openShop(t, {}, [wrong()])
    shop.upstream.script = (seen, response) => {
      if (!isCancellation(seen)) return false
      const { reason } = JSON.parse(seen.body)
      const told = echo
        ? {
            cancel_reason: reason, cancel_history: [{ amount: 100, reason, cancellation_id: 'c' }],
          }
        : {}
      shop.upstream.payments.set('imp_1', payment({ amount: 100, status: 'cancelled', cancel_amount: 100, ...told }))
      return hangUp(response)
    }
    t.equal((await shop.notify()).statusCode, 503)
    t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: true })
    t.strictSame(shop.ran(), ['fail'])
    t.equal(shop.upstream.cancellations().length, 1)
  })
}

test('a deposited virtual account is not even tried: nobody has named an account to refund to', async (t) => {
  const shop = await openShop(t, {}, [payment({ amount: 100, pay_method: 'vbank', vbank_num: '1-2' })])
  t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: false })
  t.strictSame(shop.upstream.cancellations(), [])
  t.match(shop.failures(), [{ refunded: false, final: true }])
})

test('with cancelOnMismatch false nothing is cancelled or revoked, and the merchant is told', async (t) => {
  const shop = await openShop(t, { cancelOnMismatch: false }, [wrong(), account({ imp_uid: 'imp_2', amount: 1 })])
  for (const imp_uid of ['imp_1', 'imp_2']) {
    t.match((await shop.notify({ imp_uid })).json(), {
      status: 'failed', reason: 'amount_mismatch', refunded: false,
    })
  }
  t.strictSame(shop.upstream.cancellations(), [])
  t.equal(shop.upstream.seen.filter(isRevocation).length, 0)
  t.equal(shop.failures().length, 2)
})

test('nothing is cancelled where there is no order, or the payment is a test', async (t) => {
  const shop = await openShop(t, { getExpectedAmount: () => null }, [
    wrong(), payment({ imp_uid: 'imp_2', amount: 1, sandbox: true }), account({ imp_uid: 'imp_3' }),
  ])
  for (const imp_uid of ['imp_1', 'imp_2', 'imp_3']) {
    t.match((await shop.notify({ imp_uid })).json(), {
      status: 'failed', refunded: false,
    })
  }
  t.ok(shop.upstream.seen.every((seen) => seen.method === 'GET' || isToken(seen)))
})

test('a hook that fails after the refund is told later, and the refund is not repeated', async (t) => {
  let broken = true
  const shop = await openShop(t, { onFail: () => { if (broken) throw new Error('not yet') } }, [wrong()])
  t.equal((await shop.notify()).json().code, 'IAMPORT_HOOK_FAILED')
  broken = false
  t.match((await shop.notify()).json(), {
    status: 'failed', reason: 'amount_mismatch', refunded: true, replayed: false,
  })
  t.equal(shop.upstream.cancellations().length, 1)
})

test('a merchant\'s own full cancellation after a refused refund is a cancellation', async (t) => {
  const shop = await openShop(t, {}, [wrong()])
  shop.upstream.script = (seen, response) => isCancellation(seen) && refuse(response, 200, '취소할 수 없습니다.', 1)
  t.match((await shop.notify()).json(), { status: 'failed', refunded: false })
  shop.upstream.payments.set('imp_1', payment({
    amount: 100,
    status: 'cancelled',
    cancel_amount: 100,
    cancel_history: [{ amount: 100, reason: '관리자', cancellation_id: 'c' }],
  }))
  t.match((await shop.notify()).json(), { status: 'cancelled', reason: 'payment_cancelled' })
  t.strictSame(shop.ran(), ['fail', 'cancel'])
})

test('an amount in cents goes back to the cent', async (t) => {
  const shop = await openShop(t, { getExpectedAmount: () => ({ amount: 20, currency: 'USD' }) }, [
    payment({ amount: 19.9, currency: 'USD', cancel_amount: 0.2 }),
  ])
  shop.upstream.script = (seen, response) => isCancellation(seen) && json(response, {
    code: 0, message: null, response: payment({ status: 'cancelled' }),
  })
  await shop.notify()
  t.match(shop.upstream.cancellations(), [{ checksum: 19.7 }])
})

test('a delivered payment that is cancelled with the words of our refunds is a cancelled order', async (t) => {
  const shop = await openShop(t)
  await shop.notify()
  const reason = 'fastify-iamport: amount_mismatch'
  shop.upstream.payments.set('imp_1', payment({
    status: 'cancelled', cancel_amount: 14000, cancel_reason: reason, cancel_history: [{ amount: 14000, reason }],
  }))
  t.match((await shop.notify()).json(), { status: 'cancelled' })
  t.strictSame(shop.ran(), ['paid', 'cancel'])
})
