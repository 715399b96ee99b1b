import { test } from 'tap'
import { openShop } from '../support/shop.js'
import { payment } from '../support/upstream.js'

test('a paid payment runs onPaid once, and is replayed afterwards', async (t) => {
  const shop = await openShop(t, { exposeData: true, onPaid: () => ({ shipped: true }) })
  const first = await shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_1' })
  t.equal(first.statusCode, 200)
  t.strictSame(first.json(), {
    success: true,
    status: 'paid',
    imp_uid: 'imp_1',
    merchant_uid: 'order_1',
    amount: 14000,
    currency: 'KRW',
    pay_method: 'card',
    message: '결제가 완료되었습니다.',
    replayed: false,
    cancel_amount: 0,
    data: { shipped: true },
  })
  const second = await shop.post({ imp_uid: 'imp_1' })
  t.strictSame(second.json(), { ...first.json(), replayed: true })
})

test('complete() of the instance answers as the routes do', async (t) => {
  const shop = await openShop(t, {}, [payment(), payment({ imp_uid: 'imp_2', status: 'failed' })])
  t.match(await shop.app.iamport.complete('imp_1'), { success: true, status: 'paid', replayed: false })
  t.match(await shop.app.iamport.complete('imp_2', { source: 'webhook' }), {
    success: false, status: 'failed', reason: 'payment_failed',
  })
  t.match(shop.calls, [
    { hook: 'paid', context: { source: 'direct', request: undefined } },
    { hook: 'fail', context: { source: 'webhook' } },
  ])
  await t.rejects(shop.app.iamport.complete('imp_9'), { code: 'IAMPORT_PAYMENT_NOT_FOUND' })
  for (const wrong of ['', 'a/b', 'a'.repeat(65), undefined, null, 7]) {
    await t.rejects(Reflect.apply(shop.app.iamport.complete, undefined, [wrong]), { code: 'FST_ERR_VALIDATION' })
  }
})

test('what was fulfilled once is never judged again, whatever became of the order', async (t) => {
  let expected: number | null = 14000
  let asked = 0
  const shop = await openShop(t, {
    getExpectedAmount: () => {
      asked++
      return expected
    }
  })
  await shop.notify()
  for (expected of [null, 1, 99999]) t.match((await shop.notify()).json(), { status: 'paid', replayed: true })
  t.equal(asked, 1)
  t.strictSame(shop.ran(), ['paid'])
  t.strictSame(shop.upstream.cancellations(), [])
})

test('a payment whose order comes later is refused first, and paid then', async (t) => {
  let expected: number | null = null
  const shop = await openShop(t, { getExpectedAmount: () => expected })
  t.match((await shop.notify()).json(), {
    status: 'failed', reason: 'order_not_found', refunded: false, replayed: false,
  })
  t.match((await shop.notify()).json(), { status: 'failed', reason: 'order_not_found', replayed: true })
  expected = 14000
  t.match((await shop.notify()).json(), { status: 'paid', replayed: false })
  t.match(shop.failures(), [{ reason: 'order_not_found', final: true, refunded: false }])
  t.strictSame(shop.ran(), ['fail', 'paid'])
  t.strictSame(shop.upstream.cancellations(), [], 'it may be another shop\'s')
})

test('a failed payment that turns paid days later is paid', async (t) => {
  const shop = await openShop(t, {
    exposeData: true, onFail: (failure) => ({ told: failure.reason }),
  }, [payment({ status: 'failed', paid_at: 0 })])
  t.match((await shop.notify()).json(), {
    status: 'failed', reason: 'payment_failed', refunded: false, replayed: false, data: { told: 'payment_failed' },
  })
  t.match((await shop.notify()).json(), { status: 'failed', replayed: true, data: { told: 'payment_failed' } })
  shop.upstream.payments.set('imp_1', payment())
  t.match((await shop.notify()).json(), { status: 'paid', replayed: false })
})

test('failures tell their reason, whether it is final, and the message for the buyer', async (t) => {
  const shop = await openShop(t, { locale: 'en' }, [
    payment({ imp_uid: 'a', status: 'failed' }), payment({ imp_uid: 'b', status: 'ready', paid_at: 0 }),
    payment({ imp_uid: 'c', sandbox: true }),
  ])
  for (const imp_uid of ['a', 'b', 'c']) await shop.notify({ imp_uid })
  t.match(shop.failures(), [
    {
      reason: 'payment_failed',
      final: false,
      refunded: false,
      message: 'The payment failed.',
      payment: { imp_uid: 'a' },
    },
    { reason: 'not_paid', final: false, refunded: false, message: 'The payment has not been completed yet.' },
    { reason: 'test_payment', final: true, refunded: false, message: 'Test payments are not accepted.' },
  ])
  t.strictSame(shop.upstream.cancellations(), [], 'nothing to refund')
})

