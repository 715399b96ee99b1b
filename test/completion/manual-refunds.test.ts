import { test, type Test } from 'tap'
import {
  ManualRefundsError, memoryLedger, type IamportOptions, type Ledger, type ManualRefund, type Payment,
} from '../../lib/index.js'
import { createManualRefunds, type ManualRefundsSettings } from '../../lib/completion/manual-refunds.js'
import { lookedUp } from '../../lib/iamport/looked-up.js'
import { openShop, type Shop } from '../support/shop.js'
import {
  account, deferred, isCancellation, isLookup, isToken, ok, outage, payment, refuse, secondsAgo,
} from '../support/upstream.js'

const period = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-23T00:00:00Z') }
async function collect<Item> (items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = []
  for await (const item of items) collected.push(item)
  return collected
}

const isList = ({ path }: { path: string }) => path.startsWith('/payments/status/')

/** A ledger that can only be read: what was recorded in `memory` is there, and `once` is an error. */
function readOnly (memory: Ledger): Ledger {
  return {
    once: async () => { throw new Error('manualRefunds must not claim or record') },
    find: (key) => memory.find?.(key) ?? Promise.resolve(undefined),
  }
}

/**
 * The manual refunds of a server beside this shop, with the same provider and the same ledger, of which it reads only.
 * No hook of it may run but `getExpectedAmount`.
 */
async function besides (
  t: Test, { upstream }: Shop, ledger: Ledger, options: Partial<IamportOptions> = {}
): Promise<ManualRefund<Payment>[]> {
  const reader = await openShop(t, { ledger: readOnly(ledger), ...options }, undefined, { upstream })
  const writes = () => upstream.seen.filter((seen) => seen.method !== 'GET' && !isToken(seen)).length
  const before = writes()
  const found = await collect(reader.app.iamport.manualRefunds(period))
  t.equal(writes(), before, 'nothing was cancelled')
  t.strictSame(reader.ran(), [], 'no hook ran')
  return found
}

const idsOf = (found: ManualRefund<Payment>[]) => found.map(({ payment }) => payment.imp_uid)

const mismatch = (changes: Partial<Payment> = {}) => payment({ amount: 100, ...changes })
const old = (changes: Partial<Payment> = {}) => mismatch({ paid_at: secondsAgo(3601), ...changes })
const deposited = (changes: Partial<Payment> = {}) => mismatch({ pay_method: 'vbank', vbank_num: '1-2-3', ...changes })

test('a refused refund is found, with what is held and what refunds it, as the plugin would', async (t) => {
  const ledger = memoryLedger()
  const paidAt = secondsAgo(60)
  const shop = await openShop(t, { ledger }, [mismatch({ paid_at: paidAt, cancel_amount: 30, status: 'paid' })])
  shop.upstream.script = (seen, response) => isCancellation(seen) && refuse(response, 200, '한도초과', 1)
  await shop.notify()
  const found = await besides(t, shop, ledger)
  t.equal(found.length, 1)
  t.match(found, [{
    payment: { imp_uid: 'imp_1', merchant_uid: 'order_1', status: 'paid' },
    reason: 'amount_mismatch',
    why: 'refused',
    since: new Date(paidAt * 1000),
    held: { amount: 70, currency: 'KRW' },
    reported: true,
  }])
  const [{ cancellation } = { cancellation: undefined }] = found
  t.strictSame(cancellation, { imp_uid: 'imp_1', checksum: 70, reason: 'fastify-iamport: amount_mismatch' })

  shop.upstream.script = () => undefined
  const [item] = await collect(shop.app.iamport.manualRefunds(period))
  if (!item) throw new Error('not found')
  await shop.app.iamport.cancelPayment(item.cancellation)
  t.strictSame(await besides(t, shop, ledger), [], 'refunded since')
  await shop.notify()
  t.match(shop.failures(), [{ refunded: false }, { refunded: true }])
})

