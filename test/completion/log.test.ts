import t, { type Test } from 'tap'
import { memoryLedger, type IamportOptions, type Ledger, type Payment } from '../../lib/index.js'
import { openShop } from '../support/shop.js'
import {
  account, hangUp, html, isCancellation, isLookup, isToken, json, ok, outage, payment, refuse, secondsAgo,
  type Script,
} from '../support/upstream.js'

// Side by side, as they wait.
t.jobs = 8
const test = (name: string, work: (t: Test) => Promise<void>) => t.test(name, { buffered: true }, work)

/** Everything that must never be told. */
const SECRETS = {
  impKey: 'KEY-1c0ffee',
  impSecret: 'SECRET-2badcafe',
  token: 'TOKEN-3deadbeef',
  card_number: '5365-10**-****-1234',
  apply_num: 'APPLY-77777',
  buyer_name: '홍길동',
  buyer_email: 'gildong@example.com',
  buyer_tel: '010-1234-5678',
  buyer_addr: '서울시 종로구',
  custom_data: '{"memo":"문 앞에"}',
  card_name: '현대카드',
  vbank_holder: '김예금',
  pg_tid: 'PGTID-888',
}
const { impKey, impSecret, token, ...PERSONAL } = SECRETS
const personal = (changes: Partial<Payment> = {}) => payment({ ...PERSONAL, ...changes })

async function openLogged (t: Parameters<typeof openShop>[0], options: Partial<IamportOptions> = {}, payments = [
  personal(),
]) {
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const server = { logger: { level: 'trace', stream } }
  const shop = await openShop(t, { impKey, impSecret, ...options }, payments, { server })
  shop.upstream.token = token
  const ours = () => lines.filter((line) => 'imp_uid' in line && 'durationMs' in line)
  return { shop, lines, ours }
}

const OUTCOMES: Record<string, { payments?: Payment[], options?: Partial<IamportOptions>, script?: Script }> = {
  paid: {},
  'a hook that throws': { options: { onPaid: () => { throw new Error('away') } } },
  'an expected amount that is none': { options: { getExpectedAmount: () => NaN } },
  'another amount': { payments: [personal({ amount: 1 })] },
  'a refused refund': {
    payments: [personal({ amount: 1 })],
    script: (seen, response) => isCancellation(seen) && refuse(response, 200, 'no', 1),
  },
  'a refund without an answer': {
    payments: [personal({ amount: 1 })], script: (seen, response) => isCancellation(seen) && hangUp(response),
  },
  'an account': {
    payments: [personal({ status: 'ready', pay_method: 'vbank', vbank_num: '1-2', vbank_holder: null })],
  },
  failed: { payments: [personal({ status: 'failed', fail_reason: '잔액부족' })] },
  cancelled: { payments: [personal({ status: 'cancelled', cancel_amount: 14000 })] },
  'a test payment': { payments: [personal({ sandbox: true })] },
  'no such payment': { payments: [] },
  'an unknown status': { payments: [personal({ status: 'settling' })] },
  'a payment that is not one': {
    script: (seen, response) => isLookup(seen) && ok(response, { ...personal(), amount: 'x' }),
  },
  'a page': { script: (seen, response) => isLookup(seen) && html(response, 200) },
  500: { script: (seen, response) => isLookup(seen) && json(response, personal(), 500, { 'retry-after': '60' }) },
  'a lost connection': { script: (seen, response) => isLookup(seen) && hangUp(response) },
  silence: { script: isLookup, options: { budgetMs: 400, timeoutMs: 200 } },
  'a refused key': { script: (seen, response) => isToken(seen) && refuse(response, 401) },
  'a refused token': { script: (seen, response) => isLookup(seen) && refuse(response, 401) },
  'a token that no header holds': {
    script: (seen, response) => isToken(seen) && ok(response, { access_token: `${token}\r\n` }),
  },
}

for (const [what, { payments, options, script }] of Object.entries(OUTCOMES)) {
  test(`after ${what} no log line and no reply holds a secret, a card or a buyer`, async (t) => {
    const { shop, lines, ours } = await openLogged(t, options, payments)
    if (script) shop.upstream.script = script
    const replies = [
      await shop.notify(),
      await shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_1', buyer_name: SECRETS.buyer_name }),
      await shop.redirect('?imp_uid=imp_1'),
    ]
    const told = JSON.stringify(lines) + replies.map(({ payload, headers }) => payload + JSON.stringify(headers)).join()
    for (const [name, secret] of Object.entries(SECRETS)) {
      t.notOk(
        told.includes(JSON.stringify(secret).slice(1, -1)), name
      )
    }
    t.equal(ours().length, 3, 'one line for each notification')
  })
}

