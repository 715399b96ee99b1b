import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { openShop } from '../support/shop.js'
import { outage, payment, refuse, type Upstream } from '../support/upstream.js'

const redirects = { paid: '/done', fail: '/failed', pending: '/checking' }
const searches = (upstream: Upstream) => upstream.count('GET', /^\/payments\/find\//)
const openRedirects = (t: Test, payments = [payment()]) => openShop(t, { redirects }, payments)
const locations = (replies: { headers: Record<string, unknown> }[]) =>
  new Set(replies.map(({ headers }) => headers.location))
const FAILED = payment({ status: 'failed' })
const BY_ORDER = '?merchant_uid=order_1'

for (const [what, payments, location, most] of [
  ['paid', [payment()], '/done?imp_uid=imp_1&merchant_uid=order_1&status=paid', 6],
  ['failed', [FAILED], '/failed?imp_uid=imp_1&merchant_uid=order_1&status=failed&reason=payment_failed', 8],
  ['not there', [], '/failed?merchant_uid=order_1&reason=payment_not_found', 4],
] as const) {
  test(`50 redirects at once of an order whose payment is ${what} cost a few requests, not a hundred`, async (t) => {
    const shop = await openRedirects(t, [...payments])
    const replies = await Promise.all(Array.from({ length: 50 }, () => shop.redirect(BY_ORDER)))
    t.strictSame([...locations(replies)], [location])
    const asked = searches(shop.upstream) + shop.upstream.lookups()
    t.ok(asked <= most, `${asked} requests, ${most} at most`)
  })
}

test('redirects of several orders at once are each led to their own payment', async (t) => {
  const ids = Array.from({ length: 10 }, (_, index) => String(index))
  const shop = await openRedirects(t, ids.map((id) => payment({ imp_uid: `imp_${id}`, merchant_uid: `order_${id}` })))
  const replies = await Promise.all(ids.map((id) => shop.redirect(`?merchant_uid=order_${id}`)))
  t.strictSame([...locations(replies)], ids.map((id) => `/done?imp_uid=imp_${id}&merchant_uid=order_${id}&status=paid`))
})

for (const [what, payments] of [['nothing', []], ['a failed payment', [{ ...FAILED, imp_uid: 'imp_0' }]]] as const) {
  test(`a buyer who has paid is not answered by a search sent before, which found ${what}`, async (t) => {
    const shop = await openRedirects(t, [...payments])
    const gate = shop.upstream.hold('GET', /find\/order_1$/)
    const early = shop.redirect(BY_ORDER)
    await gate.arrived
    shop.upstream.payments.set('imp_1', payment())
    const buyer = shop.redirect(BY_ORDER)
    gate.open()
    t.equal((await buyer).headers.location, '/done?imp_uid=imp_1&merchant_uid=order_1&status=paid')
    t.match((await early).headers.location, /^\/failed/)
  })
}

test('an order number that is not found is not searched for each time; other orders and payments are', async (t) => {
  const shop = await openRedirects(t)
  const begun = performance.now()
  for (let round = 0; round < 40; round++) {
    const { headers } = await shop.redirect('?merchant_uid=order_9')
    t.equal(headers.location, '/failed?merchant_uid=order_9&reason=payment_not_found')
  }
  // Two requests each for the first 5, and every 2 s after that.
  const most = 10 + 2 * Math.floor((performance.now() - begun) / 2000)
  t.ok(searches(shop.upstream) <= most, `${searches(shop.upstream)} requests, ${most} at most`)
  t.match((await shop.redirect(BY_ORDER)).headers.location, /^\/done/)
  shop.upstream.payments.set('imp_9', payment({ imp_uid: 'imp_9', merchant_uid: 'order_9' }))
  const named = await shop.redirect('?imp_uid=imp_9&merchant_uid=order_9')
  t.match(named.headers.location, /^\/done/, 'who names the payment is served')
})

test('an order number that is found is never refused, and its misses before that count no more', async (t) => {
  const shop = await openRedirects(t, [])
  for (let miss = 0; miss < 4; miss++) t.match((await shop.redirect(BY_ORDER)).headers.location, /not_found/)
  shop.upstream.payments.set('imp_1', payment())
  t.match((await shop.redirect(BY_ORDER)).headers.location, /^\/done/)
  shop.upstream.payments.clear()
  for (let miss = 0; miss < 4; miss++) t.match((await shop.redirect(BY_ORDER)).headers.location, /not_found/)
  shop.upstream.payments.set('imp_1', payment())
  for (let round = 0; round < 20; round++) t.match((await shop.redirect(BY_ORDER)).headers.location, /^\/done/)
})

test('an outage is not taken for an order number that is not there', async (t) => {
  const shop = await openRedirects(t)
  shop.upstream.script = (seen, response) => seen.path.includes('/find/') && outage(response)
  for (let round = 0; round < 8; round++) {
    t.equal((await shop.redirect(BY_ORDER)).headers.location, '/checking?merchant_uid=order_1')
  }
  shop.upstream.script = () => undefined
  t.match((await shop.redirect(BY_ORDER)).headers.location, /^\/done/)
})

test('a flood of made-up order numbers takes a quarter of our connections at most', async (t) => {
  const shop = await openRedirects(t)
  const answers: (() => void)[] = []
  shop.upstream.script = ({ path }, response) => {
    if (!path.startsWith('/payments/find/')) return undefined
    answers.push(() => { refuse(response, 404) })
    return true
  }
  const madeUp = Promise.all(Array.from({ length: 100 }, (_, index) => shop.redirect(`?merchant_uid=made_up_${index}`)))
  while (answers.length < 16) await sleep(1)
  t.match((await shop.redirect('?imp_uid=imp_1')).headers.location, /^\/done/)
  t.equal(answers.length, 16, 'the others wait')
  const answering = setInterval(() => { for (const answer of answers.splice(0)) answer() }, 1)
  for (const { headers } of await madeUp) t.match(headers.location, /reason=payment_not_found/)
  clearInterval(answering)
})
