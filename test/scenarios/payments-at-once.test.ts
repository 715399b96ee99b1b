import { test } from 'tap'
import { openShop } from '../support/shop.js'
import { account, hangUp, isBatch, json, payment, refuse, secondsAgo, type Script } from '../support/upstream.js'

const named = (id: string, changes: Parameters<typeof payment>[0] = {}) =>
  payment({ imp_uid: id, merchant_uid: `order_of_${id}`, ...changes })
const PAYMENTS = () => [
  named('imp_paid'),
  named('imp_test', { sandbox: true }),
  named('imp_tampered', { amount: 100 }),
  named('imp_failed', { status: 'failed', paid_at: 0 }),
  named('imp_cancelled', { status: 'cancelled', cancel_amount: 14000, cancel_history: [{ amount: 14000 }] }),
  account({ imp_uid: 'imp_account', merchant_uid: 'order_of_imp_account' }),
  named('imp_old', { amount: 100, paid_at: secondsAgo(7200) }),
]
const DECIDED = {
  imp_paid: { status: 'paid' },
  imp_test: { status: 'failed', reason: 'test_payment' },
  imp_tampered: { status: 'failed', reason: 'amount_mismatch', refunded: true },
  imp_failed: { status: 'failed', reason: 'payment_failed' },
  imp_cancelled: { status: 'cancelled' },
  imp_account: { status: 'vbank_issued' },
  imp_old: { status: 'failed', reason: 'amount_mismatch', refunded: false },
  imp_unknown: { code: 'IAMPORT_PAYMENT_NOT_FOUND' },
}
const IDS = Object.keys(DECIDED)

const FAULTS: Record<string, Script> = {
  'as it is': () => undefined,
  'with an answer in another order': (seen, response) =>
    isBatch(seen) && json(response, { code: 0, response: PAYMENTS().reverse() }, 207),
  'with a 500': (seen, response) => isBatch(seen) && refuse(response, 500),
  'with a lost connection': (seen, response) => isBatch(seen) && hangUp(response),
  'where there is no such endpoint': (seen, response) => isBatch(seen) && refuse(response, 404),
}

for (const [what, script] of Object.entries(FAULTS)) {
  test(`payments that are looked up in one request are each decided by themselves: ${what}`, async (t) => {
    const shop = await openShop(t, {}, PAYMENTS())
    shop.upstream.script = script
    const replies = await Promise.all(IDS.map((imp_uid) => shop.notify({ imp_uid })))
    t.match(Object.fromEntries(replies.map((reply, index) => [IDS[index], reply.json()])), DECIDED)
    t.strictSame(shop.ran().sort(), ['cancel', 'fail', 'fail', 'fail', 'fail', 'paid', 'vbank'])
    t.match(shop.upstream.cancellations(), [{ imp_uid: 'imp_tampered' }], 'refunded is what was tampered with')
    t.strictSame(shop.upstream.batches().slice(0, 1), [IDS])
  })
}

test('a payment that is cancelled while another lookup of it is under way is not delivered by a batch', async (t) => {
  const shop = await openShop(t, {}, [named('imp_1'), named('imp_2')])
  const gate = shop.upstream.hold('GET', /^\/payments$/)
  const early = Promise.all([shop.notify({ imp_uid: 'imp_1' }), shop.notify({ imp_uid: 'imp_2' })])
  await gate.arrived
  const paid = named('imp_1', { status: 'cancelled', cancel_amount: 14000, cancel_history: [{ amount: 14000 }] })
  shop.upstream.payments.set('imp_1', paid)
  const late = shop.notify({ imp_uid: 'imp_1' })
  gate.open()
  t.match((await early).map((reply) => reply.json()), [{ status: 'paid' }, { status: 'paid' }])
  t.match((await late).json(), { status: 'cancelled' }, 'the webhook of a cancellation has a lookup of its own')
})
