import { test } from 'tap'
import { memoryLedger, type Ledger } from '../../lib/index.js'
import { openPortoneShop } from '../support/portone-shop.js'
import {
  cancellation, failed, inTestChannel, issued, paid, pending, ready, withCancellations, type WirePayment,
} from '../support/portone-upstream.js'

const page = { paymentId: 'order_1' }
const second = { transactionId: 'tx_2' }

/** A ledger with `once` alone, as a shop's own may be. */
function withoutFind (): Ledger {
  const ledger = memoryLedger()
  return { once: (key, work) => ledger.once(key, work) }
}

test('two attempts of one payment id are two payments', async (t) => {
  const shop = await openPortoneShop(t, {}, [failed()])
  await shop.post(page)
  shop.upstream.payments.set('order_1', failed(second))
  t.match((await shop.post(page)).json(), { reason: 'payment_failed', imp_uid: 'tx_2', replayed: false })
  shop.upstream.payments.set('order_1', paid({ transactionId: 'tx_3' }))
  t.match((await shop.post(page)).json(), { status: 'paid', imp_uid: 'tx_3' })
  t.strictSame(shop.ran(), ['fail', 'fail', 'paid'])
})

test('money paid anew after a cancellation is another event', async (t) => {
  const shop = await openPortoneShop(t)
  await shop.post(page)
  shop.upstream.payments.set('order_1', withCancellations(paid(), cancellation({ totalAmount: 14000 })))
  t.match((await shop.post(page)).json(), { status: 'cancelled' })
  shop.upstream.payments.set('order_1', paid(second))
  t.match((await shop.post(page)).json(), { status: 'paid', replayed: false, imp_uid: 'tx_2' })
  t.strictSame(shop.ran(), ['paid', 'cancel', 'paid'])
})

test('once an attempt was delivered, what another shows without money is not decided', async (t) => {
  const inTest = { ...second, channel: inTestChannel }
  const later: WirePayment[] = [
    ready(second), pending(second), failed(second), ready(), failed(), ready(inTest), pending(inTest), failed(inTest),
  ]
  for (const ledger of [memoryLedger, withoutFind]) {
    for (const one of later) {
      const shop = await openPortoneShop(t, { ledger: ledger() })
      await shop.post(page)
      shop.upstream.payments.set('order_1', one)
      const reply = await shop.notify()
      t.match([reply.statusCode, reply.json().code], [502, 'IAMPORT_BAD_GATEWAY'], one.status)
      t.strictSame(shop.ran(), ['paid'], one.status)
    }
  }
})

test('an account of another attempt is told', async (t) => {
  const shop = await openPortoneShop(t)
  await shop.post(page)
  shop.upstream.payments.set('order_1', issued(second))
  t.match((await shop.post(page)).json(), { status: 'vbank_issued' })
  t.strictSame(shop.ran(), ['paid', 'vbank'])
})

test('an attempt that was refunded does not stand in the way of the next one\'s failure', async (t) => {
  const shop = await openPortoneShop(t, {}, [paid({ total: 100 })])
  t.match((await shop.post(page)).json(), { refunded: true })
  shop.upstream.payments.set('order_1', failed(second))
  t.match((await shop.post(page)).json(), { reason: 'payment_failed' })
  shop.upstream.payments.set('order_1', paid({ transactionId: 'tx_3' }))
  t.match((await shop.post(page)).json(), { status: 'paid' })
  shop.upstream.payments.set('order_1', ready({ transactionId: 'tx_4' }))
  t.match((await shop.post(page)).json(), { code: 'IAMPORT_BAD_GATEWAY' }, 'the second paid attempt counts, too')
  t.strictSame(shop.ran(), ['fail', 'fail', 'paid'])
})

test('a crash between the decision and its record hides no delivery', async (t) => {
  const ledger = memoryLedger()
  const crashing: Ledger = {
    ...ledger,
    once: (key, work) => ledger.once(key, work).then((recorded) => {
      if (key === 'tx_1:paid') throw new Error('the process was killed')
      return recorded
    }),
  }
  const crashed = await openPortoneShop(t, { ledger: crashing })
  t.equal((await crashed.post(page)).statusCode, 503)
  const restarted = await openPortoneShop(t, { ledger }, [failed(second)])
  t.match((await restarted.post(page)).json(), { code: 'IAMPORT_BAD_GATEWAY' })
  t.strictSame([crashed.ran(), restarted.ran()], [['paid'], []])
})

test('keys of the ledger are visible ASCII of at most 255 characters, whatever the ids are', async (t) => {
  const keys: string[] = []
  const ledger = memoryLedger()
  const spying: Ledger = {
    find: (key) => ledger.find(key),
    once (key, work) {
      keys.push(key)
      return ledger.once(key, work)
    },
  }
  for (const transactionId of ['tx_1', '한 글', 'x'.repeat(129), 'a b']) {
    const id = '주문'.repeat(100)
    const shop = await openPortoneShop(t, { ledger: spying }, [paid({ id, transactionId })])
    t.match((await shop.post({ paymentId: id })).json(), { status: 'paid', imp_uid: transactionId })
  }
  for (const key of keys) t.match(key, /^[\x21-\x7e]{1,255}$/)
  t.ok(keys.includes('tx_1:paid'))
})

test('a lookup that shows another attempt than the one to be refunded sends no cancellation', async (t) => {
  const shop = await openPortoneShop(t, {}, [paid({ total: 100 })])
  const gate = shop.upstream.hold('cancel')
  const first = shop.post(page)
  await gate.arrived
  shop.upstream.payments.set('order_1', paid({ ...second }))
  gate.open()
  await first
  const [body] = shop.upstream.bodies('cancel')
  t.match(body, { currentCancellableAmount: 100 }, 'the balance protects the other attempt')
  t.match((await shop.post(page)).json(), { status: 'paid', imp_uid: 'tx_2' })
  t.equal(shop.upstream.requests('cancel').length, 1)
})

test('a ledger that does not return what was recorded is an error, not an endless search', async (t) => {
  const forgetful: Ledger = {
    async once (_, work) {
      await work(undefined)
      return { value: JSON.parse('null'), replayed: false }
    },
  }
  const shop = await openPortoneShop(t, { ledger: forgetful })
  t.match((await shop.post(page)).json(), { statusCode: 503, code: 'IAMPORT_UNAVAILABLE' })
  t.strictSame(shop.ran(), [])
})