test('a refund that the provider accepted and has not carried out an hour later is found', async (t) => {
  const ledger = memoryLedger()
  const shop = await openShop(t, { ledger }, [mismatch()])
  // Some cancellations finish later, and may fail then.
  shop.upstream.script = (seen, response) => isCancellation(seen) && ok(response, mismatch())
  t.match((await shop.notify()).json(), { refunded: true })
  t.strictSame(await besides(t, shop, ledger), [], 'it may be under way')
  shop.upstream.payments.set('imp_1', old())
  t.match(await besides(t, shop, ledger), [{
    payment: { imp_uid: 'imp_1' }, why: 'refused', held: { amount: 100 }, reported: true,
  }])
  shop.upstream.payments.set('imp_1', old({ status: 'cancelled', cancel_amount: 100 }))
  t.strictSame(await besides(t, shop, ledger), [], 'carried out since')
})

test('what the plugin does not refund by itself is found without any notification, and says why', async (t) => {
  const ledger = memoryLedger()
  const shop = await openShop(t, { ledger }, [
    old({ imp_uid: 'imp_old' }),
    mismatch({ imp_uid: 'imp_untimed', paid_at: 0 }),
    deposited({ imp_uid: 'imp_vbank' }),
    payment({ imp_uid: 'imp_dollars', currency: 'USD', paid_at: secondsAgo(3601) }),
    old({ imp_uid: 'imp_partly', status: 'cancelled', cancel_amount: 40, cancel_history: [{ amount: 40 }] }),
  ])
  const found = await besides(t, shop, ledger)
  t.strictSame(idsOf(found), ['imp_old', 'imp_untimed', 'imp_vbank', 'imp_dollars', 'imp_partly'])
  t.match(found.map(({ payment: { imp_uid }, ...item }) => ({ imp_uid, ...item })), [
    { imp_uid: 'imp_old', reason: 'amount_mismatch', why: 'old', held: { amount: 100 }, reported: false },
    { imp_uid: 'imp_untimed', reason: 'amount_mismatch', why: 'old', since: undefined },
    { imp_uid: 'imp_vbank', reason: 'amount_mismatch', why: 'virtual_account' },
    { imp_uid: 'imp_dollars', reason: 'currency_mismatch', why: 'old', held: { amount: 14000, currency: 'USD' } },
    { imp_uid: 'imp_partly', reason: 'amount_mismatch', why: 'old', held: { amount: 60 } },
  ])
  const reading = await besides(t, shop, ledger, { cancelOnMismatch: false })
  t.strictSame(reading.map(({ why }) => why), ['off', 'off', 'virtual_account', 'off', 'off'])
  for (const imp_uid of ['imp_old', 'imp_vbank']) await shop.notify({ imp_uid })
  t.strictSame((await besides(t, shop, ledger)).map(({ reported }) => reported), [true, false, true, false, false])
})

test('an hour after it was paid, and not a second earlier, a mismatch is a person\'s', async (t) => {
  const ledger = memoryLedger()
  const { now } = Date
  t.teardown(() => { Date.now = now })
  const at = now()
  Date.now = () => at
  const shop = await openShop(t, { ledger }, [mismatch({ paid_at: at / 1000 - 3600 })])
  t.strictSame(await besides(t, shop, ledger), [])
  Date.now = () => at + 1000
  t.equal((await besides(t, shop, ledger)).length, 1)
})

