import { test, type Test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { TimeoutError, UnavailableError } from '../../lib/errors.js'
import { retryDelay, retrying } from '../../lib/http/retries.js'

function setRandom (t: Test, value: number) {
  const { random } = Math
  Math.random = () => value
  t.teardown(() => { Math.random = random })
}

const outage = () => new UnavailableError('down')

test('tries end where the next would not fit', async (t) => {
  const error = outage()
  let tries = 0
  const attempt = async () => {
    tries++
    throw error
  }
  // 75 ms before the second and 225 ms before the third, at least.
  t.equal(await retrying(monotonic() + 299, attempt).catch((thrown) => thrown), error)
  t.ok(tries >= 1 && tries <= 2, `${tries} tries`)
})

test('without time for a second try there is one', async (t) => {
  let tries = 0
  await t.rejects(retrying(monotonic(), async () => {
    tries++
    throw new TimeoutError()
  }), { code: 'IAMPORT_TIMEOUT' })
  t.equal(tries, 1)
})

test('what a repetition does not mend is not repeated', async (t) => {
  let tries = 0
  await t.rejects(retrying(monotonic() + 60_000, async () => {
    tries++
    throw new TypeError('no such thing')
  }), { message: 'no such thing' })
  t.equal(tries, 1)
})

for (const [random, shortest, asked] of [[0, 75, 2000], [0.5, 100, 2025], [1, 125, 2050]] as const) {
  test(`the jitter is a quarter in either direction, and never shortens a Retry-After: ${random}`, async (t) => {
    setRandom(t, random)
    t.equal(retryDelay(outage()), shortest)
    t.equal(retryDelay(outage(), 900), shortest * 9)
    t.equal(retryDelay(new TimeoutError()), shortest, 'a timeout names no time')
    t.equal(retryDelay(new UnavailableError('later', { retryAfterSec: 2 })), asked)
  })
}
