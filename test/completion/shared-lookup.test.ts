import { test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import type { Payment } from '../../lib/index.js'
import { createLookups } from '../../lib/completion/shared-lookup.js'
import { payment } from '../support/upstream.js'

/** Lookups that are answered when the test says so. */
function openLookups () {
  const asked: { impUid: string, answer (payment: Payment): void, fail (error: Error): void }[] = []
  const see = createLookups<unknown>((impUid) => new Promise((resolve, reject) => { asked.push({ impUid, answer: resolve, fail: reject }) }))
  return { asked, see: (impUid = 'imp_1', withinMs = 10_000) => see(impUid, monotonic() + withinMs) }
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

test('after a crowd, the next lookup waits for the rest of it, and is fresh for them all', async (t) => {
  const { asked, see } = openLookups()
  const crowd = [see(), see()]
  asked[0]?.answer(payment())
  await Promise.all(crowd)
  const late = [see(), see()]
  t.equal(asked.length, 1, 'not asked yet')
  await new Promise(setImmediate)
  late.push(see())
  await until(() => asked.length === 2)
  asked[1]?.answer(payment({ status: 'cancelled' }))
  for (const one of await Promise.all(late)) t.match(one, { payment: { status: 'cancelled' } }, 'although it is not paid')
  t.equal(asked.length, 2)
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