test('a test payment counts where the option says so', async (t) => {
  const shop = await openShop(t, { acceptTestPayments: true }, [payment({ sandbox: true })])
  t.match((await shop.notify()).json(), { status: 'paid' })
  t.strictSame(shop.ran(), ['paid'])
})

test('a billing key is ignored: no order is asked, no hook runs', async (t) => {
  let asked = 0
  const shop = await openShop(t, { getExpectedAmount: () => ++asked }, [
    payment({ customer_uid_usage: 'issue', amount: 0, status: 'paid' }),
  ])
  const reply = (await shop.notify()).json()
  t.match(reply, { success: false, status: 'ignored', replayed: false, amount: 0 })
  t.notOk('reason' in reply || 'data' in reply || 'refunded' in reply)
  t.match((await shop.notify()).json(), { replayed: false })
  t.equal(asked, 0)
  t.strictSame(shop.ran(), [])
})

test('a billing key with an amount is for the shop to refuse, which sees key and PG; nothing is sent', async (t) => {
  const shop = await openShop(t, {
    getExpectedAmount: ({ customer_uid_usage: usage, pg_provider: pg }) =>
      usage === 'issue' && pg !== 'kakaopay' ? null : 14000,
  }, [
    payment({ customer_uid_usage: 'issue', customer_uid: 'customer_1', pg_provider: 'kicc' }),
    payment({ imp_uid: 'imp_2', customer_uid_usage: 'issue', customer_uid: 'customer_1', pg_provider: 'kakaopay' }),
  ])
  t.match((await shop.notify()).json(), { status: 'failed', reason: 'order_not_found', refunded: false })
  t.match((await shop.notify({ imp_uid: 'imp_2' })).json(), { status: 'paid' })
  t.strictSame(shop.ran(), ['fail', 'paid'])
  t.strictSame(shop.upstream.cancellations(), [])
})

test('a status we do not know is not decided, and tried again with the next news', async (t) => {
  const shop = await openShop(t, {}, [payment({ status: 'settling' })])
  t.match((await shop.notify()).json(), { statusCode: 502, code: 'IAMPORT_BAD_GATEWAY' })
  t.strictSame(shop.ran(), [])
  shop.upstream.payments.set('imp_1', payment())
  t.match((await shop.notify()).json(), { status: 'paid', replayed: false })
})

test('without the optional hooks everything is decided all the same', async (t) => {
  const shop = await openShop(t, { onVbank: undefined, onFail: undefined, onCancel: undefined }, [
    payment({ imp_uid: 'a', status: 'failed' }), payment({ imp_uid: 'b', status: 'cancelled', cancel_amount: 14000 }),
    payment({ imp_uid: 'c', status: 'ready', pay_method: 'vbank', vbank_num: '1', paid_at: 0 }),
  ])
  for (const [imp_uid, status] of [['a', 'failed'], ['b', 'cancelled'], ['c', 'vbank_issued']]) {
    t.match((await shop.notify({ imp_uid })).json(), { status, replayed: false })
    t.match((await shop.notify({ imp_uid })).json(), { status, replayed: true })
  }
})

test('amounts of other currencies are compared in their minor unit, currencies without case', async (t) => {
  const shop = await openShop(t, {
    getExpectedAmount: () => ({ amount: 0.1 + 0.2, currency: 'usd' }),
  }, [payment({ amount: 0.3, currency: 'USD' })])
  t.match((await shop.notify()).json(), { status: 'paid', amount: 0.3, currency: 'USD' })
})

test('the order of a payment is named by the payment alone', async (t) => {
  const asked: string[] = []
  const shop = await openShop(t, {
    getExpectedAmount: ({ merchant_uid }) => {
      asked.push(merchant_uid)
      return 14000
    }
  }, [payment({ merchant_uid: 'order_7' })])
  await shop.notify({ imp_uid: 'imp_1', merchant_uid: 'order_1' })
  t.strictSame(asked, ['order_7'])
})

test('a declined payment carries what the provider said as detail', async (t) => {
  const shop = await openShop(t, {}, [payment({ status: 'failed', fail_reason: '한도초과' })])
  t.match((await shop.notify()).json(), { status: 'failed', reason: 'payment_failed', detail: '한도초과' })
  for (const fail_reason of ['', null, undefined]) {
    shop.upstream.payments.set('imp_1', payment({ status: 'failed', fail_reason }))
    t.notOk('detail' in (await shop.notify()).json())
  }
  shop.upstream.payments.set('imp_1', payment({ fail_reason: '한도초과' }))
  t.notOk('detail' in (await shop.notify()).json(), 'only where it failed')
})
