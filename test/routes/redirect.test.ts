import { test } from 'tap'
import { openShop } from '../support/shop.js'
import { account, isLookup, outage, payment, refuse } from '../support/upstream.js'

const redirects = { paid: '/done', vbank: '/account', fail: '/failed', pending: '/checking' }

/** Where a redirect led: path and query. */
function ledTo (reply: { headers: Record<string, unknown> }) {
  const url = new URL(String(reply.headers.location), 'http://shop')
  return { path: url.pathname, query: Object.fromEntries(url.searchParams) }
}

test('each status leads to its target, with what is known in the query', async (t) => {
  const payments = [
    payment({ imp_uid: 'paid' }), account({ imp_uid: 'issued' }), payment({ imp_uid: 'failed', status: 'failed' }),
    payment({ imp_uid: 'cancelled', status: 'cancelled', cancel_amount: 14000 }),
    payment({ imp_uid: 'ignored', customer_uid_usage: 'issue', amount: 0 }),
    payment({ imp_uid: 'test', sandbox: true }), payment({ imp_uid: 'wrong', amount: 1 }),
    payment({ imp_uid: 'part', status: 'cancelled', cancel_amount: 1 }),
  ]
  const shop = await openShop(t, { redirects }, payments)
  for (const [imp_uid, path, more] of [
    ['paid', '/done', { status: 'paid' }], ['issued', '/account', { status: 'vbank_issued' }],
    ['failed', '/failed', { status: 'failed', reason: 'payment_failed' }],
    ['cancelled', '/failed', { status: 'cancelled', reason: 'payment_cancelled' }],
    ['ignored', '/done', { status: 'ignored' }], ['test', '/failed', { status: 'failed', reason: 'test_payment' }],
    ['wrong', '/failed', { status: 'failed', reason: 'amount_mismatch' }], ['part', '/done', { status: 'paid' }],
  ] as const) {
    const reply = await shop.redirect(`?imp_uid=${imp_uid}&merchant_uid=order_1`)
    t.equal(reply.statusCode, 302)
    t.strictSame(ledTo(reply), { path, query: { imp_uid, merchant_uid: 'order_1', ...more } })
    t.equal(reply.headers['cache-control'], 'no-store')
  }
})

test('the flags in the query are never believed', async (t) => {
  const shop = await openShop(t, { redirects }, [payment(), payment({ imp_uid: 'imp_2', status: 'failed' })])
  const no = '&imp_success=false&success=false&error_code=F400&error_msg=%EC%8B%A4%ED%8C%A8&status=failed&reason=x'
  t.match(ledTo(await shop.redirect(`?imp_uid=imp_1&merchant_uid=order_1${no}`)), {
    path: '/done', query: { status: 'paid', reason: undefined },
  })
  const yes = '&imp_success=true&success=true&status=paid&amount=14000&next=https://evil.example'
  t.match(ledTo(await shop.redirect(`?imp_uid=imp_2&merchant_uid=order_1${yes}`)), {
    path: '/failed', query: { status: 'failed', next: undefined },
  })
  t.strictSame(shop.ran(), ['paid', 'fail'])
})

test('without merchant_uid, or with an empty one, the payment names its order', async (t) => {
  const shop = await openShop(t, { redirects })
  for (const query of ['?imp_uid=imp_1', '?imp_uid=imp_1&merchant_uid=', '?imp_uid=imp_1&merchant_uid']) {
    t.match(ledTo(await shop.redirect(query)), { path: '/done', query: { merchant_uid: 'order_1' } }, query)
  }
})

test('an order number that the shop had in its own URL already, and the provider added again, is one', async (t) => {
  const shop = await openShop(t, { redirects })
  t.match(ledTo(await shop.redirect('?merchant_uid=order_1&imp_uid=imp_1&merchant_uid=order_1')), {
    path: '/done', query: { status: 'paid' },
  })
})

test('without imp_uid the order\'s payment is found, a paid one first', async (t) => {
  const payments = [
    payment({ imp_uid: 'imp_a', status: 'failed' }), payment({ imp_uid: 'imp_b' }),
    payment({ imp_uid: 'imp_c', status: 'failed' }),
  ]
  const shop = await openShop(t, { redirects }, payments)
  for (const query of [
    '?merchant_uid=order_1', '?imp_uid=&merchant_uid=order_1', '?imp_uid&merchant_uid=order_1&imp_success=false',
  ]) {
    t.match(ledTo(await shop.redirect(query)), { path: '/done', query: { imp_uid: 'imp_b', status: 'paid' } }, query)
  }
  t.equal(shop.upstream.lookups(), 3, 'what was found is looked up like any other')
  shop.upstream.payments.delete('imp_b')
  t.match(ledTo(await shop.redirect('?merchant_uid=order_1')), {
    path: '/failed', query: { imp_uid: 'imp_c', reason: 'payment_failed' },
  })
})

