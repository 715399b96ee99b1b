import { test } from 'tap'
import type { IamportOptions } from '../../lib/index.js'
import { openShop } from '../support/shop.js'
import { account, hangUp, payment, refuse, type Seen } from '../support/upstream.js'

const isRevocation = ({ method }: Seen) => method === 'DELETE'

for (const [what, changes, reason] of [
  ['amount', { amount: 100 }, 'amount_mismatch'], ['currency', { currency: 'JPY' }, 'currency_mismatch'],
] as const) {
  test(`an account issued for another ${what} is revoked, once, and fails`, async (t) => {
    const shop = await openShop(t, {}, [account(changes)])
    t.match((await shop.post({ imp_uid: 'imp_1' })).json(), {
      success: false, status: 'failed', reason, refunded: true, replayed: false,
    })
    t.strictSame(shop.upstream.seen.filter(isRevocation).map(({ path }) => path), ['/vbanks/imp_1'])
    t.strictSame(shop.upstream.cancellations(), [])
    t.match(shop.failures(), [{ reason, final: true, refunded: true }])
    t.strictSame(shop.ran(), ['fail'])
  })
}

test('a revoked account, seen later, is that failure again', async (t) => {
  const shop = await openShop(t, {}, [account({ amount: 100 })])
  await shop.notify()
  t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: true, replayed: true })
  t.strictSame(shop.ran(), ['fail'])
})

test('a hook that fails after the revocation is told later, and told of that failure', async (t) => {
  let broken = true
  const reasons: string[] = []
  const shop = await openShop(t, {
    onFail: ({ reason }) => {
      if (broken) throw new Error('not yet')
      reasons.push(reason)
    }
  }, [account({ amount: 100 })])
  t.equal((await shop.notify()).json().code, 'IAMPORT_HOOK_FAILED')
  broken = false
  t.match((await shop.notify()).json(), {
    status: 'failed', reason: 'amount_mismatch', refunded: true, replayed: false,
  })
  t.strictSame(reasons, ['amount_mismatch'])
  t.strictSame(shop.ran(), [], 'no order was cancelled')
})

test('a refused revocation leaves the account: not refunded, logged, told once', async (t) => {
  const lines: { level: number, imp_uid?: string }[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const shop = await openShop(t, {}, [account({ amount: 100 })], { server: { logger: { stream } } })
  shop.upstream.script = (seen, response) => isRevocation(seen) && refuse(response, 200, '말소할 수 없습니다.', 1)
  for (const replayed of [false, true]) {
    t.match((await shop.notify()).json(), {
      status: 'failed', reason: 'amount_mismatch', refunded: false, replayed,
    })
  }
  t.match(shop.failures(), [{ refunded: false, final: true }])
  t.ok(lines.some(({ level, imp_uid }) => level === 50 && imp_uid === 'imp_1'))
})

test('a revocation whose outcome is open is an error, not repeated, and tried again next time', async (t) => {
  const shop = await openShop(t, {}, [account({ amount: 100 })])
  for (const status of [500, 429, 401, 'lost'] as const) {
    const before = shop.upstream.seen.filter(isRevocation).length
    shop.upstream.script = (seen, response) => isRevocation(seen) && (status === 'lost'
      ? hangUp(response)
      : refuse(response, status))
    t.equal((await shop.notify()).statusCode, status === 401 ? 502 : 503, String(status))
    t.equal(shop.upstream.seen.filter(isRevocation).length - before, 1)
  }
  t.strictSame(shop.ran(), [])
  shop.upstream.script = () => undefined
  t.match((await shop.notify()).json(), { status: 'failed', refunded: true, replayed: false })
})

test('an account that was paid into while it was being revoked is not refunded', async (t) => {
  const shop = await openShop(t, {}, [account({ amount: 100 })])
  shop.upstream.script = (seen) => {
    if (isRevocation(seen)) {
      shop.upstream.payments.set('imp_1', account({
        amount: 100, status: 'paid', paid_at: 1790000000,
      }))
    }
    return false
  }
  for (const replayed of [false, true]) {
    t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: false, replayed })
  }
  t.match(shop.failures(), [{ payment: { status: 'paid' } }], 'money has come: somebody has to know')
})

