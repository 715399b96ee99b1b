import { test, type Test } from 'tap'
import { memoryLedger, type IamportOptions, type Ledger, type Payment } from '../../lib/index.js'
import { openShop, type Shop } from '../support/shop.js'
import {
  account, deferred, hangUp, isCancellation, isLookup, ok, payment, refuse, secondsAgo, type Seen,
} from '../support/upstream.js'

const isRevocation = ({ method }: Seen) => method === 'DELETE'
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Servers of one shop: one provider, one ledger. */
async function openServers (
  t: Test, options: Partial<IamportOptions>[], payments?: Payment[], ledger = memoryLedger()
) {
  const [first = {}, ...others] = options
  const one = await openShop(t, { ledger, ...first }, payments)
  const servers = [one]
  for (const other of others) {
    servers.push(await openShop(t, { ledger, ...other }, payments, {
      upstream: one.upstream,
    }))
  }
  const ran = () => servers.flatMap((server) => server.ran())
  return { servers, one, two: servers[1] ?? one, upstream: one.upstream, ran }
}

/** A ledger whose server dies, or loses its database, right after it has committed the event. */
function dyingAfter (ledger: Ledger, event: RegExp): Ledger {
  let isDead = false
  return {
    async once (key, work) {
      const recorded = await ledger.once(key, work)
      if (!isDead && event.test(key)) {
        isDead = true
        throw new Error('died')
      }
      return recorded
    }
  }
}

const right = { getExpectedAmount: () => 14000 }
const wrong = { getExpectedAmount: () => 1 }

for (const [what, paid, isRefund] of [
  ['a payment', payment, isCancellation], ['an account', account, isRevocation],
] as const) {
  test(`${what} that one server refunds is never delivered by another, whose order has the right amount`, async (t) => {
    const { one, two, upstream, ran } = await openServers(t, [wrong, right], [paid()])
    let other: Promise<unknown> | undefined
    upstream.script = async (seen) => {
      // The other server comes when the first one's request is on its way, and not carried out yet.
      if (isRefund(seen) && other === undefined) {
        other = two.notify()
        while (upstream.seen.filter(isRefund).length < 2) await turn()
      }
      return false
    }
    t.match((await one.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: true })
    t.match(await other, { statusCode: 200 })
    t.strictSame(ran(), ['fail'])
    t.match((await two.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: true })
  })

  test(`${what} that was delivered is never refunded by another server, which had looked it up before`, async (t) => {
    const { one, two, upstream, ran } = await openServers(t, [wrong, right], [paid()])
    const gate = upstream.hold('GET', /imp_1$/)
    const late = one.notify()
    await gate.arrived
    t.match((await two.notify()).json(), { success: true })
    gate.open()
    t.match((await late).json(), { success: true, replayed: true })
    t.equal(upstream.seen.filter(isRefund).length, 0)
    t.equal(ran().length, 1)
  })

  test(`${what} whose refund was recorded by a server that then died is refunded by whoever comes next`, async (t) => {
    const ledger = memoryLedger()
    const { one, two, upstream, ran } = await openServers(
      t, [{ ...wrong, ledger: dyingAfter(ledger, /:(paid|issued)$/) }, { ...right, ledger }], [paid()])
    t.equal((await one.notify()).statusCode, 503)
    t.equal(upstream.seen.filter(isRefund).length, 0)
    t.match((await two.notify()).json(), {
      status: 'failed', reason: 'amount_mismatch', refunded: true, replayed: false,
    })
    t.equal(upstream.seen.filter(isRefund).length, 1)
    t.strictSame(ran(), ['fail'])
  })

  test(`${what} whose refund got no answer is refunded by the next one, even at the right amount`, async (t) => {
    for (const isDone of [true, false]) {
      let amount = 1
      const { one, upstream, ran } = await openServers(t, [{ getExpectedAmount: () => amount }], [paid()])
      upstream.script = (seen, response) => {
        const target = upstream.payments.get('imp_1')
        if (!isRefund(seen) || !target) return false
        if (isDone) {
          upstream.payments.set('imp_1', {
            ...target, status: 'cancelled', cancel_amount: isRevocation(seen) ? 0 : 14000,
          })
        }
        return hangUp(response)
      }
      t.equal((await one.notify()).statusCode, 503)
      amount = 14000
      upstream.script = () => undefined
      t.match((await one.notify()).json(), {
        status: 'failed', reason: 'amount_mismatch', refunded: true, replayed: false,
      })
      t.strictSame(ran(), ['fail'])
    }
  })

  test(`${what} whose refund is refused is not delivered either, by any server`, async (t) => {
    const { one, two, upstream, ran } = await openServers(t, [wrong, right], [paid()])
    upstream.script = (seen, response) => isRefund(seen) && refuse(response, 200, '취소할 수 없습니다.', 1)
    for (const shop of [one, two]) t.match((await shop.notify()).json(), { status: 'failed', refunded: false })
    t.strictSame(ran(), ['fail'])
  })
}

