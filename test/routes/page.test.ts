import { test } from 'tap'
import { openShop } from '../support/shop.js'
import { account, html, isLookup, outage, payment, type Script } from '../support/upstream.js'

test('without a target a page says how it went, with the status code of the JSON answer', async (t) => {
  const payments = [
    payment({ imp_uid: 'paid' }), account({ imp_uid: 'issued' }), payment({ imp_uid: 'failed', status: 'failed' }),
    payment({ imp_uid: 'cancelled', status: 'cancelled', cancel_amount: 14000 }),
  ]
  const shop = await openShop(t, {}, payments)
  for (const [query, statusCode, message] of [
    ['?imp_uid=paid', 200, '결제가 완료되었습니다.'],
    ['?imp_uid=issued', 200, '가상계좌가 발급되었습니다.'],
    ['?imp_uid=failed', 200, '결제에 실패했습니다.'],
    ['?imp_uid=cancelled', 200, '취소된 결제입니다.'],
    ['?imp_uid=imp_9', 404, '결제 정보를 찾을 수 없습니다.'],
    ['?imp_uid=paid&merchant_uid=order_2', 409, '다른 주문의 결제입니다.'],
    ['?imp_uid=..', 400, '잘못된 요청입니다.'],
    ['', 400, '잘못된 요청입니다.'],
  ] as const) {
    const reply = await shop.redirect(query)
    t.equal(reply.statusCode, statusCode, query)
    t.match(reply.headers['content-type'], /^text\/html; charset=utf-8/)
    t.ok(reply.payload.includes(message), query)
  }
})

test('the page of a declined payment has the provider\'s words, escaped', async (t) => {
  const shop = await openShop(t, {}, [payment({ status: 'failed', fail_reason: '한도초과 <b>"1"</b>' })])
  const { payload } = await shop.redirect()
  t.match(payload, '<p>결제에 실패했습니다. 한도초과 &#60;b&#62;&#34;1&#34;&#60;/b&#62;</p>')
})

test('what is not decided says to wait, and when to come again', async (t) => {
  for (const [script, statusCode] of [
    [(seen, response) => isLookup(seen) && outage(response), 503], [isLookup, 504],
    [(seen, response) => isLookup(seen) && html(response, 200), 502],
  ] as [Script, number][]) {
    const shop = await openShop(t, { locale: 'en', ...statusCode === 504 && { budgetMs: 400, timeoutMs: 200 } })
    shop.upstream.script = script
    const reply = await shop.redirect()
    t.equal(reply.statusCode, statusCode)
    t.match(reply.payload, /We are checking the payment/)
    t.equal('retry-after' in reply.headers, statusCode > 502)
  }
})

test('a hook that throws says to wait, and nothing of its error', async (t) => {
  const shop = await openShop(t, { onPaid: () => { throw new Error('password is 1234') } })
  const reply = await shop.redirect()
  t.equal(reply.statusCode, 500)
  t.notMatch(reply.payload, '1234')
})

test('an order number cannot write into the page', async (t) => {
  const merchant_uid = '<script>alert("1")</script>&\'<!--'
  const shop = await openShop(t, {}, [payment({ merchant_uid })])
  const query = `?imp_uid=imp_1&merchant_uid=${encodeURIComponent(merchant_uid)}`
  const paid = await shop.redirect(query)
  t.equal(paid.statusCode, 200)
  const mismatch = await shop.redirect(
    `?imp_uid=imp_1&merchant_uid=${encodeURIComponent('"><img src=x onerror=alert(1)>')}`
  )
  t.equal(mismatch.statusCode, 409)
  shop.upstream.script = (seen, response) => isLookup(seen) && outage(response)
  const pending = await shop.redirect(query)
  for (const { payload } of [paid, mismatch, pending]) {
    t.notMatch(payload, /<script|<img|<!--/)
    t.strictSame(
      payload.match(/<[a-z!][^>]*>/g)?.length,
      (payload.match(/<(!doctype|html|head|meta|title|body|main|h1|p)\b/g) ?? []).length
    )
  }
})

test('a virtual account is shown with its bank, number, holder, amount and due time', async (t) => {
  for (const [locale, expected] of [
    ['ko', ['은행: 국민은행', '계좌번호: 100-200-300', '예금주: 가게', '입금액: 14,000원',
      '입금기한: 2026년 9월 27일 18:06 (KST)']],
    ['en', ['Bank: 국민은행', 'Account number: 100-200-300', 'Account holder: 가게', 'Amount: 14,000 KRW',
      'Pay before: September 27, 2026 at 18:06 (KST)']],
  ] as const) {
    const shop = await openShop(t, { locale }, [account()])
    const { payload } = await shop.redirect()
    for (const line of expected) t.ok(payload.includes(`<p>${line}</p>`), line)
  }
})

test('what the provider leaves out of a virtual account is left out of the page, and nothing else is', async (t) => {
  const shop = await openShop(t, {}, [
    account({ vbank_name: null, vbank_holder: undefined, vbank_date: 0 }),
    account({ imp_uid: 'odd', vbank_date: 1e300 }),
  ])
  const { payload } = await shop.redirect()
  t.match(payload, '<p>계좌번호: 100-200-300</p>')
  t.notMatch(payload, /은행|예금주|입금기한|null|undefined|1970/)
  const odd = await shop.redirect('?imp_uid=odd')
  t.equal(odd.statusCode, 200)
  t.notMatch(odd.payload, /입금기한|Invalid/)
  t.notMatch((await (await openShop(t)).redirect()).payload, '계좌번호', 'a card payment has no account')
})

test('a virtual account cannot write into the page', async (t) => {
  const evil = '<img src=x onerror="alert(1)">&\''
  const shop = await openShop(t, {}, [account({ vbank_name: evil, vbank_num: evil, vbank_holder: evil })])
  const { payload } = await shop.redirect()
  t.notMatch(payload, /<img/)
  t.equal(payload.split('&#60;img src=x onerror=&#34;alert(1)&#34;&#62;&#38;&#39;').length, 4, 'three times, escaped')
})

test('the page asks browsers to load, frame, keep and tell nothing', async (t) => {
  const shop = await openShop(t)
  t.match((await shop.redirect()).headers, {
    'content-security-policy': /default-src 'none'.*frame-ancestors 'none'/,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  })
})

test('the page is in the language of the option', async (t) => {
  for (const locale of ['ko', 'en'] as const) {
    const shop = await openShop(t, { locale })
    t.match((await shop.redirect()).payload, `<html lang="${locale}">`)
  }
})
