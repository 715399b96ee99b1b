import { test } from 'tap'
import { PaymentNotFoundError, UnavailableError } from '../../lib/errors.js'
import { createNegativeCache } from '../../lib/concurrency/negative-cache.js'
import { openShop } from '../support/shop.js'
import { isBatch, isLookup, payment, refuse } from '../support/upstream.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('an id is taken for unknown after the 5th miss, for 2 s, and asked for again then', (t) => {
  let now = 0
  const notFound = createNegativeCache('Iamport', () => now)
  for (let miss = 1; miss <= 4; miss++) {
    notFound.add('imp_9')
    t.notOk(notFound.has('imp_9'), `${miss} misses`)
  }
  notFound.add('imp_9')
  t.ok(notFound.has('imp_9'))
  t.notOk(notFound.has('imp_8'))
  now = 1999
  t.ok(notFound.has('imp_9'))
  now = 2000
  t.notOk(notFound.has('imp_9'))
  t.end()
})

test('misses further apart than 10 s do not add up', (t) => {
  let now = 0
  const notFound = createNegativeCache('Iamport', () => now)
  for (let miss = 0; miss < 4; miss++) notFound.add('imp_9')
  now = 10_001
  notFound.add('imp_9')
  t.notOk(notFound.has('imp_9'))
  t.end()
})

test('after the 5th miss nothing is asked for 2 s, then it is, and what is found has no misses any more', async (t) => {
  let now = 0
  let asked = 0
  let exists = false
  const notFound = createNegativeCache('Iamport', () => now)
  const ask = () => notFound.lookUp('order_9', async () => {
    asked++
    if (!exists) throw new PaymentNotFoundError()
    return 'imp_9'
  })
  const miss = () => t.rejects(ask(), { code: 'IAMPORT_PAYMENT_NOT_FOUND' })
  for (let i = 0; i < 8; i++) await miss()
  t.equal(asked, 5)
  exists = true
  now = 1999
  await miss()
  t.equal(asked, 5, 'still taken for unknown')
  now = 2000
  t.equal(await ask(), 'imp_9')
  exists = false
  for (let i = 0; i < 4; i++) await miss()
  t.equal(asked, 10, 'the misses before count no more')
  exists = true
  t.equal(await ask(), 'imp_9')
})

test('an error that says nothing of the id is no miss', async (t) => {
  const notFound = createNegativeCache('Iamport', () => 0)
  for (let i = 0; i < 10; i++) {
    const asked = notFound.lookUp('order_9', async () => { throw new UnavailableError('away') })
    await t.rejects(asked, { code: 'IAMPORT_UNAVAILABLE' })
  }
  t.equal(await notFound.lookUp('order_9', async () => 'imp_9'), 'imp_9')
})

test('ever new ids do not fill the memory', (t) => {
  const notFound = createNegativeCache('Iamport', () => 0)
  for (let miss = 0; miss < 5; miss++) notFound.add('imp_9')
  for (let id = 0; id < 10_000; id++) notFound.add(`imp_${id}x`)
  t.notOk(notFound.has('imp_9'), 'forgotten, and asked for again')
  t.end()
})

test('10,000 made-up notifications of one id cost a few lookups; other sources still find a payment', async (t) => {
  const shop = await openShop(t)
  const begun = performance.now()
  for (let round = 0; round < 10; round++) {
    const replies = await Promise.all(Array.from({ length: 1000 }, () => shop.notify({ imp_uid: 'imp_9' })))
    t.ok(replies.every(({ statusCode }) => statusCode === 404))
  }
  // Every 2 s it is asked for again, by one notification and by those that joined it.
  const atMost = 4 + 2 * Math.floor((performance.now() - begun) / 2000)
  t.ok(shop.upstream.lookups() <= atMost, `${shop.upstream.lookups()} lookups, ${atMost} at most`)
  shop.upstream.payments.set('imp_9', payment({ imp_uid: 'imp_9' }))
  t.match((await shop.post({ imp_uid: 'imp_9' })).json(), { status: 'paid' })
})

test('made-up notifications of ever other ids keep no more than half of our connections busy', async (t) => {
  const shop = await openShop(t, { timeoutMs: 60_000, budgetMs: 120_000 })
  let held: (() => void)[] = []
  let most = 0
  shop.upstream.script = (seen, response) => {
    if (!isLookup(seen) && !isBatch(seen)) return false
    most = Math.max(most, held.push(() => refuse(response, 404)))
    return true
  }
  async function answer (left: number, atOnce: number) {
    while (left > 0) {
      while (held.length < Math.min(left, atOnce)) await turn()
      for (let i = 0; i < 20; i++) await turn() // one more would have come by now
      left -= held.length
      const waiting = held
      held = []
      for (const answer of waiting) answer()
    }
  }
  const replies = Promise.all(
    Array.from({ length: 1500 }, (_, index) => shop.notify({ imp_uid: `imp_made_up_${index}` })))
  await answer(15, 15) // of a hundred each, which show none of them
  await answer(1500, 32)
  t.ok((await replies).every(({ statusCode }) => statusCode === 404))
  t.equal(shop.upstream.lookups(), 2 * 1500, 'each in a batch, and alone')
  t.equal(most, 32)
})
