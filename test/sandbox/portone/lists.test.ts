import { test } from 'tap'
import { createClock } from '../support/client.js'
import { openV2 } from '../support/portone-client.js'

test('the list filters by version, status, test, time, currency, method and text', async (t) => {
  const clock = createClock()
  const { sandbox, call } = await openV2(t, { clock })
  const list = async (filter: object) =>
    ((await call('GET', '/payments', { filter })).body.items ?? []).map(({ id }) => id)
  const start = clock()
  await sandbox.payV2({ paymentId: 'card', totalAmount: 1000, orderName: '머그컵' })
  clock.advanceSec(10)
  await sandbox.payV2({ paymentId: 'account', totalAmount: 1000, payMethod: 'VIRTUAL_ACCOUNT' })
  clock.advanceSec(10)
  await sandbox.payV2({ paymentId: 'test', totalAmount: 100, currency: 'USD', channelKey: 'channel-key-test' })
  clock.advanceSec(10)
  sandbox.fault({ name: 'late_approval', times: 1 })
  await sandbox.payV2({ paymentId: 'pending', totalAmount: 1000 })
  clock.advanceSec(10)
  await sandbox.pay({ merchant_uid: 'old', amount: 1000 })

  t.strictSame(await list({}), ['old', 'pending', 'test', 'account', 'card'], 'the latest change first')
  t.strictSame(await list({ version: 'V2', sortOrder: 'ASC' }), ['card', 'account', 'test', 'pending'])
  t.strictSame(await list({ version: 'V1' }), ['old'])
  t.strictSame(await list({ status: ['PENDING'] }), ['pending'])
  t.strictSame(await list({ status: ['VIRTUAL_ACCOUNT_ISSUED', 'PAID'], isTest: false, version: 'V2' }), [
    'account', 'card',
  ])
  t.strictSame(await list({ isTest: true }), ['test'])
  t.strictSame(await list({ currency: 'USD' }), ['test'])
  t.strictSame(await list({ methods: ['VIRTUAL_ACCOUNT'] }), ['account'])
  t.strictSame(await list({ textSearch: [{ field: 'ORDER_NAME', value: '머그' }] }), ['card'])
  t.strictSame(await list({ textSearch: [{ field: 'ALL', value: 'nothing' }] }), [])
  const foreign = await call('GET', '/payments', { filter: { storeId: 'store-x' } })
  t.match(foreign, { status: 403, body: { type: 'FORBIDDEN' } }, 'of a store that the secret may not see')
  const iso = (sec: number) => new Date(start + sec * 1000).toISOString()
  t.strictSame(await list({ from: iso(10), until: iso(20) }), ['test', 'account'], 'both ends are in')
  t.strictSame(await list({ from: iso(11), until: iso(19) }), [])

  clock.advanceSec(10)
  await call('POST', '/payments/card/cancel', { reason: 'x' })
  t.strictSame(await list({ from: iso(0), until: iso(0) }), [], 'its status has changed since')
  t.strictSame(await list({ from: iso(0), until: iso(0), timestampType: 'CREATED_AT' }), ['card'])
  t.strictSame(await list({ version: 'V2', sortBy: 'REQUESTED_AT' }), ['pending', 'test', 'account', 'card'])
  clock.advanceSec(90 * 86_400)
  t.strictSame(await list({}), ['card'], 'from 90 days ago by default')

  for (const wrong of [
    { status: ['PAY_PENDING'] }, { from: 'yesterday' }, { from: iso(2), until: iso(1) }, { isEscrow: true },
    { sortBy: 'x' }, { textSearch: [{ field: 'CARD_BIN', value: '1' }] },
  ]) t.match(await call('GET', '/payments', { filter: wrong }), { status: 400, body: { type: 'INVALID_REQUEST' } })
})

test('pages are numbered from 0, of 10 by default, up to entry 60,000', async (t) => {
  const { sandbox, call } = await openV2(t)
  for (let count = 0; count < 12; count++) await sandbox.payV2({ paymentId: `order_${count}`, totalAmount: 1 })
  const page = async (page: object) => (await call('GET', '/payments', { page })).body
  t.match(await page({}), { items: { length: 10 }, page: { number: 0, size: 10, totalCount: 10 } })
  t.match(await page({ number: 1 }), { items: { length: 2 }, page: { number: 1, totalCount: 2 } })
  t.match(await page({ number: 2 }), { items: [], page: { totalCount: 0 } })
  t.match(await page({ size: 60_000 }), { items: { length: 12 } })
  t.match(await page({ number: 1, size: 30_001 }), { type: 'INVALID_REQUEST' })
  t.match((await call('GET', '/payments/')).body, { items: { length: 10 } }, 'as a URL ends whose id is dropped')
})

test('one id is listed once, with the attempt that succeeded', async (t) => {
  const { sandbox, call } = await openV2(t)
  await sandbox.payV2({ paymentId: 'order_1', totalAmount: 1000, decline: '한도초과' })
  const paid = await sandbox.payV2({ paymentId: 'order_1', totalAmount: 1000 })
  const { items } = (await call('GET', '/payments')).body
  t.match(items, [{ id: 'order_1', status: 'PAID', transactionId: paid.txId }])
  t.equal(items?.length, 1)
  const attempts = (await call('GET', '/payments/order_1/transactions')).body.items
  t.strictSame(attempts?.map(({ status }) => status), ['FAILED', 'PAID'])
})

test('V1\'s payments are known to V2\'s API by their order number', async (t) => {
  const { sandbox, call } = await openV2(t)
  const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 12.5, currency: 'USD' })
  t.match((await call('GET', '/payments/order_1')).body, {
    version: 'V1', id: 'order_1', transactionId: imp_uid, status: 'PAID', amount: { total: 1250 },
  })
  t.match(await call('POST', '/payments/order_1/cancel', { reason: 'x' }), { status: 404 })
})
