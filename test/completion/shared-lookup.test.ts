import { test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { lookedUp } from '../../lib/iamport/looked-up.js'
import { TimeoutError, UnavailableError, type Payment } from '../../lib/index.js'
import { createSharedLookup } from '../../lib/completion/shared-lookup.js'
import { payment } from '../support/upstream.js'

/** Lookups that are answered when the test says so. */
function openLookups () {
  const asked: { impUid: string, answer (payment: Payment): void, fail (error: Error): void }[] = []
  const see = createSharedLookup((impUid) => new Promise((resolve, reject) => {
    asked.push({ impUid, answer: (one) => resolve(lookedUp(one)), fail: reject })
  }), () => new TimeoutError())
  return {
    asked, see: (impUid = 'imp_1', withinMs = 10_000, options = {}) => see(impUid, monotonic() + withinMs, options),
  }
}
const until = async (condition: () => boolean) => { while (!condition()) await new Promise(setImmediate) }

test('a paid one is shared by all who came while it was looked up', async (t) => {
  const { asked, see } = openLookups()
  const all = [see(), see(), see()]
  asked[0]?.answer(payment())
  const [first, ...others] = await Promise.all(all)
  for (const other of others) t.equal(other, first)
  t.equal(asked.length, 1)
})

test('anything else is looked up again, once for all who joined', async (t) => {
  const { asked, see } = openLookups()
  const first = see()
  const others = [see(), see()]
  asked[0]?.answer(payment({ status: 'ready' }))
  t.match(await first, { payment: { status: 'ready' } })
  await until(() => asked.length === 2)
  asked[1]?.answer(payment())
  for (const other of await Promise.all(others)) t.match(other, { payment: { status: 'paid' } })
  t.equal(asked.length, 2)
})

test('one that comes later asks anew at once where nobody else came', async (t) => {
  const { asked, see } = openLookups()
  const first = see()
  asked[0]?.answer(payment())
  await first
  const second = see()
  t.equal(asked.length, 2, 'before anything else happens')
  asked[1]?.answer(payment())
  t.not(await second, await first)
})

test('what arrives during a lookup shares the next one, which is sent at once', async (t) => {
  const { asked, see } = openLookups()
  const several = [see(), see()]
  asked[0]?.answer(payment())
  await Promise.all(several)
  const next = see()
  t.equal(asked.length, 2, 'sent at once, although several came together before')
  const waiting = [see(), see()]
  asked[1]?.answer(payment({ status: 'ready' }))
  t.match(await next, { payment: { status: 'ready' } })
  await until(() => asked.length === 3)
  asked[2]?.answer(payment({ status: 'cancelled' }))
  for (const one of await Promise.all(waiting)) {
    t.match(one, {
      payment: { status: 'cancelled' },
    }, 'although it is not paid')
  }
  t.equal(asked.length, 3)
})

test('a webhook never uses a lookup that was sent before it arrived, even a paid one', async (t) => {
  const { asked, see } = openLookups()
  const first = see()
  const webhook = see('imp_1', 10_000, { joinsPaid: false })
  t.equal(asked.length, 1, 'one lookup in flight at most')
  asked[0]?.answer(payment())
  await first
  await until(() => asked.length === 2)
  asked[1]?.answer(payment({ status: 'cancelled' }))
  t.match(await webhook, { payment: { status: 'cancelled' } })
})

test('a budget that ends ends the waiting of its own notification alone', async (t) => {
  const { asked, see } = openLookups()
  const patient = see()
  await t.rejects(see('imp_1', 5), { code: 'IAMPORT_TIMEOUT' })
  asked[0]?.answer(payment())
  t.match(await patient, { payment: { status: 'paid' } })
})

test('payments do not wait for each other', async (t) => {
  const { asked, see } = openLookups()
  const slow = see('imp_1')
  const quick = see('imp_2')
  asked.find(({ impUid }) => impUid === 'imp_2')?.answer(payment({ imp_uid: 'imp_2' }))
  t.match(await quick, { payment: { imp_uid: 'imp_2' } })
  asked[0]?.fail(new Error('gone'))
  await t.rejects(slow, { message: 'gone' })
})

test('a Retry-After that the budget of one notification has no room for, and that of another has', async (t) => {
  const { asked, see } = openLookups()
  const busy = () => new UnavailableError('429', { retryAfterSec: 1 })
  const first = see()
  const [hurried, patient] = [see('imp_1', 500), see('imp_1', 10_000)]
  asked[0]?.answer(payment({ status: 'ready' }))
  await first
  await until(() => asked.length === 2)
  const begun = monotonic()
  asked[1]?.fail(busy())
  await t.rejects(hurried, { code: 'IAMPORT_UNAVAILABLE' })
  while (asked.length === 2) await new Promise((resolve) => setTimeout(resolve, 10))
  t.ok(monotonic() - begun > 990, 'as long as the provider asked for')
  asked[2]?.answer(payment())
  t.match(await patient, { payment: { status: 'paid' } })
})

test('without a Retry-After an outage ends all who joined', async (t) => {
  const { asked, see } = openLookups()
  const first = see()
  const others = [see(), see()]
  asked[0]?.answer(payment({ status: 'ready' }))
  await first
  await until(() => asked.length === 2)
  asked[1]?.fail(new UnavailableError('503'))
  for (const other of others) await t.rejects(other, { code: 'IAMPORT_UNAVAILABLE' })
  t.equal(asked.length, 2)
})

test('the time of an answer is what the provider says, or else now', async (t) => {
  const at = monotonic() - 400
  const late = () => new TimeoutError()
  const waited = createSharedLookup(async () => ({ ...lookedUp(payment()), answeredAt: at }), late)
  t.equal((await waited('imp_1', monotonic() + 1000)).answeredAt, at)
  const direct = createSharedLookup(async () => lookedUp(payment()), late)
  t.ok((await direct('imp_1', monotonic() + 1000)).answeredAt > at + 399)
})
