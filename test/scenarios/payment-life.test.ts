import { test } from 'tap'
import type { Cancellation, Payment } from '../../lib/index.js'
import { openShop, type Shop } from '../support/shop.js'
import { account, payment } from '../support/upstream.js'

const cut = (amount: number, cancellation_id?: string | null): Cancellation => ({
  amount, cancellation_id, reason: '변심',
})
const cancelled = (history: Cancellation[], changes: Partial<Payment> = {}) => payment({
  status: 'cancelled',
  cancel_amount: history.reduce((sum, { amount }) => sum + amount, 0),
  cancel_history: history,
  ...changes
})
/** The provider now says this, and tells us. */
const becomes = async (shop: Shop, now: Payment) => {
  shop.upstream.payments.set('imp_1', now)
  return (await shop.notify()).json()
}

test('a virtual account is issued, paid days later, cancelled in part and in full: one hook run each', async (t) => {
  const shop = await openShop(t)
  for (const [now, answer] of [
    [account(), { status: 'vbank_issued', success: true, replayed: false }],
    [account(), { status: 'vbank_issued', replayed: true }],
    [account({ status: 'paid', paid_at: 1790000000 }), { status: 'paid', success: true, replayed: false }],
    [account({ status: 'paid', paid_at: 1790000000 }), { status: 'paid', replayed: true }],
    [cancelled([cut(4000, 'c1')], { pay_method: 'vbank' }), { status: 'paid', success: true, cancel_amount: 4000 }],
    [
      cancelled([cut(4000, 'c1'), cut(10000, 'c2')], { pay_method: 'vbank' }),
      { status: 'cancelled', success: false, reason: 'payment_cancelled', cancel_amount: 14000, replayed: false },
    ],
    [cancelled([cut(4000, 'c1'), cut(10000, 'c2')], { pay_method: 'vbank' }), { status: 'cancelled', replayed: true }],
  ] as const) t.match(await becomes(shop, now), answer)
  t.strictSame(shop.ran(), ['vbank', 'paid', 'cancel', 'cancel'])
  t.strictSame(shop.cancellations(), [cut(4000, 'c1'), cut(10000, 'c2')])
})

test('an account that nobody pays into, or that is revoked, is cancelled', async (t) => {
  const shop = await openShop(t)
  await becomes(shop, account())
  const gone = account({ status: 'cancelled', cancel_amount: 0, cancel_history: [] })
  t.match(await becomes(shop, gone), {
    status: 'cancelled', success: false, reason: 'payment_cancelled', replayed: false,
  })
  t.match(await becomes(shop, gone), { status: 'cancelled', replayed: true })
  t.strictSame(shop.ran(), ['vbank', 'cancel'])
})

test('a partial cancellation seen before the payment ever was runs onPaid first, then onCancel', async (t) => {
  const shop = await openShop(t)
  t.match(await becomes(shop, cancelled([cut(4000, 'c1')])), {
    status: 'paid', success: true, cancel_amount: 4000, replayed: false,
  })
  t.notOk('reason' in await becomes(shop, cancelled([cut(4000, 'c1')])))
  t.strictSame(shop.ran(), ['paid', 'cancel'])
})

test('a full cancellation seen before the payment ever was runs onCancel only', async (t) => {
  const shop = await openShop(t)
  t.match(await becomes(shop, cancelled([cut(14000, 'c1')])), { status: 'cancelled', success: false })
  t.strictSame(shop.ran(), ['cancel'])
})

test('several cancellations first seen together are told one by one, in their order', async (t) => {
  const shop = await openShop(t)
  await becomes(shop, cancelled([cut(1000, 'a'), cut(2000, 'b'), cut(3000, 'c')]))
  t.strictSame(shop.ran(), ['paid', 'cancel', 'cancel', 'cancel'])
  t.strictSame(shop.cancellations().map(({ cancellation_id }) => cancellation_id), ['a', 'b', 'c'])
})