test('what is delivered, refunded, empty or no money is not found, nor what matches or has no order', async (t) => {
  const ledger = memoryLedger()
  const ids = ['imp_delivered', 'imp_refunded', 'imp_console']
  const shop = await openShop(t, { ledger }, [
    payment({ imp_uid: 'imp_delivered', paid_at: secondsAgo(7200) }),
    mismatch({ imp_uid: 'imp_refunded' }),
    old({ imp_uid: 'imp_console' }),
    payment({ imp_uid: 'imp_undelivered', paid_at: secondsAgo(7200) }),
    old({ imp_uid: 'imp_foreign', merchant_uid: 'order_of_another_shop' }),
    mismatch({ imp_uid: 'imp_new' }),
    old({ imp_uid: 'imp_test', sandbox: true }),
    account({ imp_uid: 'imp_account', amount: 100 }),
    old({ imp_uid: 'imp_empty', amount: 0 }),
    old({ imp_uid: 'imp_cancelled', status: 'paid', cancel_amount: 100 }),
    payment({ imp_uid: 'imp_key', customer_uid_usage: 'issue', amount: 0 }),
  ])
  for (const imp_uid of ids) await shop.notify({ imp_uid })
  t.strictSame(shop.ran(), ['paid', 'fail', 'fail'])
  const console = shop.upstream.payments.get('imp_console')
  if (console) Object.assign(console, { status: 'cancelled', cancel_amount: 100, cancel_history: [{ amount: 100 }] })
  const lookups = shop.upstream.lookups()
  // Twice the price of the one that was delivered: it must not be asked for again.
  const getExpectedAmount: IamportOptions['getExpectedAmount'] = ({ imp_uid, merchant_uid }, { tx, source }) => {
    t.not(imp_uid, 'imp_delivered')
    t.strictSame([tx, source], [undefined, 'reconcile'])
    return merchant_uid === 'order_1' ? 14000 : null
  }
  t.strictSame(await besides(t, shop, ledger, { getExpectedAmount }), [])
  t.equal(shop.upstream.lookups(), lookups, 'nothing had to be looked up')
  t.strictSame(shop.upstream.seen.filter(isList).map(({ path }) => path.split('/').at(-1)), ['paid', 'cancelled'])
})

test('a test payment that counts as paid is judged like any other', async (t) => {
  const shop = await openShop(t, {}, [old({ sandbox: true })])
  t.equal((await besides(t, shop, memoryLedger(), { acceptTestPayments: true })).length, 1)
})

test('a refund that has begun and whose outcome is open is the plugin\'s, not a person\'s', async (t) => {
  const ledger = memoryLedger()
  const shop = await openShop(t, { ledger }, [mismatch()])
  shop.upstream.script = (seen, response) => isCancellation(seen) && outage(response)
  t.equal((await shop.notify()).statusCode, 503)
  t.strictSame(await besides(t, shop, ledger), [])
})

test('an answer from before our refund is not taken for money that is held', async (t) => {
  const ledger = memoryLedger()
  const shop = await openShop(t, { ledger }, [mismatch()])
  t.match((await shop.notify()).json(), { refunded: true })
  shop.upstream.payments.set('imp_1', mismatch())
  t.strictSame(await besides(t, shop, ledger), [])
})

test('a deposit into an account whose revocation had begun is a person\'s', async (t) => {
  const ledger = memoryLedger()
  const shop = await openShop(t, { ledger }, [account({ amount: 100 })])
  shop.upstream.script = (seen, response) => seen.method === 'DELETE' && outage(response)
  t.equal((await shop.notify()).statusCode, 503)
  t.strictSame(await besides(t, shop, ledger), [], 'nothing is held yet')
  shop.upstream.payments.set('imp_1', deposited())
  t.match(await besides(t, shop, ledger), [{ why: 'virtual_account', reported: false, held: { amount: 100 } }])
})

test('a payment that may have been delivered by a run that was given up says so', async (t) => {
  const memory = memoryLedger()
  const abandoning: Ledger = {
    ...memory, once: (key, work) => memory.once(key, (tx) => work(tx, key === 'imp_1:paid' ? 'abandoned' : false)),
  }
  const shop = await openShop(t, { ledger: abandoning }, [mismatch()])
  t.match((await shop.notify()).json(), { refunded: false })
  t.match(await besides(t, shop, memory), [{ why: 'maybe_delivered', reported: true }])
})

test('a payment that is delivered while its order is read is not found', async (t) => {
  const ledger = memoryLedger()
  const shop = await openShop(t, { ledger }, [payment({ paid_at: secondsAgo(7200) })])
  let reads = 0
  const getExpectedAmount = async () => {
    if (++reads === 2) await shop.notify() // the listed payment was compared before, the one looked up is now
    return 100 // the order was changed since
  }
  t.strictSame(await besides(t, shop, ledger, { getExpectedAmount }), [])
  t.strictSame(shop.ran(), ['paid'])
})

