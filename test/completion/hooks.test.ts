import { inspect } from 'node:util'
import { test } from 'tap'
import { memoryLedger, type IamportOptions, type Ledger, type Payment } from '../../lib/index.js'
import { openShop } from '../support/shop.js'
import { payment } from '../support/upstream.js'

test('an expected amount that is none is the merchant\'s bug: nothing is fulfilled, nothing cancelled', async (t) => {
  const wrong: unknown[] = [
    NaN, Infinity, -Infinity, -1, '14,000', '', true, {}, [], { amount: '1e4' }, { amount: null }, { amount: NaN },
    { amount: -1 }, { value: 14000 },
    { amount: 14000, currency: '' }, { amount: 14000, currency: 410 }, { amount: 14000, currency: null }, -1n,
    Symbol('x'), () => 14000, [14000],
  ]
  for (const value of wrong) {
    const shop = await openShop(t, { getExpectedAmount: (() => value) as IamportOptions['getExpectedAmount'] })
    t.match((await shop.post({ imp_uid: 'imp_1' })).json(), {
      statusCode: 500, code: 'IAMPORT_HOOK_FAILED',
    }, String(value))
    t.strictSame(shop.ran(), [])
    t.strictSame(shop.upstream.cancellations(), [])
  }
})

test('amounts may be given bare, as an object, or by a promise', async (t) => {
  for (const value of [
    14000, { amount: 14000 }, { amount: 14000, currency: undefined }, { amount: 14000, currency: 'krw' },
  ]) {
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
    const shop = await openShop(t, { exposeData: true, onPaid: async () => returned })
    const first = (await shop.notify()).json()
    const second = (await shop.notify()).json()
    t.strictSame([first.data, second.data], [data, data])
    t.strictSame([first.replayed, second.replayed], [false, true])
  }
})

test('what a hook returns as nothing is not there, the first time and replayed', async (t) => {
  for (const returned of [undefined, () => 1, Symbol('x')]) {
    const shop = await openShop(t, { exposeData: true, onPaid: () => returned })
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
    const shop = await openShop(t, {
      exposeData: true, onPaid: () => { runs++; return returned },
    }, undefined, { server: { logger: { stream } } })
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
  const shop = await openShop(t, { exposeData: true, onPaid: () => data })
  t.strictSame((await shop.notify()).json().data, data)
  t.strictSame((await shop.notify()).json().data, data)
})

test('without exposeData what a hook returns is ignored, neither recorded nor replied, whatever it is', async (t) => {
  const ledger = memoryLedger()
  const recorded: unknown[] = []
  const watching: Ledger = {
    async once (key, work) {
      const result = await ledger.once(key, work)
      recorded.push(result.value)
      return result
    }
  }
  for (const [index, returned] of [{ phone: '010-1234-5678' }, 1n].entries()) {
    const imp_uid = `imp_${index}`
    const shop = await openShop(t, { ledger: watching, onPaid: () => returned }, [payment({ imp_uid })])
    for (const replayed of [false, true]) {
      const reply = await shop.notify({ imp_uid })
      t.match(reply.json(), { status: 'paid', replayed })
      t.notOk('data' in reply.json())
    }
  }
  t.strictSame(recorded, Array(4).fill(undefined))
})

test('what was recorded with exposeData is not given out without it', async (t) => {
  const ledger = memoryLedger()
  const open = await openShop(t, { ledger, exposeData: true, onPaid: () => 'a secret' })
  t.equal((await open.notify()).json().data, 'a secret')
  const shut = await openShop(t, { ledger })
  t.notOk('data' in (await shut.notify()).json())
})

for (const expected of [
  14000, 14000n, '14000', '14000.00', { amount: 14000n }, { amount: '14000.0', currency: 'krw' },
]) {
  test(`an expected amount of ${inspect(expected)} is taken`, async (t) => {
    const shop = await openShop(t, { getExpectedAmount: () => expected })
    t.match((await shop.notify()).json(), { status: 'paid' })
  })
}

for (const [expected, said] of [
  [NaN, /returned NaN \(a calculation with undefined\?\)/], [-1, /returned -1/], [-1n, /returned a bigint/],
  ['', /text that is not a decimal/],
  ['14,000', /text that is not a decimal/],
  ['1e4', /text that is not a decimal/], [' 14000', /text that is not a decimal/], [true, /returned a boolean/],
  [{}, /an object without amount \(a whole row of the database\?\)/],
  [{ price: 14000 }, /an object without amount/], [new Map(), /an object \(Map\) without amount/],
  [[{ amount: 14000 }], /an array \(all rows of a query/],
  [{ amount: null }, /null as amount \(an empty column\?\)/], [{ amount: undefined }, /undefined as amount/],
  [{ amount: Promise.resolve(14000) }, /a promise as amount \(is an await missing\?\)/],
  [() => 14000, /a function as amount/], [Symbol('x'), /returned a symbol/],
  [{ amount: new Map() }, /an object \(Map\) as amount; convert a Decimal/],
  [{ amount: 14000, currency: 'won' }, /ISO 4217/], [{ amount: 14000, currency: '' }, /ISO 4217/],
  [{ amount: 14000, currency: 410 }, /ISO 4217/],
] as const) {
  test(`an expected amount of ${inspect(expected)} is a bug of the shop's: nothing happens`, async (t) => {
    const lines: { msg: string, err?: { stack?: string } }[] = []
    const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
    const getExpectedAmount: () => unknown = () => expected
    const options = { getExpectedAmount } as Partial<IamportOptions>
    const shop = await openShop(t, options, undefined, { server: { logger: { stream } } })
    t.match((await shop.notify()).json(), { statusCode: 500, code: 'IAMPORT_HOOK_FAILED' })
    t.strictSame(shop.ran(), [])
    t.strictSame(shop.upstream.cancellations(), [])
    t.ok(lines.some(({ err }) => said.test(err?.stack ?? '')), 'the log says what was wrong')
  })
}

test('what onCancel returns is not kept, so it may be anything', async (t) => {
  const circular: { self?: unknown } = {}
  circular.self = circular
  for (const returned of [1n, circular, () => 1]) {
    const shop = await openShop(t, { onCancel: async () => returned }, [
      payment({ status: 'cancelled', cancel_amount: 14000 }),
    ])
    for (const replayed of [false, true]) t.match((await shop.notify()).json(), { status: 'cancelled', replayed })
  }
})

test('the data of one hook is not given back by another', async (t) => {
  const shop = await openShop(t, {
    exposeData: true, onFail: () => 'failed', onPaid: () => 'paid', onCancel: () => 'cancelled',
  }, [payment({ status: 'failed' })])
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
  const change = (payment: Payment) => Object.assign(payment, {
    imp_uid: 'imp_x', merchant_uid: 'order_x', amount: 1, cancel_amount: 7, status: 'failed', currency: 'USD',
  })
  for (const hooks of [
    { onPaid: change }, { getExpectedAmount: (payment: Payment) => { try { change(payment) } catch {} return 14000 } },
  ]) {
    const shop = await openShop(t, {
      ...hooks as Partial<IamportOptions>,
      onPaid: (payment) => { try { change(payment) } catch {} }
    })
    const gate = shop.upstream.hold('GET', /imp_1/)
    const replies = [
      shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_1' }),
      shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_1' }), shop.notify(),
    ]
    await gate.arrived
    gate.open()
    for (const reply of await Promise.all(replies)) {
      t.match(reply.json(), {
        status: 'paid', imp_uid: 'imp_1', merchant_uid: 'order_1', amount: 14000, currency: 'KRW', cancel_amount: 0,
      })
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
