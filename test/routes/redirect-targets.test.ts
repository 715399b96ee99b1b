import { test } from 'tap'
import type { Completion, IamportOptions, RedirectTarget } from '../../lib/index.js'
import { openShop } from '../support/shop.js'
import { isLookup, outage, payment } from '../support/upstream.js'

const ADDED = 'imp_uid=imp_1&merchant_uid=order_1&status=paid'

for (const [target, location] of [
  ['/done', `/done?${ADDED}`],
  ['/done?lang=ko', `/done?lang=ko&${ADDED}`],
  ['/done?', `/done?${ADDED}`],
  ['/done?a=1&', `/done?a=1&${ADDED}`],
  ['/done#top', `/done?${ADDED}#top`],
  ['/done?a=1#top?b=2#c', `/done?a=1&${ADDED}#top?b=2#c`],
  ['https://shop.example', `https://shop.example?${ADDED}`],
  ['https://shop.example:8443/done?a=b%20c', `https://shop.example:8443/done?a=b%20c&${ADDED}`],
  ['//shop.example/done', `//shop.example/done?${ADDED}`],
  ['myapp://done', `myapp://done?${ADDED}`],
  ['/주문/완료', `/%EC%A3%BC%EB%AC%B8/%EC%99%84%EB%A3%8C?${ADDED}`],
  ['/done?이름=값', `/done?%EC%9D%B4%EB%A6%84=%EA%B0%92&${ADDED}`],
  ['/a b', `/a%20b?${ADDED}`],
  ['/100%25', `/100%25?${ADDED}`],
  ['/done?status=old', `/done?status=old&${ADDED}`],
] as const) {
  test(`the target ${target} keeps what it has`, async (t) => {
    const shop = await openShop(t, { redirects: { paid: target } })
    const reply = await shop.redirect()
    t.equal(reply.statusCode, 302)
    t.equal(reply.headers.location, location)
  })
}

test('what a payment is called is encoded in the query', async (t) => {
  const merchant_uid = 'a&b=c#d 주문\r\nx: 1'
  const shop = await openShop(t, { redirects: { paid: '/done' } }, [payment({ merchant_uid })])
  const location = String((await shop.redirect('?imp_uid=imp_1')).headers.location)
  t.match(location, /^[\x21-\x7e]+$/)
  t.equal(new URL(location, 'http://shop').searchParams.get('merchant_uid'), merchant_uid)
})

test('a function gets the completion and the request, and what it returns is used as it is', async (t) => {
  let got: Completion | undefined
  const shop = await openShop(t, {
    redirects: {
      paid: (completion, request) => {
        got = completion
        const { searchParams } = new URL(request.url, 'http://shop')
        return `/orders/${completion?.merchant_uid}?from=${searchParams.get('x')}#end`
      }
    }
  })
  const reply = await shop.redirect('?imp_uid=imp_1&merchant_uid=order_1&x=7')
  t.equal(reply.statusCode, 302)
  t.equal(reply.headers.location, '/orders/order_1?from=7#end')
  t.match(got, { status: 'paid', imp_uid: 'imp_1', amount: 14000 })
})

test('a function gets undefined where nothing was decided', async (t) => {
  const seen: unknown[] = []
  const note = (where: string): RedirectTarget => (completion) => {
    seen.push(completion)
    return `/${where}`
  }
  const shop = await openShop(t, { redirects: { fail: note('fail'), pending: note('pending') } })
  t.equal((await shop.redirect('?imp_uid=imp_9')).headers.location, '/fail')
  t.equal((await shop.redirect('?imp_uid=..')).headers.location, '/fail')
  shop.upstream.script = (one, response) => isLookup(one) && outage(response)
  t.equal((await shop.redirect()).headers.location, '/pending')
  t.strictSame(seen, [undefined, undefined, undefined])
})

test('line ends that a function returns cannot write a header', async (t) => {
  for (const evil of ['/done\r\nset-cookie: a=b', '/done\nx: y', '/done\u0000', '/done\u2028x', '/\ud800']) {
    const shop = await openShop(t, { redirects: { paid: () => evil } })
    const reply = await shop.redirect()
    t.equal(reply.statusCode, 302)
    t.equal(reply.headers['set-cookie'], undefined)
    t.match(String(reply.headers.location), /^\/(done)?%[\x21-\x7e]+$/)
  }
})

/** What plain JavaScript may do in a function. */
const BROKEN: Record<string, (completion: Completion | undefined) => unknown> = {
  throws: () => { throw new Error('broken') },
  'returns nothing': () => undefined,
  'returns an empty text': () => '',
  'returns a number': () => 7,
  'returns an object': () => ({ url: '/done' }),
  'returns a promise': async () => '/done',
  'returns a promise that is rejected': async () => { throw new Error('broken') },
}

for (const [what, target] of Object.entries(BROKEN)) {
  test(`where a function ${what} the buyer sees our page, and nothing crashes`, async (t) => {
    const redirects = { paid: target } as IamportOptions['redirects']
    const shop = await openShop(t, { redirects })
    const reply = await shop.redirect()
    t.equal(reply.statusCode, 200)
    t.match(reply.headers['content-type'], /^text\/html/)
    await new Promise((resolve) => setImmediate(resolve)) // a rejection that nobody handles is thrown by now
    t.strictSame(shop.ran(), ['paid'])
  })
}

test('only the target of what happened is used: others say nothing about it', async (t) => {
  const shop = await openShop(t, { redirects: { fail: '/failed' } })
  t.match((await shop.redirect()).headers['content-type'], /^text\/html/)
  t.equal((await shop.redirect('?imp_uid=imp_9')).headers.location, '/failed?imp_uid=imp_9&reason=payment_not_found')
})
