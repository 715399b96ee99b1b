import { mock } from 'node:test'
import { test } from 'tap'
import type { ConfirmAttempt, Context, IamportOptions } from '../../lib/index.js'
import { openShop } from '../support/shop.js'

const attempt = { imp_uid: 'imp_1', merchant_uid: 'order_1', amount: 14000 }
type Asked = { attempt: ConfirmAttempt, context: Context }

async function openTill (t: Parameters<typeof openShop>[0], options: Partial<IamportOptions> = {}) {
  const asked: Asked[] = []
  const shop = await openShop(t, { onConfirm: (attempt, context) => { asked.push({ attempt, context }) }, ...options })
  return { shop, asked, confirm: (body: unknown = attempt) => shop.post(body, '/payments/confirm') }
}

test('it is not there without onConfirm, nor where its path is false', async (t) => {
  const shop = await openShop(t)
  t.equal((await shop.post(attempt, '/payments/confirm')).statusCode, 404)
  const { confirm } = await openTill(t, { routes: { confirm: false } })
  t.equal((await confirm()).statusCode, 404)
})

test('the right amount of a known order is confirmed, by JSON and by form, without a lookup', async (t) => {
  const { shop, confirm, asked } = await openTill(t)
  t.equal((await confirm()).statusCode, 200)
  t.equal((await shop.form('imp_uid=imp_1&merchant_uid=order_1&amount=14000', '/payments/confirm')).statusCode, 200)
  t.strictSame(asked.map(({ attempt }) => attempt), [attempt, attempt])
  t.match(asked[0]?.context, { source: 'confirm', tx: undefined, request: { body: attempt } })
  t.equal(shop.upstream.seen.length, 0)
  t.strictSame(shop.ran(), [])
})

test('it records nothing: the same attempt is asked about again, and paid afterwards', async (t) => {
  const { shop, confirm, asked } = await openTill(t)
  await confirm()
  await confirm()
  t.equal(asked.length, 2)
  t.match((await shop.post({ imp_uid: 'imp_1' })).json(), { status: 'paid', replayed: false })
})

test('no order, or another amount, is refused before onConfirm', async (t) => {
  const { confirm, asked } = await openTill(t, {
    getExpectedAmount: (payment, {
      source,
    }) => source === 'confirm' && payment.merchant_uid === 'order_1' ? 14000 : null
  })
  for (const wrong of [
    { merchant_uid: 'order_2' }, { amount: 13999 }, { amount: 14001 }, { amount: 0 }, { amount: 14000.5 },
    { amount: '13999' },
  ]) {
    const reply = await confirm({ ...attempt, ...wrong })
    t.equal(reply.statusCode, 409, JSON.stringify(wrong))
    t.strictSame(Object.keys(reply.json()), ['reason'])
    t.equal(typeof reply.json().reason, 'string')
  }
  t.strictSame(asked, [])
})

test('an order in another currency is compared in its own', async (t) => {
  const { confirm } = await openTill(t, { getExpectedAmount: () => ({ amount: 10.1, currency: 'USD' }) })
  t.equal((await confirm({ ...attempt, amount: 10.1 })).statusCode, 200)
  t.equal((await confirm({ ...attempt, amount: '10.10' })).statusCode, 200)
  t.equal((await confirm({ ...attempt, amount: 10.11 })).statusCode, 409)
})

for (const [what, onConfirm] of Object.entries<() => unknown>({
  throws: () => { throw new Error('품절입니다') },
  rejects: async () => { throw new Error('품절입니다') },
})) {
  test(`where onConfirm ${what} its message becomes the reason`, async (t) => {
    const { confirm } = await openTill(t, { onConfirm })
    const reply = await confirm()
    t.equal(reply.statusCode, 409)
    t.strictSame(reply.json(), { reason: '품절입니다' })
  })
}