test('what a hook throws that is no error does not take the payment into the log', async (t) => {
  const { shop, lines } = await openLogged(t, { onPaid: (payment) => { throw payment } })
  await shop.notify()
  t.notMatch(JSON.stringify(lines), SECRETS.buyer_name)
})

test('a decision is one line with payment, order, source, status and duration', async (t) => {
  const { shop, ours } = await openLogged(t)
  await shop.notify()
  await shop.post({ imp_uid: 'imp_1' })
  t.match(ours(), [
    {
      level: 30,
      imp_uid: 'imp_1',
      merchant_uid: 'order_1',
      source: 'webhook',
      status: 'paid',
      replayed: false,
      durationMs: Number,
      reqId: String,
    },
    {
      level: 30,
      imp_uid: 'imp_1',
      merchant_uid: 'order_1',
      source: 'browser',
      status: 'paid',
      replayed: true,
      durationMs: Number,
      reqId: String,
    },
  ])
})

test('a failure is a warning with its reason, one that needs hands an error', async (t) => {
  const { shop, ours } = await openLogged(t, { cancelOnMismatch: false }, [
    personal({ status: 'failed' }), personal({ imp_uid: 'imp_2', amount: 1 }),
  ])
  await shop.notify()
  await shop.notify({ imp_uid: 'imp_2' })
  t.match(ours(), [
    { level: 40, status: 'failed', reason: 'payment_failed' },
    {
      level: 50,
      status: 'failed',
      reason: 'amount_mismatch',
      refunded: false,
      imp_uid: 'imp_2',
      why: 'off',
      msg: 'payment does not match its order and was not refunded: refund it manually',
    },
  ])
})

test('an error about a payment that may have been delivered asks to look at its order first', async (t) => {
  const memory = memoryLedger()
  const abandoning: Ledger = { ...memory, once: (key, work) => memory.once(key, (tx) => work(tx, 'abandoned')) }
  const { shop, ours } = await openLogged(t, { ledger: abandoning }, [personal({ amount: 1 })])
  await shop.notify()
  t.match(ours(), [{
    level: 50, why: 'maybe_delivered', refunded: false, msg: /: .* look at the order before you refund it manually$/,
  }])
})

test('what was refused is a warning, what could not be decided an error with its code and cause', async (t) => {
  const { shop, ours } = await openLogged(t, { onPaid: () => { throw new Error('the database is away') } })
  await shop.notify({ imp_uid: 'imp_9' })
  await shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_2' })
  await shop.notify()
  t.match(ours(), [
    { level: 40, code: 'IAMPORT_PAYMENT_NOT_FOUND', imp_uid: 'imp_9', source: 'webhook' },
    { level: 40, code: 'IAMPORT_ORDER_MISMATCH', imp_uid: 'imp_1', merchant_uid: 'order_2', source: 'browser' },
    { level: 50, code: 'IAMPORT_HOOK_FAILED', imp_uid: 'imp_1', err: { stack: /the database is away/ } },
  ])
})

for (const [what, options, hook] of [
  ['onPaid', { onPaid: () => { throw new Error('the database is away') } }, 'onPaid'],
  ['getExpectedAmount', { getExpectedAmount: () => { throw new Error('the database is away') } }, 'getExpectedAmount'],
  ['onPaid, by something else than an error,', { onPaid: () => Promise.reject(new Map()) }, 'onPaid'],
] as [string, Partial<IamportOptions>, string][]) {
  test(`where ${what} fails, one line has the payment, its order, the hook and the cause`, async (t) => {
    const { shop, lines } = await openLogged(t, options)
    for (const tell of [
      () => shop.notify(), () => shop.post({ imp_uid: 'imp_1' }), () => shop.form('imp_uid=imp_1'),
      () => shop.redirect('?imp_uid=imp_1'),
    ]) {
      lines.length = 0
      await tell()
      const errors = lines.filter((line) => 'err' in line || Number(line.level) > 30)
      t.match(errors, [{
        level: 50,
        imp_uid: 'imp_1',
        merchant_uid: 'order_1',
        hook,
        code: 'IAMPORT_HOOK_FAILED',
        msg: `no decision about the payment: ${hook} failed`,
        err: { stack: /the database is away|threw object instead of an error/ },
      }])
      t.equal(errors.length, 1)
    }
  })
}