test('what has changed since its page was read is judged by a lookup', async (t) => {
  const shop = await openShop(t, {}, [old({ imp_uid: 'imp_1' }), old({ imp_uid: 'imp_2' })])
  shop.upstream.script = (seen) => {
    const refunded = shop.upstream.payments.get('imp_1')
    if (isLookup(seen) && refunded) Object.assign(refunded, { status: 'cancelled', cancel_amount: 100 })
    return undefined
  }
  t.strictSame(idsOf(await besides(t, shop, memoryLedger())), ['imp_2'])
})

test('a payment that comes in two lists is yielded once', async (t) => {
  const shop = await openShop(t, {}, [old()])
  shop.upstream.script = (seen) => {
    const partly = shop.upstream.payments.get('imp_1')
    if (isLookup(seen) && partly) Object.assign(partly, { status: 'cancelled', cancel_amount: 40 })
    return undefined
  }
  t.strictSame((await besides(t, shop, memoryLedger())).map(({ held }) => held.amount), [60])
})

/** What was yielded, and how it ended. */
async function untilError (found: AsyncIterable<ManualRefund<Payment>>) {
  const ids: string[] = []
  try {
    for await (const { payment: { imp_uid } } of found) ids.push(imp_uid)
  } catch (error) {
    return { ids, error }
  }
  return { ids, error: undefined }
}

test('payments that cannot be judged, and lists that cannot be read, are the error at the end', async (t) => {
  const getExpectedAmount: IamportOptions['getExpectedAmount'] = ({ imp_uid }) => {
    if (imp_uid === 'imp_1') throw new Error('no database')
    return 14000
  }
  const shop = await openShop(t, { getExpectedAmount }, [
    old({ imp_uid: 'imp_1' }),
    old({ imp_uid: 'imp_2' }),
    // No valid payment, and so it is looked up.
    old({ imp_uid: 'imp_3', merchant_uid: JSON.parse('null') }),
    old({ imp_uid: 'imp_4' }),
  ])
  shop.upstream.script = (seen, response) =>
    (isLookup(seen) && seen.path.endsWith('imp_4') && outage(response)) ||
    (isList(seen) && seen.path.endsWith('cancelled') && refuse(response, 400))
  const { ids, error } = await untilError(shop.app.iamport.manualRefunds(period))
  t.strictSame(ids, ['imp_2'])
  t.ok(error instanceof ManualRefundsError)
  t.match(error, {
    code: 'IAMPORT_HOOK_FAILED',
    statusCode: 500,
    message: /^4 could not be checked \(payments, or lists of them\); the first: /,
    errors: [
      { imp_uid: 'imp_1', error: { code: 'IAMPORT_HOOK_FAILED' } },
      { imp_uid: 'imp_3', error: { code: 'IAMPORT_BAD_GATEWAY' } },
      { imp_uid: 'imp_4', error: { code: 'IAMPORT_UNAVAILABLE' } },
      { imp_uid: undefined, error: { code: 'IAMPORT_BAD_GATEWAY' } },
    ],
  })
})

test('a ledger without find, and a period that is none, are refused at the call', async (t) => {
  const shop = await openShop(t, { ledger: { once: async () => { throw new Error('unused') } } })
  t.throws(() => shop.app.iamport.manualRefunds(period), { code: 'IAMPORT_INVALID_OPTIONS', message: /find\(\)/ })
  t.throws(() => shop.app.iamport.manualRefunds({ from: new Date(NaN) }), { code: 'FST_ERR_VALIDATION' })
  t.equal(shop.upstream.seen.length, 0)
})

