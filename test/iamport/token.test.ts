import { test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { createTokenCache, type IssuedToken } from '../../lib/iamport/token.js'
import { deferred } from '../support/upstream.js'

const soon = () => monotonic() + 5000

/** A cache on a clock of its own, over a provider that answers as told, `token-1`, `token-2`, ... */
function scripted (times: Pick<IssuedToken, 'now' | 'expired_at'> = { now: 1000, expired_at: 2800 }) {
  const it = { now: 0, asked: 0, times, gate: Promise.resolve() }
  const cache = createTokenCache(async () => {
    const access_token = `token-${++it.asked}`
    await it.gate
    return { access_token, ...it.times }
  }, () => it.now)
  return { it, cache }
}

test('fifty waiters share one request', async (t) => {
  const { it, cache } = scripted()
  const gate = deferred()
  it.gate = gate.promise
  const waiting = Array.from({ length: 50 }, () => cache.renew(soon()))
  gate.resolve()
  t.strictSame(new Set(await Promise.all(waiting)), new Set(['token-1']))
  t.equal(it.asked, 1)
  t.equal(cache.current(), 'token-1')
})

test('a token is kept until 30 s before its end, by the provider\'s times', async (t) => {
  const { it, cache } = scripted()
  await cache.renew(soon())
  const renewAt = 1800_000 - 30_000
  for (const [now, token] of [
    [0, 'token-1'], [renewAt - 1, 'token-1'], [renewAt, undefined], [renewAt + 1, undefined],
  ] as const) {
    it.now = now
    t.equal(cache.current(), token, `after ${now} ms`)
  }
})

test('a short life is refreshed a tenth before its end', async (t) => {
  const { it, cache } = scripted({ now: 5, expired_at: 15 })
  await cache.renew(soon())
  it.now = 8999
  t.equal(cache.current(), 'token-1')
  it.now = 9000
  t.equal(cache.current(), undefined)
})

test('the life begins when the token was asked for, not when the answer came', async (t) => {
  const { it, cache } = scripted()
  const gate = deferred()
  it.gate = gate.promise
  const waiting = cache.renew(soon())
  it.now = 4000
  gate.resolve()
  await waiting
  it.now = 1770_000
  t.equal(cache.current(), undefined)
})

test('the local time of day does not matter', async (t) => {
  const { it, cache } = scripted({ now: 4_000_000_000, expired_at: 4_000_001_800 })
  await cache.renew(soon())
  it.now = 1769_999
  t.equal(cache.current(), 'token-1')
})

for (const [what, times] of Object.entries<Pick<IssuedToken, 'now' | 'expired_at'>>({
  'in the past': { now: 1790000000, expired_at: 1000 },
  'not after now': { now: 1000, expired_at: 1000 },
  absent: {},
  null: { now: null, expired_at: null },
  'without now': { expired_at: 2800 },
  'not a number': { now: NaN, expired_at: NaN },
})) {
  test(`an end that is ${what} counts as 30 minutes`, async (t) => {
    const { it, cache } = scripted(times)
    await cache.renew(soon())
    it.now = 1769_999
    t.equal(cache.current(), 'token-1')
    it.now = 1770_000
    t.equal(cache.current(), undefined)
  })
}

test('a refused token is forgotten, a newer one stays', async (t) => {
  const { it, cache } = scripted()
  await cache.renew(soon())
  cache.drop('token-0')
  t.equal(cache.current(), 'token-1')
  cache.drop('token-1')
  t.equal(cache.current(), undefined)
  t.equal(await cache.renew(soon()), 'token-2')
  cache.drop('token-1')
  t.equal(cache.current(), 'token-2')
  t.equal(it.asked, 2)
})

test('a failed request fails all that wait, and the next asks again', async (t) => {
  let asked = 0
  const cache = createTokenCache(async () => {
    if (++asked === 1) throw new Error('down')
    return { access_token: 'token' }
  })
  const results = await Promise.allSettled([cache.renew(soon()), cache.renew(soon())])
  t.strictSame(results.map(({ status }) => status), ['rejected', 'rejected'])
  t.equal(await cache.renew(soon()), 'token')
  t.equal(asked, 2)
})

test('one whose time is up stops waiting, while the request goes on for the others', async (t) => {
  const { it, cache } = scripted()
  const gate = deferred()
  it.gate = gate.promise
  const late = cache.renew(monotonic() + 20)
  const patient = cache.renew(soon())
  await t.rejects(late, { code: 'IAMPORT_TIMEOUT' })
  gate.resolve()
  t.equal(await patient, 'token-1')
  t.equal(it.asked, 1)
})