for (const [what, changes] of Object.entries({
  onVbank: { status: 'ready', pay_method: 'vbank', vbank_num: '1-2' },
  onFail: { status: 'failed' },
  onCancel: { status: 'cancelled', cancel_amount: 14000 },
})) {
  test(`where ${what} fails, the line names it`, async (t) => {
    const { shop, ours } = await openLogged(t, { [what]: () => { throw new Error('away') } }, [personal(changes)])
    await shop.notify()
    t.match(ours(), [{ level: 50, hook: what, merchant_uid: 'order_1' }])
  })
}

test('what the provider did not answer, or answered with nothing, is one line as well', async (t) => {
  const { shop, lines } = await openLogged(t)
  for (const [status, level] of [[404, 40], [503, 50]] as const) {
    shop.upstream.script = (seen, response) => isLookup(seen) && outage(response, status)
    lines.length = 0
    await shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_7' })
    const told = lines.filter((line) => 'err' in line || Number(line.level) > 30)
    t.match(told, [{ level, imp_uid: 'imp_1', merchant_uid: 'order_7' }])
    t.equal(told.length, 1)
  }
})

test('a redirect whose payment could not be searched for is one line, with the order', async (t) => {
  const { shop, lines } = await openLogged(t)
  shop.upstream.script = (seen, response) => seen.path.includes('/find/') && outage(response)
  lines.length = 0
  await shop.redirect('?merchant_uid=order_1')
  const told = lines.filter((line) => 'err' in line || Number(line.level) > 30)
  t.match(told, [{ level: 50, merchant_uid: 'order_1', source: 'redirect', code: 'IAMPORT_UNAVAILABLE' }])
  t.equal(told.length, 1)
})

test('an app whose own error handler replies gets every error, logged or not', async (t) => {
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const shop = await openShop(t, { onPaid: () => { throw new Error('away') } }, undefined, {
    server: { logger: { stream } },
    prepare: (app) => { app.setErrorHandler((error: Error, _, reply) => reply.code(418).send({ own: error.message })) },
  })
  const reply = await shop.post({ imp_uid: 'imp_1' })
  t.equal(reply.statusCode, 418)
  t.strictSame(reply.json(), { own: 'The payment could not be processed' })
  t.equal(lines.filter((line) => 'err' in line).length, 1)
  t.equal((await shop.notify()).statusCode, 500, 'but for the provider')
  t.equal(lines.filter((line) => 'err' in line).length, 2)
})

for (const [reason, changes, said] of [
  ['test_payment', { sandbox: true }, /acceptTestPayments/],
  ['not_paid', { status: 'ready', paid_at: 0 }, /the approval is pending/],
  ['order_not_found', { merchant_uid: 'order_9' }, /getExpectedAmount returned null or undefined/],
  ['amount_mismatch', { amount: 1 }, /not that of its order; it was refunded$/],
  ['currency_mismatch', { currency: 'USD' }, /not that of its order; it was refunded$/],
  ['amount_mismatch', { amount: 2, paid_at: 0, started_at: secondsAgo(60) }, /not that of its order; it was refunded$/],
  ['payment_failed', { status: 'failed' }, /^payment failed$/],
] as [string, Partial<Payment>, RegExp][]) {
  test(`the log line of ${reason} says what it comes from: ${Object.keys(changes).join()}`, async (t) => {
    const getExpectedAmount: IamportOptions['getExpectedAmount'] = ({ merchant_uid: order }) =>
      order === 'order_1' ? 14000 : null
    const { shop, ours } = await openLogged(t, { getExpectedAmount }, [personal(changes)])
    await shop.notify()
    const { amount, currency } = { amount: 14000, currency: 'KRW', ...changes }
    t.match(ours(), [{ level: 40, reason, msg: said, ...(reason.endsWith('mismatch') && { amount, currency }) }])
  })
}

test('of an account that was closed before its deposit the log does not say that money went back', async (t) => {
  const { shop, ours } = await openLogged(t, {}, [account({ amount: 1 })])
  await shop.notify()
  t.match(ours(), [{ level: 40, reason: 'amount_mismatch', refunded: true, amount: 1, msg: /; nothing was charged$/ }])
})

test('complete() of the instance is logged by the app', async (t) => {
  const { shop, ours } = await openLogged(t)
  await shop.app.iamport.complete('imp_1')
  t.match(ours(), [{ source: 'direct', status: 'paid' }])
})

test('an order number cannot forge a line', async (t) => {
  const merchant_uid = 'x","level":30}\n{"level":60,"msg":"forged"}'
  const { shop, lines } = await openLogged(t, {}, [personal({ merchant_uid })])
  await shop.notify()
  t.ok(lines.every(({ msg }) => msg !== 'forged'))
  t.ok(lines.some((line) => line.merchant_uid === merchant_uid))
})