test('two servers, toggling amounts, 100 random payments: each is delivered or refunded, never both', async (t) => {
  const flicker = {
    getExpectedAmount: async () => {
      await turn()
      return Math.random() < 0.5 ? 1 : 14000
    }
  }
  const ids = Array.from({ length: 100 }, (_, index) => `imp_${index}`)
  const delivered = new Set<string>()
  const onPaid = async ({ imp_uid }: Payment) => { delivered.add(imp_uid) }
  const { servers, upstream } = await openServers(
    t, Array(3).fill({ ...flicker, onPaid }), ids.map((imp_uid) => payment({ imp_uid, merchant_uid: imp_uid })))
  await Promise.all(ids.flatMap((imp_uid) => servers.map(async (shop) => {
    t.equal((await shop.notify({ imp_uid })).statusCode, 200)
  })))
  const refunded = new Set(upstream.cancellations().map(({ imp_uid }) => imp_uid))
  t.strictSame(ids.filter((id) => delivered.has(id) && refunded.has(id)), [])
  t.strictSame(ids.filter((id) => !delivered.has(id) && !refunded.has(id)), [])
})

test('a virtual account paid during its revocation is not delivered, even at the right amount', async (t) => {
  const { one, two, upstream, ran } = await openServers(t, [wrong, right], [account()])
  upstream.script = (seen) => {
    if (isRevocation(seen)) upstream.payments.set('imp_1', account({ status: 'paid', paid_at: secondsAgo(1) }))
    return false
  }
  t.match((await one.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: false })
  t.match((await two.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: false })
  t.strictSame(ran(), ['fail'], 'once: of the money in it')
})

test('an account whose deposit was delivered is not revoked by a server that had looked it up before', async (t) => {
  const { one, two, upstream, ran } = await openServers(t, [wrong, right], [account()])
  const gate = upstream.hold('GET', /imp_1$/)
  const late = one.notify()
  await gate.arrived
  upstream.payments.set('imp_1', account({ status: 'paid', paid_at: secondsAgo(1) }))
  t.match((await two.notify()).json(), { status: 'paid' })
  gate.open()
  t.equal((await late).statusCode, 502)
  t.equal(upstream.seen.filter(isRevocation).length, 0)
  t.strictSame(ran(), ['paid'])
})

for (const [what, isIssuedFirst] of [['that was issued', true], ['of which nothing was known', false]] as const) {
  test(`an account ${what}, paid, then cancelled in full, is not delivered on an older lookup`, async (t) => {
    const { one, two, upstream, ran } = await openServers(t, [right, right], [account()])
    if (isIssuedFirst) await two.notify()
    upstream.payments.set('imp_1', account({ status: 'paid', paid_at: secondsAgo(5) }))
    const gate = upstream.hold('GET', /imp_1$/)
    const late = one.notify()
    await gate.arrived
    upstream.payments.set('imp_1', account({ status: 'cancelled', paid_at: secondsAgo(5), cancel_amount: 14000 }))
    t.match((await two.notify()).json(), { status: 'cancelled' })
    gate.open()
    t.equal((await late).statusCode, 502)
    t.strictSame(ran(), isIssuedFirst ? ['vbank', 'cancel'] : ['cancel'])
  })
}