test('a deposit into an account that was revoked before is a manual refund', async (t) => {
  const shop = await openShop(t, {}, [account({ amount: 100 })])
  t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: true })
  shop.upstream.payments.set('imp_1', account({ amount: 100, status: 'paid', paid_at: 1790000000 }))
  for (const replayed of [false, true]) {
    t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: false, replayed })
  }
  t.match(shop.failures(), [{ payment: { status: 'ready' } }, { payment: { status: 'paid' } }])
  t.strictSame(shop.upstream.cancellations(), [])
})

for (const [what, options] of Object.entries<Partial<IamportOptions>>({
  'is not as ordered and could not be revoked': { cancelOnMismatch: false },
  'has no order': { getExpectedAmount: () => null },
})) {
  test(`money paid into an account that ${what} is told of, once`, async (t) => {
    const shop = await openShop(t, options, [account({ amount: 100 })])
    await shop.notify()
    shop.upstream.payments.set('imp_1', account({ amount: 100, status: 'paid', paid_at: 1790000000 }))
    for (const replayed of [false, true]) {
      t.match((await shop.notify()).json(), {
        status: 'failed', refunded: false, replayed,
      })
    }
    t.match(shop.failures(), [{ payment: { status: 'ready' } }, { payment: { status: 'paid' } }])
    t.equal(shop.failures().length, 2)
  })
}

test('an account that was refused to be revoked, and expired later, is a cancellation', async (t) => {
  const shop = await openShop(t, {}, [account({ amount: 100 })])
  shop.upstream.script = (seen, response) => isRevocation(seen) && refuse(response, 200, '말소할 수 없습니다.', 1)
  t.match((await shop.notify()).json(), { status: 'failed', refunded: false })
  shop.upstream.payments.set('imp_1', account({ amount: 100, status: 'cancelled' }))
  t.match((await shop.notify()).json(), { status: 'cancelled' })
  t.strictSame(shop.ran(), ['fail', 'cancel'])
})

test('an account that is revoked after a refusal, and told as that, is no cancellation later', async (t) => {
  const shop = await openShop(t, {}, [account({ amount: 100 })])
  shop.upstream.script = (seen, response) => isRevocation(seen) && refuse(response, 200, '말소할 수 없습니다.', 1)
  t.match((await shop.notify()).json(), { status: 'failed', refunded: false })
  shop.upstream.script = () => undefined
  for (const replayed of [false, true, true]) {
    t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: true, replayed })
  }
  t.strictSame(shop.ran(), ['fail', 'fail'])
})

test('an account of the right amount, deposited with another, is not fulfilled', async (t) => {
  const shop = await openShop(t, {}, [account()])
  t.match((await shop.notify()).json(), { status: 'vbank_issued' })
  shop.upstream.payments.set('imp_1', account({ amount: 100, status: 'paid', paid_at: 1790000000 }))
  t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: false })
  t.strictSame(shop.ran(), ['vbank', 'fail'])
})

test('an account without an order is left alone', async (t) => {
  const shop = await openShop(t, { getExpectedAmount: () => null }, [account()])
  t.match((await shop.notify()).json(), { status: 'failed', reason: 'order_not_found' })
  t.equal(shop.upstream.seen.filter(isRevocation).length, 0)
})

test('a window opened for a virtual account that has no number yet is not paid, and left alone', async (t) => {
  const shop = await openShop(t, {}, [
    account({ vbank_num: null, amount: 100 }), payment({ imp_uid: 'imp_2', status: 'ready', vbank_num: '1' }),
  ])
  for (const imp_uid of ['imp_1', 'imp_2']) {
    t.match((await shop.notify({ imp_uid })).json(), {
      status: 'failed', reason: 'not_paid',
    })
  }
  t.equal(shop.upstream.seen.filter(isRevocation).length, 0)
})
