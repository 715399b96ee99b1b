import { test } from 'tap'
import { memoryLedger, BusyError, type Ledger } from '../../lib/index.js'
import { openShop } from '../support/shop.js'
import { account, deferred, payment } from '../support/upstream.js'

/** A ledger over the one in memory, that notes its keys. */
function noting () {
  const keys: string[] = []
  const inner = memoryLedger()
  const ledger: Ledger = {
    once: (key, work) => {
      keys.push(key)
      return inner.once(key, work)
    }
  }
  return { keys, ledger }
}

test('each event of a payment has a key of its own, never the imp_uid alone', async (t) => {
  const { keys, ledger } = noting()
  const shop = await openShop(t, { ledger })
  for (const now of [
    payment({ status: 'failed' }), payment({ status: 'ready', paid_at: 0 }), account(), payment(),
    payment({ status: 'cancelled', cancel_amount: 100, cancel_history: [{ amount: 100, cancellation_id: 'a' }] }),
    payment({
      status: 'cancelled',
      cancel_amount: 300,
      cancel_history: [{ amount: 100, cancellation_id: 'a' }, { amount: 200, cancellation_id: 'b' }],
    }),
  ]) {
    shop.upstream.payments.set('imp_1', now)
    await shop.notify()
  }
  t.strictSame(shop.ran(), ['fail', 'fail', 'vbank', 'paid', 'cancel', 'cancel'])
  t.equal(new Set(keys).size, 6)
  t.ok(keys.every((key) => key.startsWith('imp_1:') && key.length <= 255), keys.join(' '))
})

test('keys are at most 255 characters of ASCII, whatever the provider calls a cancellation', async (t) => {
  const { keys, ledger } = noting()
  const imp_uid = 'a'.repeat(64)
  const ids = ['x'.repeat(128), '취소-1', '😀']
  const shop = await openShop(t, { ledger }, [payment({
    imp_uid,
    status: 'cancelled',
    cancel_amount: 300,
    cancel_history: ids.map((cancellation_id) => ({ amount: 100, cancellation_id })),
  })])
  t.equal((await shop.notify({ imp_uid })).statusCode, 200)
  t.equal(shop.ran().length, 4)
  t.ok(keys.every((key) => /^[\x20-\x7e]{1,255}$/.test(key)), keys.join(' '))
  t.equal(new Set(keys).size, 4)
})

test('a ledger that is not there is unavailable, whatever it throws, and no hook runs', async (t) => {
  for (const thrown of [
    new Error('no connection to db.internal'),
    Object.assign(new Error('refused'), { code: 'ECONNREFUSED', statusCode: 400 }), 'text', null,
  ]) {
    for (const once of [async () => { throw thrown }, () => { throw thrown }]) {
      const shop = await openShop(t, { ledger: { once } })
      const reply = await shop.notify()
      t.match(reply.json(), { statusCode: 503, code: 'IAMPORT_UNAVAILABLE' }, String(thrown))
      t.match(reply.headers['retry-after'], /^\d+$/)
      t.notMatch(reply.payload, 'db.internal')
      t.strictSame(shop.ran(), [])
    }
  }
})

test('a ledger that fails after the work is unavailable, and the next news runs the hook again', async (t) => {
  let broken = true
  const inner = memoryLedger()
  const ledger: Ledger = {
    once: async (key, work) => {
      if (!broken) return inner.once(key, work)
      await work(undefined)
      throw new Error('commit failed')
    }
  }
  const shop = await openShop(t, { ledger })
  t.equal((await shop.notify()).json().code, 'IAMPORT_UNAVAILABLE')
  broken = false
  t.match((await shop.notify()).json(), { status: 'paid', replayed: false })
})

test('a ledger that cannot begin in time is busy, and does not begin later', async (t) => {
  const later = deferred()
  const ended = deferred()
  const ledger: Ledger = {
    once: async (_, work) => {
      await later.promise
      return work(undefined).then((value) => ({ value, replayed: false })).finally(ended.resolve)
    }
  }
  const shop = await openShop(t, { ledger, budgetMs: 1500 })
  const reply = await shop.notify()
  t.match(reply.json(), { statusCode: 503, code: 'IAMPORT_BUSY' })
  t.match(reply.headers['retry-after'], /^[1-9]\d*$/)
  later.resolve()
  await ended.promise
  t.strictSame(shop.ran(), [], 'the caller was told that nothing happened')
})

test('a ledger\'s own busy comes out as it is', async (t) => {
  const shop = await openShop(t, { ledger: { once: () => Promise.reject(new BusyError()) } })
  t.match((await shop.notify()).json(), { statusCode: 503, code: 'IAMPORT_BUSY' })
})

test('a ledger that runs the work again, as after a conflict, ends with what the last run said', async (t) => {
  let asked = 0
  const ledger: Ledger = {
    once: async (_, work) => {
      await work(undefined).catch(() => {})
      return { value: await work(undefined), replayed: false }
    }
  }
  const shop = await openShop(t, { ledger, getExpectedAmount: () => ++asked === 1 ? 1 : 14000 })
  t.match((await shop.notify()).json(), { status: 'paid' })
  t.strictSame(shop.upstream.cancellations(), [], 'the first run was rolled back')
})

test('a replay is answered from the ledger of another process', async (t) => {
  const ledger = memoryLedger()
  const first = await openShop(t, { exposeData: true, ledger, onPaid: () => 'first' })
  const second = await openShop(t, { exposeData: true, ledger, onPaid: () => 'second', getExpectedAmount: () => 1 })
  t.match((await first.notify()).json(), { replayed: false, data: 'first' })
  t.match((await second.notify()).json(), { status: 'paid', replayed: true, data: 'first' })
  t.strictSame(second.upstream.cancellations(), [])
})
