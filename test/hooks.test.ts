import { test } from 'tap'
import type { IamportOptions, Payment } from '../lib/index.js'
import { openShop } from './support/shop.js'
import { payment } from './support/upstream.js'

test('an expected amount that is none is the merchant\'s bug: nothing is fulfilled, nothing cancelled', async (t) => {
  const wrong: unknown[] = [
    NaN, Infinity, -Infinity, -1, '14000', '', true, {}, [], { amount: '14000' }, { amount: null }, { amount: NaN }, { amount: -1 }, { value: 14000 },
    { amount: 14000, currency: '' }, { amount: 14000, currency: 410 }, { amount: 14000, currency: null }, 14000n, Symbol('x'), () => 14000, [14000],
  ]
  for (const value of wrong) {
    const shop = await openShop(t, { getExpectedAmount: (() => value) as IamportOptions['getExpectedAmount'] })
    t.match((await shop.post({ imp_uid: 'imp_1' })).json(), { statusCode: 500, code: 'IAMPORT_HOOK_FAILED' }, String(value))
    t.strictSame(shop.ran(), [])
    t.strictSame(shop.upstream.cancellations(), [])
  }
})

test('amounts may be given bare, as an object, or by a promise', async (t) => {
  for (const value of [14000, { amount: 14000 }, { amount: 14000, currency: undefined }, { amount: 14000, currency: 'krw' }]) {
    for (const given of [value, Promise.resolve(value)]) {
      const shop = await openShop(t, { getExpectedAmount: () => given })
      t.match((await shop.notify()).json(), { status: 'paid' }, JSON.stringify(value))
    }
  }
})

test('null and undefined say that there is no such order', async (t) => {
  for (const value of [null, undefined]) {
    const shop = await openShop(t, { getExpectedAmount: async () => value })
    t.match((await shop.notify()).json(), { status: 'failed', reason: 'order_not_found' })
  }
})

test('what a hook returns is given back as JSON, the first time as any other', async (t) => {
  for (const [returned, data] of [
    [{ a: 1, b: undefined, at: new Date(0), f: () => 1 }, { a: 1, at: '1970-01-01T00:00:00.000Z' }],
    [null, null], [0, 0], ['', ''], [false, false], [[1, undefined], [1, null]], [NaN, null], ['text', 'text'],
    [{ toJSON: () => ({ own: 1 }) }, { own: 1 }], [new Map([[1, 2]]), {}], [Object.create({ inherited: 1 }), {}],
  ]) {
    const shop = await openShop(t, { onPaid: async () => returned })
    const first = (await shop.notify()).json()
    const second = (await shop.notify()).json()
    t.strictSame([first.data, second.data], [data, data])
    t.strictSame([first.replayed, second.replayed], [false, true])
  }
})

test('what a hook returns as nothing is not there, the first time and replayed', async (t) => {
  for (const returned of [undefined, () => 1, Symbol('x')]) {
    const shop = await openShop(t, { onPaid: () => returned })
    for (const replayed of [false, true]) {
      const reply = (await shop.notify()).json()
      t.equal(reply.replayed, replayed)
      t.notOk('data' in reply)
    }
  }
})

test('what JSON cannot hold is left out and logged, and the hook that succeeded does not run again', async (t) => {
  const circular: { self?: unknown } = {}
  circular.self = circular
  const broken = { toJSON () { throw new Error('1234') } }
  for (const returned of [1n, { deep: [1n] }, circular, broken, () => {}]) {
    const lines: { level: number, msg: string }[] = []
    const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
    let runs = 0
    const shop = await openShop(t, { onPaid: () => { runs++; return returned } }, undefined, { server: { logger: { stream } } })
    for (const replayed of [false, true]) {
      const reply = await shop.notify()
      t.match(reply.json(), { status: 'paid', replayed })
      t.notOk('data' in reply.json())
      t.notMatch(reply.payload, '1234')
    }
    t.equal(runs, 1)
    t.equal(lines.filter(({ level, msg }) => level === 50 && msg.includes('not JSON')).length, 1)
  }
})

