import { test } from 'tap'
import { memoryLedger, type IamportOptions } from '../../lib/index.js'
import { openPortoneShop } from '../support/portone-shop.js'
import { cancellation, paid, withCancellations } from '../support/portone-upstream.js'
import { openShop } from '../support/shop.js'
import { payment } from '../support/upstream.js'

/*
 * What versions until now have recorded, word for word: docs/stability.md promises that every later one reads it. A
 * line here may be added, and none may change.
 */
const delivered = { success: true, status: 'paid', replayed: true }
const refund = { decision: 'refund', reason: 'amount_mismatch', checksum: 14000 }

/** The value under the key of the event `paid`, and what a notification of that payment is answered. */
const RECORDED: [what: string, value: unknown, reply: object, ran: string[]][] = [
  ['a delivery without data, of 0.1.0 and since', undefined, delivered, []],
  ['a delivery with data, of 0.1.0', { points: 3 }, { ...delivered, data: { points: 3 } }, []],
  ['a delivery with data', { decision: 'delivered', data: { points: 3 } }, { ...delivered, data: { points: 3 } }, []],
  ['a refund that had begun', refund, { status: 'failed', reason: 'amount_mismatch', refunded: true }, ['fail']],
  ['a mismatch that was left for a manual refund', { decision: 'manual', reason: 'amount_mismatch' },
    { status: 'failed', reason: 'amount_mismatch', refunded: false }, ['fail']],
  ['a payment that was closed before a decision', { decision: 'closed' }, { code: 'IAMPORT_BAD_GATEWAY' }, []],
]

for (const [what, value, reply, ran] of RECORDED) {
  test(`V1: ${what} is read`, async (t) => {
    const ledger = memoryLedger()
    await ledger.once('imp_1:paid', async () => value)
    const options: Partial<IamportOptions> = { ledger, exposeData: true }
    const shop = await openShop(t, options, [payment()])
    t.match((await shop.notify()).json(), reply)
    t.strictSame(shop.ran(), ran)
  })

  test(`V2: ${what} is read`, async (t) => {
    const ledger = memoryLedger()
    await ledger.once('tx_1:paid', async () => value)
    const shop = await openPortoneShop(t, { ledger, exposeData: true }, [paid()])
    t.match((await shop.post({ paymentId: 'order_1' })).json(), reply)
    t.strictSame(shop.ran(), ran)
  })
}

test('the keys of events are those that are recorded already', async (t) => {
  const ledger = memoryLedger()
  const keys = [
    'imp_1:paid', 'imp_1:cancelled:c_1', 'tx_1:paid', 'tx_1:cancelled:c_1', 'imp_2:failed:payment_failed',
    'imp_3:refunded:amount_mismatch',
  ]
  const history = { status: 'cancelled', cancel_amount: 100, cancel_history: [{ amount: 100, cancellation_id: 'c_1' }] }
  const shop = await openShop(t, { ledger }, [
    payment(history), payment({ imp_uid: 'imp_2', status: 'failed' }), payment({ imp_uid: 'imp_3', amount: 100 }),
  ])
  for (const imp_uid of ['imp_1', 'imp_2', 'imp_3']) await shop.notify({ imp_uid })
  const v2 = await openPortoneShop(t, { ledger }, [withCancellations(paid(), cancellation({ id: 'c_1' }))])
  await v2.post({ paymentId: 'order_1' })
  for (const key of keys) t.ok(await ledger.find?.(key), key)
})