test('a refund that was made and told is not told as refused while the provider goes back for a moment', async (t) => {
  const shop = await openShop(t, wrong)
  t.match((await shop.notify()).json(), { refunded: true })
  shop.upstream.payments.set('imp_1', payment())
  t.match((await shop.notify()).json(), { status: 'failed', refunded: true, replayed: true })
  t.equal(shop.upstream.cancellations().length, 1)
  t.strictSame(shop.ran(), ['fail'])
})

test('fields that decide nothing may differ in every answer while a slow ledger is waited for', async (t) => {
  const shop: Shop = await openShop(t, { ledger: slowLedger(t, 501, () => {}) })
  shop.upstream.script = (seen, response) =>
    isLookup(seen) && ok(response, payment({ receipt_url: `https://receipt.test/?sig=${shop.upstream.lookups()}` }))
  t.match((await shop.notify()).json(), { status: 'paid' })
  t.equal(shop.upstream.lookups(), 2)
})

test('a payment cancelled in full is not delivered by a server that had looked it up before', async (t) => {
  const { one, two, upstream, ran } = await openServers(t, [right, right])
  const gate = upstream.hold('GET', /imp_1$/)
  const late = one.notify()
  await gate.arrived
  upstream.payments.set('imp_1', payment({ status: 'cancelled', cancel_amount: 14000 }))
  t.match((await two.notify()).json(), { status: 'cancelled' })
  gate.open()
  t.equal((await late).statusCode, 502)
  t.strictSame(ran(), ['cancel'])
})

for (const [ago, isOld] of [[3590, false], [3601, true], [24 * 3600, true]] as const) {
  test(`a mismatch found ${ago} s after the payment is refunded ${isOld ? 'by a person' : 'by itself'}`, async (t) => {
    const lines: { level: number, imp_uid?: string, refunded?: boolean }[] = []
    const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
    const shop = await openShop(t, wrong, [payment({ paid_at: secondsAgo(ago) })], { server: { logger: { stream } } })
    for (const replayed of [false, true]) {
      t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: !isOld, replayed })
    }
    t.equal(shop.upstream.cancellations().length, isOld ? 0 : 1)
    t.match(shop.failures(), [{ reason: 'amount_mismatch', refunded: !isOld, final: true }])
    t.equal(lines.some(({
      level, imp_uid, refunded,
    }) => level === 50 && imp_uid === 'imp_1' && refunded === false), isOld)
  })
}

test('a payment whose age nobody knows is refunded by a person', async (t) => {
  for (const paid_at of [0, null, undefined]) {
    for (const started_at of [0, null, undefined]) {
      const shop = await openShop(t, wrong, [payment({ paid_at, started_at })])
      t.match((await shop.notify()).json(), { status: 'failed', refunded: false })
      t.strictSame(shop.upstream.cancellations(), [])
    }
  }
})

test('a payment without its time is as old as its checkout, which was opened before it', async (t) => {
  for (const [started_at, refunded] of [[secondsAgo(60), true], [secondsAgo(3601), false]] as const) {
    for (const paid_at of [0, null, undefined]) {
      const shop = await openShop(t, wrong, [payment({ paid_at, started_at })])
      t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded })
      t.equal(shop.upstream.cancellations().length, refunded ? 1 : 0)
    }
  }
})

test('the time of a payment counts, however long its checkout was open', async (t) => {
  const shop = await openShop(t, wrong, [payment({ paid_at: secondsAgo(3601), started_at: secondsAgo(60) })])
  t.match((await shop.notify()).json(), { status: 'failed', refunded: false })
  const other = await openShop(t, wrong, [payment({ paid_at: secondsAgo(60), started_at: secondsAgo(7200) })])
  t.match((await other.notify()).json(), { status: 'failed', refunded: true })
})

test('a partly cancelled payment of yesterday is not cancelled in full either', async (t) => {
  const shop = await openShop(t, wrong, [
    payment({ status: 'cancelled', cancel_amount: 100, paid_at: secondsAgo(7200) }),
  ])
  t.match((await shop.notify()).json(), { status: 'failed', refunded: false })
  t.strictSame(shop.upstream.cancellations(), [])
})

