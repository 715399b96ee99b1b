import { test } from 'tap'
import { openShop } from './support/shop.js'

test('a paid payment runs onPaid once, and is replayed afterwards', async (t) => {
  const shop = await openShop(t, { onPaid: () => ({ shipped: true }) })
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