test('every attempt leaves one log line: confirmed, refused, or failed', async (t) => {
  const lines: { source?: string }[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const answers: Record<string, () => number> = {
    order_1: () => 14000, order_2: () => 15000, order_3: () => { throw new Error('down') },
  }
  const onConfirm = ({ imp_uid: impUid }: ConfirmAttempt) => { if (impUid === 'imp_4') throw new Error('품절입니다') }
  const shop = await openShop(t, {
    onConfirm, getExpectedAmount: (payment) => answers[payment.merchant_uid]?.() ?? null,
  }, [], { server: { logger: { stream } } })
  const attempts = [
    attempt, { ...attempt, merchant_uid: 'order_2' }, { ...attempt, merchant_uid: 'order_3' },
    { ...attempt, merchant_uid: 'order_9' }, { ...attempt, imp_uid: 'imp_4' },
  ]
  for (const body of attempts) await shop.post(body, '/payments/confirm')
  t.match(lines.filter(({ source }) => source === 'confirm'), [
    { level: 30, imp_uid: 'imp_1', merchant_uid: 'order_1', msg: 'payment confirmed' },
    { level: 40, merchant_uid: 'order_2', reason: /금액/, msg: 'payment refused before approval' },
    {
      level: 50,
      merchant_uid: 'order_3',
      code: 'IAMPORT_HOOK_FAILED',
      msg: 'payment refused before approval: getExpectedAmount failed',
    },
    { level: 40, merchant_uid: 'order_9', reason: /주문을 찾을 수 없/ },
    { level: 40, imp_uid: 'imp_4', reason: '품절입니다', err: { message: '품절입니다' } },
  ])
  t.equal(lines.filter(({ source }) => source === 'confirm').length, attempts.length)
})

/** Nothing was charged, so the buyer may try again: never what is said of a payment that is under way. */
const NOT_CHARGED = /결제되지 않았으니/

test('what is thrown without a message refuses with a reason of ours', async (t) => {
  for (const thrown of [undefined, null, '', 'text', 7, new Error(), { message: 7 }]) {
    const { confirm } = await openTill(t, { onConfirm: () => { throw thrown } })
    const reply = await confirm()
    t.equal(reply.statusCode, 409)
    t.match(reply.json(), { reason: NOT_CHARGED })
  }
})

test('an expected amount that fails, or is none, refuses without its words', async (t) => {
  const broken: unknown[] = [NaN, '14,000', {}, -1, true]
  const asks = [() => { throw new Error('password 1234') }, ...broken.map((value) => () => value)]
  for (const ask of asks) {
    const { confirm, asked } = await openTill(t, { getExpectedAmount: ask as IamportOptions['getExpectedAmount'] })
    const reply = await confirm()
    t.equal(reply.statusCode, 409)
    t.match(reply.json(), { reason: NOT_CHARGED })
    t.strictSame(asked, [])
  }
})

test('a body that names no attempt is refused as not valid, which refuses the payment', async (t) => {
  const { shop, confirm, asked } = await openTill(t)
  const wrong = [
    {}, null, [], { ...attempt, imp_uid: 'a/b' }, { ...attempt, imp_uid: null }, { ...attempt, merchant_uid: '' },
    { ...attempt, merchant_uid: null },
    { ...attempt, amount: undefined }, { ...attempt, amount: null }, { ...attempt, amount: -1 },
    { ...attempt, amount: '' }, { ...attempt, amount: '14,000' },
    { ...attempt, amount: '1e4' }, { ...attempt, amount: '0x36b0' }, { ...attempt, amount: ' 14000' },
    { ...attempt, amount: [14000] }, { ...attempt, amount: true },
  ]
  for (const body of wrong) {
    t.match((await confirm(body)).json(), {
      statusCode: 400, code: 'FST_ERR_VALIDATION',
    }, JSON.stringify(body))
  }
  const infinite = await shop.app.inject({
    method: 'POST',
    url: '/payments/confirm',
    headers: { 'content-type': 'application/json' },
    payload: '{"imp_uid":"imp_1","merchant_uid":"order_1","amount":1e999}'
  })
  t.equal(infinite.statusCode, 400)
  t.equal(
    (await shop.form('imp_uid=imp_1&merchant_uid=order_1&amount=14000&amount=1', '/payments/confirm')).statusCode, 400
  )
  t.strictSame(asked, [])
})

for (const [what, options] of Object.entries<Partial<IamportOptions>>({
  onConfirm: { onConfirm: () => new Promise(() => {}) },
  getExpectedAmount: { getExpectedAmount: () => new Promise(() => {}) },
})) {
  test(`where ${what} has not answered after 4 s the attempt is refused, and not before`, async (t) => {
    const { confirm } = await openTill(t, options)
    await confirm({}) // the app is ready before the clock stands still
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    let answered = false
    const reply = confirm()
    reply.finally(() => { answered = true }).catch(() => {})
    const settle = async () => { for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve)) }
    await settle()
    mock.timers.tick(3900)
    await settle()
    t.equal(answered, false)
    mock.timers.tick(101)
    t.equal((await reply).statusCode, 409)
    t.match((await reply).json(), { reason: NOT_CHARGED })
  })
}

test('a hook that takes too long is logged as a slow hook, not as a slow provider', async (t) => {
  const lines: { source?: string }[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const server = { logger: { stream } }
  const shop = await openShop(t, { onConfirm: () => new Promise(() => {}) }, [], { server })
  await shop.post({}, '/payments/confirm')
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const reply = shop.post(attempt, '/payments/confirm')
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  mock.timers.tick(4001)
  t.equal((await reply).statusCode, 409)
  t.match(lines.filter(({ source }) => source === 'confirm'), [{
    level: 50,
    code: 'IAMPORT_TIMEOUT',
    msg: 'payment refused before approval: the hooks took too long',
    err: { message: 'getExpectedAmount and onConfirm did not finish within 4000 ms' },
  }])
  t.notMatch(JSON.stringify(lines), /Iamport did not answer/)
})

test('an onConfirm that fails after its time is up harms nothing', async (t) => {
  let fail: (error: Error) => void = () => {}
  const { confirm } = await openTill(t, { onConfirm: () => new Promise((_resolve, reject) => { fail = reject }) })
  const unhandled: unknown[] = []
  const keep = (reason: unknown) => { unhandled.push(reason) }
  process.on('unhandledRejection', keep)
  t.teardown(() => process.off('unhandledRejection', keep))
  await confirm({})
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const reply = confirm()
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  mock.timers.tick(4001)
  t.equal((await reply).statusCode, 409)
  fail(new Error('late'))
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(unhandled, [])
})