test('a payment refused for its age is delivered once its order has the right amount', async (t) => {
  let amount = 1
  const shop = await openShop(t, { getExpectedAmount: () => amount }, [payment({ paid_at: secondsAgo(7200) })])
  await shop.notify()
  amount = 14000
  t.match((await shop.notify()).json(), { status: 'paid' })
  t.strictSame(shop.ran(), ['fail', 'paid'])
})

test('a refund that has begun, and got no answer, is finished however old the payment is', async (t) => {
  const shop = await openShop(t, wrong)
  shop.upstream.script = (seen, response) => isCancellation(seen) && hangUp(response)
  t.equal((await shop.notify()).statusCode, 503)
  shop.upstream.script = () => undefined
  shop.upstream.payments.set('imp_1', payment({ paid_at: secondsAgo(7200) }))
  t.match((await shop.notify()).json(), { status: 'failed', refunded: true })
  t.equal(shop.upstream.cancellations().length, 2)
  t.strictSame(new Set(shop.upstream.cancellations().map(({ checksum }) => checksum)), new Set([14000]))
})

test('a refund that was refused and told is not tried again after an hour', async (t) => {
  const shop = await openShop(t, wrong)
  shop.upstream.script = (seen, response) => isCancellation(seen) && refuse(response, 200, '취소할 수 없습니다.', 1)
  for (const paid_at of [secondsAgo(60), secondsAgo(3500), secondsAgo(3700)]) {
    shop.upstream.payments.set('imp_1', payment({ paid_at }))
    t.match((await shop.notify()).json(), { status: 'failed', refunded: false })
  }
  t.equal(shop.upstream.cancellations().length, 2)
  t.strictSame(shop.ran(), ['fail'])
})

test('a refund that has begun keeps its checksum: what was cancelled meanwhile is not refunded twice', async (t) => {
  const shop = await openShop(t, wrong)
  shop.upstream.script = (seen, response) => isCancellation(seen) && hangUp(response)
  t.equal((await shop.notify()).statusCode, 503)
  shop.upstream.payments.set('imp_1', payment({ status: 'cancelled', cancel_amount: 4000 }))
  shop.upstream.script = () => undefined
  t.match((await shop.notify()).json(), { status: 'failed', refunded: false })
  t.strictSame(shop.upstream.cancellations().map(({ checksum }) => checksum), [14000, 14000])
})

test('a refused refund that another server is carrying out is waited for', async (t) => {
  const { one, upstream, ran } = await openServers(t, [wrong])
  upstream.script = (seen, response) => {
    if (isCancellation(seen)) return refuse(response, 200, '처리 중인 취소입니다.', 1)
    if (isLookup(seen) && upstream.lookups() === 3) {
      upstream.payments.set('imp_1', payment({
        status: 'cancelled', cancel_amount: 14000,
      }))
    }
    return false
  }
  t.match((await one.notify()).json(), { status: 'failed', refunded: true })
  t.strictSame(ran(), ['fail'])
})

test('after a hook that cancelled the payment and threw, the notification that waited does not deliver', async (t) => {
  const entered = deferred()
  const leave = deferred()
  let runs = 0
  const shop = await openShop(t, {
    onPaid: async () => {
      runs++
      entered.resolve()
      await leave.promise
      throw new Error('sold out')
    }
  })
  const first = shop.notify()
  await entered.promise
  const second = shop.notify()
  while (shop.upstream.lookups() < 2) await turn()
  await turn()
  shop.upstream.payments.set('imp_1', payment({ status: 'cancelled', cancel_amount: 14000 }))
  leave.resolve()
  t.equal((await first).json().code, 'IAMPORT_HOOK_FAILED')
  t.match((await second).json(), { status: 'cancelled' })
  t.equal(runs, 1)
  t.equal(shop.upstream.lookups(), 3)
})