test('a closing app ends the search at once', async (t) => {
  const asked = deferred()
  const answered = deferred()
  const getExpectedAmount = async () => {
    asked.resolve()
    await answered.promise
    return 14000
  }
  const shop = await openShop(t, { getExpectedAmount }, [old()])
  const rejected = t.rejects(collect(shop.app.iamport.manualRefunds(period)), { code: 'IAMPORT_UNAVAILABLE' })
  await asked.promise
  const closed = shop.app.close()
  await rejected
  answered.resolve() // the close waits for it, as for a hook: the shop's database may close with the app
  await closed
  await t.rejects(collect(shop.app.iamport.manualRefunds(period)), { code: 'IAMPORT_UNAVAILABLE' })
})

/** The search on its own, of one list with these payments. */
function searchOf (payments: Payment[], settings: Partial<ManualRefundsSettings>) {
  async function * list () {
    for (const one of payments) yield { id: one.imp_uid, impUid: one.imp_uid, payment: lookedUp(one) }
  }
  const manualRefunds = createManualRefunds({
    provider: { lists: () => [{ status: 'paid', payments: list() }] },
    ledger: memoryLedger(),
    findUnrefunded: async () => ({ reason: 'amount_mismatch', why: 'old', reported: false }),
    signal: new AbortController().signal,
    budgetMs: 1000,
    limitMs: 1000,
    ...settings,
  })
  const lookUp = async (impUid: string) => lookedUp(old({ imp_uid: impUid }))
  return manualRefunds({ from: period.from }, { lookUp, itemOf: ({ looked: { payment } }) => ({ payment }) })
}

test('a payment whose order is never read is an error, and the others go on', async (t) => {
  const items: string[] = []
  const found = searchOf([old(), old({ imp_uid: 'imp_2' })], {
    limitMs: 1,
    findUnrefunded: ({ id }) => id === 'imp_1'
      ? new Promise(() => {})
      : Promise.resolve({ reason: 'amount_mismatch', why: 'old', reported: false }),
  })
  await t.rejects(async () => { for await (const { payment } of found) items.push(payment.imp_uid) }, {
    errors: [{ imp_uid: 'imp_1', error: { code: 'IAMPORT_BUSY' } }],
  })
  t.strictSame(items, ['imp_2'])
})

test('whatever a list throws is named as an error', async (t) => {
  const payments = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(JSON.parse('"lost"')) }) }
  await t.rejects(collect(searchOf([], { provider: { lists: () => [{ status: 'paid', payments }] } })), {
    code: undefined, errors: [{ error: { message: 'lost' } }],
  })
})

test('a reader that has seen enough ends the search', async (t) => {
  const shop = await openShop(t, {}, [old({ imp_uid: 'imp_1' }), old({ imp_uid: 'imp_2' })])
  const found = shop.app.iamport.manualRefunds(period)
  t.match(await found.next(), { value: { payment: { imp_uid: 'imp_1' } } })
  t.match(await found.return?.(), { done: true })
  t.equal(shop.upstream.lookups(), 1)
})

test('its payments are the caller\'s own: to change one changes no decision of a notification', async (t) => {
  const delivered: string[] = []
  const isAsked = deferred()
  const goesOn = deferred()
  const { app } = await openShop(t, {
    cancelOnMismatch: false,
    async getExpectedAmount ({ imp_uid: impUid }, { source }) {
      if (source === 'direct') await goesOn.promise
      else if (impUid === 'imp_1') isAsked.resolve()
      return 10
    },
    onPaid: ({ imp_uid: impUid }) => { delivered.push(impUid) },
  }, [payment({ imp_uid: 'imp_1', merchant_uid: 'a' }), payment({ imp_uid: 'imp_2', merchant_uid: 'b' })])
  await app.iamport.complete('imp_3').catch(() => {}) // so that the token is there
  const listed = app.iamport.manualRefunds({ from: new Date(Date.now() - 3600_000) })
  const first = listed.next()
  await isAsked.promise
  const completed = Promise.all([app.iamport.complete('imp_2'), app.iamport.complete('imp_1')])
  for (let item = await first; !item.done; item = await listed.next()) item.value.payment.amount = 10
  goesOn.resolve()
  t.match(await completed, [{ reason: 'amount_mismatch' }, { reason: 'amount_mismatch' }])
  t.strictSame(delivered, [])
})