test('refused input leads to fail, with the reason', async (t) => {
  const shop = await openShop(t, { redirects })
  for (const [query, reason, identifiers] of [
    ['?imp_uid=imp_9&merchant_uid=order_1', 'payment_not_found', { imp_uid: 'imp_9', merchant_uid: 'order_1' }],
    ['?merchant_uid=order_9', 'payment_not_found', { merchant_uid: 'order_9' }],
    ['?imp_uid=imp_1&merchant_uid=order_2', 'order_mismatch', { imp_uid: 'imp_1', merchant_uid: 'order_2' }],
    ['', 'invalid', {}],
    ['?', 'invalid', {}],
    ['?imp_uid=&merchant_uid=', 'invalid', {}],
    ['?merchant_uid=..', 'invalid', {}],
    ['?imp_uid=..%2Fusers%2FgetToken', 'invalid', {}],
    ['?imp_uid=imp_1&imp_uid=imp_2', 'invalid', {}],
    ['?imp_uid=imp_1&imp_uid=imp_1', 'invalid', {}],
    ['?imp_uid[]=imp_1', 'invalid', {}],
    ['?imp_uid=imp_1&merchant_uid=order_1&merchant_uid=order_2', 'invalid', {}],
    [`?imp_uid=${'a'.repeat(65)}`, 'invalid', {}],
    ['?imp_uid=%EA%B2%B0%EC%A0%9C', 'invalid', {}],
    ['?imp_uid=imp_1%00', 'invalid', {}],
    ['?imp_uid=%zz', 'invalid', {}],
    ['?__proto__=imp_1', 'invalid', {}],
  ] as const) {
    const reply = await shop.redirect(query)
    t.equal(reply.statusCode, 302, query)
    t.match(ledTo(reply), { path: '/failed', query: { ...identifiers, reason, status: undefined } }, query)
  }
  t.strictSame(shop.ran(), [])
  t.strictSame(shop.upstream.cancellations(), [])
})

test('an outage or a hook\'s error leads to pending, with the identifiers of the query', async (t) => {
  const shop = await openShop(t, {
    redirects, budgetMs: 2000, timeoutMs: 1500, onPaid: () => { throw new Error('secret of the shop') },
  })
  const pending = { path: '/checking', query: { imp_uid: 'imp_1', merchant_uid: 'order_1' } }
  const hook = await shop.redirect()
  t.strictSame(ledTo(hook), pending)
  t.equal(hook.headers['retry-after'], undefined)
  shop.upstream.script = (seen, response) => isLookup(seen) && outage(response)
  const away = await shop.redirect()
  t.strictSame(ledTo(away), pending)
  t.match(away.headers['retry-after'], /^\d+$/)
  shop.upstream.script = isLookup
  t.strictSame(ledTo(await shop.redirect()), pending)
  shop.upstream.script = (seen, response) => refuse(response, seen.path.includes('getToken') ? 401 : 400)
  t.strictSame(ledTo(await shop.redirect()), pending)
})

test('an outage while the order\'s payment is sought leads to pending too', async (t) => {
  const shop = await openShop(t, { redirects })
  shop.upstream.script = (seen, response) => seen.path.includes('/find/') && outage(response)
  t.strictSame(ledTo(await shop.redirect('?merchant_uid=order_1')), {
    path: '/checking', query: { merchant_uid: 'order_1' },
  })
})

test('finding the payment and completing it share one budget', async (t) => {
  const shop = await openShop(t, { redirects, budgetMs: 60_000 })
  const { now } = performance
  t.teardown(() => { performance.now = now })
  shop.upstream.script = (seen) => {
    if (seen.path.includes('/find/')) performance.now = () => now.call(performance) + 60_000
    return false
  }
  t.match(ledTo(await shop.redirect('?merchant_uid=order_1')), { path: '/checking' })
  t.equal(shop.upstream.lookups(), 0, 'the search took all of it')
})

test('a hook learns that the buyer was redirected', async (t) => {
  const shop = await openShop(t)
  await shop.redirect('?imp_uid=imp_1&merchant_uid=order_1&coupon=x')
  t.match(shop.calls, [{ hook: 'paid', context: { source: 'redirect', request: { query: { coupon: 'x' } } } }])
})

test('a buyer who is back before the provider has settled is looked at again', async (t) => {
  const shop = await openShop(t, { redirects }, [payment({ status: 'ready', paid_at: 0 })])
  shop.upstream.script = (seen) => {
    if (isLookup(seen) && shop.upstream.lookups() === 2) shop.upstream.payments.set('imp_1', payment())
    return false
  }
  t.match(ledTo(await shop.redirect()), { path: '/done' })
})

test('only GET is answered: previews that ask by HEAD complete nothing', async (t) => {
  const shop = await openShop(t, { redirects })
  for (const method of ['HEAD', 'POST', 'OPTIONS', 'PUT'] as const) {
    t.equal((await shop.app.inject({ method, url: '/payments/complete/mobile?imp_uid=imp_1' })).statusCode, 404, method)
  }
  t.equal(shop.upstream.seen.length, 0)
})

test('a very long query is answered', async (t) => {
  const shop = await openShop(t, { redirects })
  const url = await shop.listen()
  const reply = await fetch(
    `${url}/payments/complete/mobile?imp_uid=imp_1&merchant_uid=order_1&more=${'x'.repeat(10_000)}`,
    { redirect: 'manual' }
  )
  t.equal(reply.status, 302)
  t.equal(reply.headers.get('location'), '/done?imp_uid=imp_1&merchant_uid=order_1&status=paid')
})