test('those who share the lookup of a hook that threw look up again as well', async (t) => {
  let runs = 0
  const shop = await openShop(t, {
    onPaid: () => {
      runs++
      shop.upstream.payments.set('imp_1', payment({ status: 'cancelled', cancel_amount: 14000 }))
      throw new Error('sold out')
    }
  })
  const gate = shop.upstream.hold('GET', /imp_1$/)
  const replies = [shop.post({ imp_uid: 'imp_1' }), shop.post({ imp_uid: 'imp_1' })]
  await gate.arrived
  gate.open()
  const codes = (await Promise.all(replies)).map((reply) => reply.json())
  t.match(codes, [{ code: 'IAMPORT_HOOK_FAILED' }, { status: 'cancelled' }])
  t.equal(runs, 1)
})

test('another server that waited for a hook which threw looks up again, however short the wait', async (t) => {
  // A ledger that says, as those on a database do, that an earlier run has failed.
  const ledger: Ledger = { async once (_, work) { return { value: await work(undefined, true), replayed: false } } }
  const shop = await openShop(t, { ledger })
  shop.upstream.script = (seen) => {
    if (isLookup(seen) && shop.upstream.lookups() === 2) {
      shop.upstream.payments.set('imp_1', payment({ status: 'cancelled', cancel_amount: 14000 }))
    }
    return false
  }
  t.match((await shop.notify()).json(), { status: 'cancelled' })
  t.strictSame(shop.ran(), ['cancel'])
})

test('what an abandoned run may have delivered is not refunded: a person looks', async (t) => {
  let isAbandoned = true
  const inner = memoryLedger()
  const ledger: Ledger = { once: (key, work) => inner.once(key, () => work(undefined, isAbandoned && 'abandoned')) }
  const shop = await openShop(t, { ledger, ...wrong })
  for (const replayed of [false, true]) {
    t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: false, replayed })
    isAbandoned = false
  }
  t.strictSame(shop.upstream.cancellations(), [])
  shop.upstream.payments.set('imp_1', payment({ status: 'cancelled', cancel_amount: 14000 }))
  t.match((await shop.notify()).json(), { status: 'cancelled' })
  t.strictSame(shop.ran(), ['fail', 'cancel'])
})

test('what an abandoned run may have delivered, and is as ordered, is delivered', async (t) => {
  const inner = memoryLedger()
  const ledger: Ledger = { once: (key, work) => inner.once(key, () => work(undefined, 'abandoned')) }
  const shop = await openShop(t, { ledger })
  t.match((await shop.notify()).json(), { status: 'paid' })
  t.strictSame(shop.ran(), ['paid'])
})

test('the lookup after our own refund is a request of its own', async (t) => {
  let amount = 1
  const shop = await openShop(t, { getExpectedAmount: () => amount })
  const cancelling = shop.upstream.hold('POST', /cancel/)
  const first = shop.notify()
  await cancelling.arrived
  const second = shop.notify()
  while (shop.upstream.lookups() < 2) await turn()
  await turn()
  // A third lookup was sent before the refund, and is answered after it.
  const stale = shop.upstream.hold('GET', /imp_1$/)
  const third = shop.post({ imp_uid: 'imp_1' })
  await stale.arrived
  amount = 14000
  cancelling.open()
  t.match((await first).json(), { refunded: true })
  stale.open()
  for (const reply of [await second, await third]) t.match(reply.json(), { status: 'failed', refunded: true })
  t.notOk(shop.ran().includes('paid'))
  t.equal(shop.upstream.cancellations().length, 1)
})

/** A ledger behind a busy pool: so many milliseconds pass before any work begins. */
function slowLedger (t: Test, ms: number, meanwhile: () => void): Ledger {
  const ledger = memoryLedger()
  const { now } = performance
  let passed = 0
  performance.now = () => now.call(performance) + passed
  t.teardown(() => { performance.now = now })
  return {
    once (key, work) {
      passed += ms
      meanwhile()
      return ledger.once(key, work)
    }
  }
}

test('a lookup that has grown old while it waited for the ledger is made again before anything runs', async (t) => {
  const cancel = () => shop.upstream.payments.set('imp_1', payment({ status: 'cancelled', cancel_amount: 14000 }))
  const shop: Shop = await openShop(t, { ledger: slowLedger(t, 501, cancel) })
  t.match((await shop.notify()).json(), { status: 'cancelled' })
  t.strictSame(shop.ran(), ['cancel'])
})

