import t, { type Test } from 'tap'
import type { IamportOptions, Payment } from '../../lib/index.js'
import { openShop } from '../support/shop.js'
import {
  hangUp, html, isCancellation, isLookup, isToken, json, ok, payment, refuse, type Script,
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
  const shop = await openShop(t, {
    impKey, impSecret, budgetMs: 400, timeoutMs: 200, ...options,
  }, payments, { server: { logger: { level: 'trace', stream } } })
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
  silence: { script: isLookup },
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
    { level: 50, status: 'failed', reason: 'amount_mismatch', refunded: false, imp_uid: 'imp_2' },
  ])
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
