import { test } from 'tap'
import { openPortoneShop } from '../support/portone-shop.js'
import {
  cancellation, failed, issued, paid, ready, timeAgo, withCancellations,
} from '../support/portone-upstream.js'

const from = new Date(Date.now() - 3600_000)

/** As a page leaves them whose browser was closed, and whose webhooks went elsewhere (`noticeUrls`). */
const lost = [
  paid({ id: 'order_1', transactionId: 'tx_1' }),
  issued({ id: 'order_2', transactionId: 'tx_2' }),
  withCancellations(paid({ id: 'order_3', transactionId: 'tx_3' }), cancellation()),
  withCancellations(paid({ id: 'order_4', transactionId: 'tx_4' }), cancellation({ id: 'all', totalAmount: 14000 })),
  paid({ id: 'order_5', transactionId: 'tx_5', total: 100 }),
]

test('a reconciliation completes what no notification reported', async (t) => {
  const open = [ready({ id: 'order_6', transactionId: 'tx_6' }), failed({ id: 'order_7', transactionId: 'tx_7' })]
  const shop = await openPortoneShop(t, {}, [...lost, ...open])
  const report = await shop.app.portone.reconcile({ from })
  t.match(report, { seen: 5, completed: 3, replayed: 0, failed: 2, errors: [] })
  t.strictSame(shop.ran().sort(), ['cancel', 'cancel', 'fail', 'paid', 'paid', 'vbank'])
  t.match(shop.failures(), [{ reason: 'amount_mismatch', refunded: true }])
  const lookups = shop.upstream.lookups()
  t.match(await shop.app.portone.reconcile({ from }), { seen: 5, completed: 0, replayed: 5 })
  t.equal(shop.upstream.lookups(), lookups, 'what the ledger knows costs no lookup')
})

test('a list names the store, the version and the period; payments of others are not completed', async (t) => {
  const others = [paid({ id: 'v1', version: 'V1' }), paid({ id: 'other', storeId: 'store-2' })]
  const old = paid({ id: 'old', statusChangedAt: timeAgo(7200) })
  const shop = await openPortoneShop(t, {}, [...others, old, paid()])
  t.match(await shop.app.portone.reconcile({ from }), { seen: 1, completed: 1, errors: [] })
  for (const { query } of shop.upstream.requests('list')) {
    t.match(JSON.parse(query.get('requestBody') ?? '').filter, {
      storeId: 'store-1',
      version: 'V2',
      status: ['VIRTUAL_ACCOUNT_ISSUED', 'PAID', 'PARTIAL_CANCELLED', 'CANCELLED'],
      timestampType: 'STATUS_CHANGED_AT',
      from: from.toISOString(),
      until: String,
    })
  }
})

test('a payment that cannot be decided is named by both of its ids, and tried again', async (t) => {
  const shop = await openPortoneShop(t, {}, [paid()])
  shop.upstream.once('lookup', (response) => {
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"type":"UNAUTHORIZED"}')
    return true
  })
  const { errors } = await shop.app.portone.reconcile({ from })
  t.match(errors, [{ imp_uid: 'tx_1', merchant_uid: 'order_1', error: { code: 'IAMPORT_UNAUTHORIZED' } }])
  t.match(await shop.app.portone.reconcile({ from }), { seen: 1, completed: 1, errors: [] })
})