test('a large result is kept whole', async (t) => {
  const data = { text: 'x'.repeat(2 ** 20), list: Array.from({ length: 1000 }, (_, index) => index) }
  const shop = await openShop(t, { onPaid: () => data })
  t.strictSame((await shop.notify()).json().data, data)
  t.strictSame((await shop.notify()).json().data, data)
})

test('what onCancel returns is not kept, so it may be anything', async (t) => {
  const circular: { self?: unknown } = {}
  circular.self = circular
  for (const returned of [1n, circular, () => 1]) {
    const shop = await openShop(t, { onCancel: async () => returned }, [payment({ status: 'cancelled', cancel_amount: 14000 })])
    for (const replayed of [false, true]) t.match((await shop.notify()).json(), { status: 'cancelled', replayed })
  }
})

test('the data of one hook is not given back by another', async (t) => {
  const shop = await openShop(t, { onFail: () => 'failed', onPaid: () => 'paid', onCancel: () => 'cancelled' }, [payment({ status: 'failed' })])
  t.equal((await shop.notify()).json().data, 'failed')
  shop.upstream.payments.set('imp_1', payment())
  t.equal((await shop.notify()).json().data, 'paid')
  shop.upstream.payments.set('imp_1', payment({ status: 'cancelled', cancel_amount: 14000 }))
  t.notOk('data' in (await shop.notify()).json())
})

test('each hook that throws is asked again with the next news, for the same event', async (t) => {
  for (const [hook, changes] of [
    ['onPaid', {}], ['onFail', { status: 'failed' }], ['onCancel', { status: 'cancelled', cancel_amount: 14000 }],
    ['onVbank', { status: 'ready', pay_method: 'vbank', vbank_num: '1', paid_at: 0 }],
  ] as [keyof IamportOptions, Partial<Payment>][]) {
    let runs = 0
    const shop = await openShop(t, { [hook]: () => { if (++runs < 3) throw new Error('not yet') } }, [payment(changes)])
    for (const statusCode of [500, 500, 200, 200]) t.equal((await shop.notify()).statusCode, statusCode)
    t.equal(runs, 3, hook)
  }
})

test('a hook that changes the payment changes neither the answer nor what others see', async (t) => {
  const change = (payment: Payment) => Object.assign(payment, { imp_uid: 'imp_x', merchant_uid: 'order_x', amount: 1, cancel_amount: 7, status: 'failed', currency: 'USD' })
  for (const hooks of [{ onPaid: change }, { getExpectedAmount: (payment: Payment) => { try { change(payment) } catch {} return 14000 } }]) {
    const shop = await openShop(t, {
      ...hooks as Partial<IamportOptions>,
      onPaid: (payment) => { try { change(payment) } catch {} }
    })
    const gate = shop.upstream.hold('GET', /imp_1/)
    const replies = [shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_1' }), shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_1' }), shop.notify()]
    await gate.arrived
    gate.open()
    for (const reply of await Promise.all(replies)) {
      t.match(reply.json(), { status: 'paid', imp_uid: 'imp_1', merchant_uid: 'order_1', amount: 14000, currency: 'KRW', cancel_amount: 0 })
    }
    t.match((await shop.notify()).json(), { status: 'paid', replayed: true })
    t.strictSame(shop.upstream.cancellations(), [])
  }
})

test('a hook that changes the payment does not change which cancellation is recorded', async (t) => {
  const cancelled: string[] = []
  const shop = await openShop(t, {
    onPaid: (payment) => { try { payment.imp_uid = 'imp_x' } catch {} },
    onCancel: (payment) => { cancelled.push(payment.imp_uid) },
  }, [payment({ status: 'cancelled', cancel_amount: 4000, cancel_history: [{ amount: 4000, cancellation_id: 'c1' }] })])
  await shop.notify()
  await shop.notify()
  t.strictSame(cancelled, ['imp_1'])
})

test('a mutated amount cannot make a payment match', async (t) => {
  const shop = await openShop(t, {
    getExpectedAmount: (payment) => { try { payment.amount = 14000 } catch {} return 14000 }
  }, [payment({ amount: 100 })])
  t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch' })
})