test('a lookup that has grown old, and says the same when it is made again, is used', async (t) => {
  const shop = await openShop(t, { ledger: slowLedger(t, 501, () => {}) })
  t.match((await shop.notify()).json(), { status: 'paid' })
  t.equal(shop.upstream.lookups(), 2)
})

test('a lookup that waited for less than half a second is not made again', async (t) => {
  const shop = await openShop(t, { ledger: slowLedger(t, 400, () => {}) })
  t.match((await shop.notify()).json(), { status: 'paid' })
  t.equal(shop.upstream.lookups(), 1)
})

test('where the second lookup fails, nothing runs and nothing is recorded', async (t) => {
  const shop = await openShop(t, { ledger: slowLedger(t, 501, () => {}), budgetMs: 2000 })
  shop.upstream.script = (seen, response) => isLookup(seen) && shop.upstream.lookups() > 1 && refuse(response, 404)
  t.equal((await shop.notify()).statusCode, 502, 'it was there a moment ago, and a 404 is never sent again')
  t.strictSame(shop.ran(), [])
})

for (const [what, changes] of Object.entries<Partial<Payment>>({
  ready: { status: 'ready', paid_at: 0 },
  failed: { status: 'failed', paid_at: 0 },
  'an account that waits for its deposit': { ...account(), status: 'ready' },
})) {
  test(`a payment that was delivered, and that the provider calls ${what} for a moment, is not decided`, async (t) => {
    const shop = await openShop(t, { redirects: { fail: '/fail', pending: '/pending' } })
    t.match((await shop.notify()).json(), { status: 'paid' })
    shop.upstream.payments.set('imp_1', payment(changes))
    const reply = await shop.notify()
    t.equal(reply.statusCode, 502)
    t.equal(reply.json().code, 'IAMPORT_BAD_GATEWAY')
    t.match((await shop.redirect()).headers.location, /^\/pending/)
    shop.upstream.payments.set('imp_1', payment())
    t.match((await shop.notify()).json(), { status: 'paid', replayed: true })
    t.strictSame(shop.ran(), ['paid'])
  })
}

test('a refund that has begun is not taken for an order that failed while the provider goes back', async (t) => {
  const shop = await openShop(t, wrong)
  shop.upstream.script = (seen, response) => isCancellation(seen) && hangUp(response)
  await shop.notify()
  shop.upstream.payments.set('imp_1', payment({ status: 'failed' }))
  t.equal((await shop.notify()).statusCode, 502)
  t.strictSame(shop.ran(), [])
})

test('with a ledger of one caller at a time, a payment, its refund and its cancellation do not deadlock', async (t) => {
  const inner = memoryLedger()
  let isTaken = false
  const ledger: Ledger = {
    async once (key, work) {
      if (isTaken) throw new Error(`a second connection was asked for: ${key}`)
      isTaken = true
      try {
        return await inner.once(key, work)
      } finally {
        isTaken = false
      }
    }
  }
  const shop = await openShop(t, {
    ledger, getExpectedAmount: ({ merchant_uid }) => merchant_uid === 'order_2' ? 1 : 14000,
  }, [
    payment(), payment({ imp_uid: 'imp_2', merchant_uid: 'order_2' }), account({ imp_uid: 'imp_3' }),
    account({ imp_uid: 'imp_4', merchant_uid: 'order_2' }),
    account({ imp_uid: 'imp_5', status: 'paid', paid_at: secondsAgo(1) }),
    payment({ imp_uid: 'imp_6', status: 'cancelled', cancel_amount: 4000 }),
    payment({ imp_uid: 'imp_7', status: 'cancelled', cancel_amount: 14000 }),
    payment({ imp_uid: 'imp_8', status: 'failed' }),
  ])
  for (let i = 1; i <= 8; i++) {
    for (let times = 0; times < 2; times++) {
      t.equal((await shop.notify({
        imp_uid: `imp_${i}`,
      })).statusCode, 200, `imp_${i}`)
    }
  }
})