test('two cancellations of the same amount are two, by their id or by their place', async (t) => {
  for (const ids of [['a', 'b'], [null, null], [undefined, undefined], ['', '']]) {
    const shop = await openShop(t)
    await becomes(shop, cancelled([cut(1000, ids[0])]))
    await becomes(shop, cancelled([cut(1000, ids[0]), cut(1000, ids[1])]))
    await becomes(shop, cancelled([cut(1000, ids[0]), cut(1000, ids[1])]))
    t.strictSame(shop.ran(), ['paid', 'cancel', 'cancel'], JSON.stringify(ids))
  }
})

test('a cancellation is known by its id wherever it stands', async (t) => {
  const shop = await openShop(t)
  await becomes(shop, cancelled([cut(1000, 'a'), cut(2000, 'b')]))
  await becomes(shop, cancelled([cut(2000, 'b'), cut(1000, 'a'), cut(500, 'c')]))
  t.strictSame(shop.cancellations().map(({ cancellation_id }) => cancellation_id), ['a', 'b', 'c'])
})

test('without a history the sum stands for one cancellation', async (t) => {
  for (const cancel_history of [[], null, undefined]) {
    const shop = await openShop(t)
    await becomes(shop, payment({ status: 'cancelled', cancel_amount: 14000, cancel_history, cancel_reason: '품절' }))
    await becomes(shop, payment({ status: 'cancelled', cancel_amount: 14000, cancel_history, cancel_reason: '품절' }))
    t.match(shop.cancellations(), [{ amount: 14000, reason: '품절' }])
    t.equal(shop.cancellations().length, 1)
  }
})

test('a hook that throws at the second of two cancellations is not told the first again', async (t) => {
  const told: (string | null | undefined)[] = []
  let broken = true
  const shop = await openShop(t, {
    onCancel: (_, { cancellation }) => {
      if (cancellation.cancellation_id === 'b' && broken) throw new Error('not yet')
      told.push(cancellation.cancellation_id)
    }
  })
  const now = cancelled([cut(1000, 'a'), cut(2000, 'b')])
  t.match(await becomes(shop, now), { statusCode: 500, code: 'IAMPORT_HOOK_FAILED' })
  broken = false
  t.match(await becomes(shop, now), { status: 'paid', replayed: true })
  t.strictSame(told, ['a', 'b'])
})

test('paid with a part given back already tells both', async (t) => {
  const shop = await openShop(t)
  t.match(await becomes(shop, payment({
    cancel_amount: 4000, cancel_history: [cut(4000, 'c1')],
  })), { status: 'paid', cancel_amount: 4000 })
  t.strictSame(shop.ran(), ['paid', 'cancel'])
})

test('cancel_amount is that of this lookup, the data that of the record', async (t) => {
  const shop = await openShop(t, { exposeData: true, onPaid: (one) => ({ seen: one.cancel_amount }) })
  t.match(await becomes(shop, payment()), { cancel_amount: 0, data: { seen: 0 } })
  t.match(await becomes(shop, cancelled([cut(4000, 'c1')])), { cancel_amount: 4000, replayed: true, data: { seen: 0 } })
})

test('a partly cancelled payment of another amount is not fulfilled, and what is left goes back', async (t) => {
  const shop = await openShop(t)
  t.match(await becomes(shop, cancelled([cut(4000, 'c1')], { amount: 15000 })), {
    status: 'failed', reason: 'amount_mismatch', refunded: true,
  })
  t.match(shop.upstream.cancellations(), [{ imp_uid: 'imp_1', checksum: 11000 }])
  t.strictSame(shop.ran(), ['fail'])
})

test('a cancelled test payment is a test payment', async (t) => {
  const shop = await openShop(t)
  t.match(await becomes(shop, cancelled([cut(14000, 'c1')], { sandbox: true })), {
    status: 'failed', reason: 'test_payment',
  })
  t.strictSame(shop.ran(), ['fail'])
})
