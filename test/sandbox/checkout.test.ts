import { test } from 'tap'
import { openSandbox, type Client } from './support/client.js'
import { openMerchant } from './support/merchant.js'

const SHOP = 'http://localhost:3000'
const ORDER = {
  merchant_uid: 'order_1',
  amount: 58000,
  name: '원두',
  m_redirect_url: `${SHOP}/back?x=1`,
  custom_data: { gift: true },
}

/** Opens a window as the script's form does. */
async function openWindow (
  { url }: Client,
  params: object,
  { mode = 'layer', origin = SHOP, header = origin }: { mode?: string, origin?: string, header?: string } = {}
) {
  const body = new URLSearchParams({ request: JSON.stringify(params), mode, origin, user_code: 'imp00000000' })
  const opened = await fetch(`${url}/checkout`, {
    method: 'POST',
    body,
    headers: { origin: header },
    redirect: 'manual',
  })
  const address = url + (opened.headers.get('location') ?? '/nowhere')
  const page = await fetch(address)
  return { opened, page, markup: await page.text(), address }
}

interface Decided { callback: Record<string, unknown>, redirect?: string }

async function decide (address: string, choice: object): Promise<Decided> {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(choice),
  })
  return (await answer.json()) as Decided
}

const outcomeIn = (markup: string): Decided =>
  JSON.parse(
    (/data-outcome="([^"]*)"/.exec(markup)?.[1] ?? '').replace(/&#(\d+);/g, (_, code) =>
      String.fromCharCode(Number(code))
    )
  )

test('on a PC the callback gets every documented field', async (t) => {
  const client = await openSandbox(t)
  const { address, markup } = await openWindow(client, { ...ORDER, buyer_name: '홍길동' })
  t.match(markup, '58,000원')
  const { callback, redirect } = await decide(address, {
    action: 'approve',
    method: 'card',
    institution: '365',
    quota: '3',
  })
  t.equal(redirect, undefined)
  const [payment] = client.sandbox.payments.ofOrder('order_1')
  t.match(payment, { status: 'paid', channel: 'pc', card_name: '삼성카드', card_quota: 3 })
  t.match(callback, {
    success: true,
    imp_success: true,
    imp_uid: payment?.imp_uid,
    merchant_uid: 'order_1',
    pay_method: 'card',
    paid_amount: 58000,
    status: 'paid',
    name: '원두',
    pg_provider: String,
    pg_tid: String,
    buyer_name: '홍길동',
    custom_data: { gift: true },
    paid_at: Number,
    receipt_url: String,
    apply_num: String,
    card_name: '삼성카드',
    error_code: null,
    error_msg: null,
  })
})

test('a window with a customer_uid issues a billing key, with an amount too; by API it is a payment', async (t) => {
  const client = await openSandbox(t)
  const { address } = await openWindow(client, { ...ORDER, customer_uid: 'customer_1' })
  await decide(address, { action: 'approve' })
  const card = { card_number: '1234-1234-1234-1234', expiry: '2030-12', customer_uid: 'customer_1' }
  await client.call('POST', '/subscribe/payments/onetime', { merchant_uid: 'order_2', amount: 58000, ...card })
  for (const [order, usage] of [['order_1', 'issue'], ['order_2', 'payment']] as const) {
    const [payment] = client.sandbox.payments.ofOrder(order)
    t.match(payment, { status: 'paid', amount: 58000, customer_uid: 'customer_1', customer_uid_usage: usage })
  }
})

test('on a phone the outcome is added to the query of m_redirect_url', async (t) => {
  const client = await openSandbox(t)
  const paid = await openWindow(client, ORDER, { mode: 'redirect' })
  const back = new URL((await decide(paid.address, { action: 'approve' })).redirect ?? '')
  const [payment] = client.sandbox.payments.ofOrder('order_1')
  t.strictSame(Object.fromEntries(back.searchParams), {
    x: '1',
    imp_uid: payment?.imp_uid,
    merchant_uid: 'order_1',
    imp_success: 'true',
  })
  const declined = await openWindow(client, { ...ORDER, merchant_uid: 'order_2' }, { mode: 'redirect' })
  const failed = new URL((await decide(declined.address, { action: 'decline', reason: 'balance' })).redirect ?? '')
  t.match(Object.fromEntries(failed.searchParams), {
    imp_uid: String,
    imp_success: 'false',
    error_code: 'F400',
    error_msg: '잔액부족',
  })
})

test('an issued account is a success that is not paid; a closed window is a failure', async (t) => {
  const client = await openSandbox(t)
  const { address } = await openWindow(client, { ...ORDER, pay_method: 'vbank', vbank_due: '2030-12-31' })
  t.match((await decide(address, { action: 'approve', method: 'vbank', institution: '088' })).callback, {
    success: true,
    status: 'ready',
    paid_at: 0,
    vbank_name: '신한은행',
    vbank_num: String,
    vbank_date: Date.UTC(2030, 11, 31, 14, 59, 59) / 1000,
  })
  const closed = await openWindow(client, { ...ORDER, merchant_uid: 'order_2' })
  t.match((await decide(closed.address, { action: 'close' })).callback, {
    success: false,
    status: 'failed',
    error_msg: '사용자가 결제를 취소하셨습니다.',
  })
})

test('closing a window while its approval is pending does not undo the approval', async (t) => {
  const client = await openSandbox(t)
  client.sandbox.fault({ name: 'late_approval' })
  const { address } = await openWindow(client, ORDER)
  t.match((await decide(address, { action: 'approve' })).callback, { success: true, status: 'ready' })
  await decide(address, { action: 'close' })
  t.match(client.sandbox.payments.ofOrder('order_1'), [{ status: 'ready', failed_at: 0 }])
})

test('of two windows of one order only the first is paid', async (t) => {
  const client = await openSandbox(t)
  const [one, two] = [await openWindow(client, ORDER), await openWindow(client, ORDER)]
  t.match((await decide(one.address, { action: 'approve' })).callback, { success: true, receipt_url: String })
  t.match((await decide(two.address, { action: 'approve' })).callback, {
    success: false,
    status: 'failed',
    error_msg: /이미 결제/,
  })
})

test('a receipt is shown for what was paid, and for nothing else', async (t) => {
  const client = await openSandbox(t)
  const { receipt_url, imp_uid } = await client.sandbox.pay({ ...ORDER, name: '<b>원두' })
  const receipt = await fetch(receipt_url ?? '')
  t.match([receipt.status, await receipt.text()], [200, /&#60;b&#62;원두/])
  const left = await client.sandbox.pay({ ...ORDER, merchant_uid: 'order_2', leave: true })
  t.equal((await fetch((receipt_url ?? '').replace(imp_uid, left.imp_uid))).status, 404)
})

test('a second click, at once or later, finds the outcome of the first', async (t) => {
  const client = await openSandbox(t)
  const { address } = await openWindow(client, ORDER)
  const [one, two] = await Promise.all([decide(address, { action: 'approve' }), decide(address, { action: 'approve' })])
  t.strictSame(one, two)
  t.strictSame(await decide(address, { action: 'close' }), one)
  t.match(client.sandbox.payments.ofOrder('order_1'), [{ status: 'paid' }])
  t.match(outcomeIn(await (await fetch(address)).text()).callback, { success: true })
})

test('what must not be paid opens no window: the shop is told why, without an imp_uid', async (t) => {
  const client = await openSandbox(t, { userCode: 'imp00000000' })
  await client.call('POST', '/payments/prepare', { merchant_uid: 'prepared', amount: 1000 })
  await client.sandbox.pay({ merchant_uid: 'paid', amount: 1000 })
  const refused: [object, RegExp][] = [
    [{ ...ORDER, merchant_uid: 'paid' }, /이미 결제/],
    [{ ...ORDER, merchant_uid: 'prepared' }, /사전등록/],
    [{ ...ORDER, merchant_uid: 'x'.repeat(41) }, /40자/],
    [{ ...ORDER, merchant_uid: '' }, /merchant_uid/],
    [{ ...ORDER, amount: 0 }, /금액/],
    [{ ...ORDER, amount: 100.5 }, /금액/],
    [{ ...ORDER, m_redirect_url: 'javascript:alert(1)' }, /m_redirect_url/],
  ]
  for (const [params, message] of refused) {
    const mode = 'm_redirect_url' in params && params.m_redirect_url !== ORDER.m_redirect_url ? 'redirect' : 'layer'
    const { markup } = await openWindow(client, params, { mode })
    t.match(outcomeIn(markup).callback, { success: false, imp_uid: null, error_msg: message })
  }
  t.match(client.sandbox.payments.all(), { length: 1 })
  const { markup } = await openWindow(client, { ...ORDER, merchant_uid: 'x'.repeat(40) })
  t.match(markup, 'x'.repeat(40))
})

test('the window belongs to the page that opened it, runs its own script alone, escapes what it shows', async (t) => {
  const client = await openSandbox(t)
  const attack = '"><script>alert(1)</script>'
  const { page, markup } = await openWindow(client, { ...ORDER, name: attack, buyer_tel: attack, merchant_uid: attack })
  t.notMatch(markup, attack)
  const policy = page.headers.get('content-security-policy') ?? ''
  t.match(policy, "default-src 'none'")
  t.match(policy, "script-src 'self'")
  t.match(policy, `frame-ancestors ${SHOP}`)
  t.notMatch(policy, 'unsafe')
  const alone = await openWindow(client, { ...ORDER, merchant_uid: 'order_2' }, { mode: 'redirect' })
  t.match(alone.page.headers.get('content-security-policy'), "frame-ancestors 'none'")
  t.equal((await openWindow(client, ORDER, { header: 'https://evil.example' })).opened.status, 403)
  t.equal((await openWindow(client, ORDER, { origin: 'null' })).opened.status, 403)
  t.equal((await openWindow(client, ORDER, { origin: '; script-src *' })).opened.status, 403)
  t.equal((await fetch(`${client.url}/checkout/0`)).status, 404)
})

test('a reason, a method or a bank that the window does not offer breaks nothing, whatever its name', async (t) => {
  const client = await openSandbox(t)
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'unheard-of']) {
    const declined = await openWindow(client, { ...ORDER, merchant_uid: `declined ${name}` })
    const { callback } = await decide(declined.address, { action: 'decline', reason: name })
    t.match(callback, { success: false, error_msg: '승인 거절' }, name)
    const paid = await openWindow(client, { ...ORDER, merchant_uid: `paid ${name}`, pay_method: name })
    await decide(paid.address, { action: 'approve', method: name, institution: name })
    const receipt = client.sandbox.payments.ofOrder(`paid ${name}`).at(0)?.receipt_url ?? ''
    t.match(await (await fetch(receipt)).text(), `<dt>결제수단</dt><dd>${name}</dd>`)
    t.equal((await client.call('GET', `/payments/status/${name}`)).status, 400)
    t.equal((await client.call('GET', `/payments/status/all?sorting=${name}`)).status, 400)
  }
  const reasons = client.sandbox.payments.all().map((payment) => payment.fail_reason)
  t.strictSame([...new Set(reasons)], ['승인 거절', null])
  t.equal((await fetch(`${client.url}/sandbox/payments`)).status, 200)
})

test('the page is told nothing, too little or the contrary on demand', async (t) => {
  const client = await openSandbox(t)
  const seen = []
  for (const variant of ['legacy', 'in_app', 'flagless', 'without_imp_uid', 'contradicting'] as const) {
    client.sandbox.fault({ name: 'callback', variant, times: 1 })
    const { address } = await openWindow(client, { ...ORDER, merchant_uid: variant }, { mode: 'redirect' })
    const { callback, redirect } = await decide(address, { action: 'approve' })
    const names = [...new URL(redirect ?? '').searchParams.keys()].filter(
      (name) => name !== 'x' && name !== 'merchant_uid'
    )
    seen.push([variant, callback.success, callback.imp_success, names.join()])
    t.equal(client.sandbox.payments.ofOrder(variant).at(0)?.status, 'paid')
  }
  t.strictSame(seen, [
    ['legacy', undefined, true, 'imp_uid,imp_success'],
    ['in_app', true, undefined, 'imp_uid,success'],
    ['flagless', undefined, undefined, 'imp_uid'],
    ['without_imp_uid', true, true, 'imp_success'],
    ['contradicting', false, false, 'imp_uid,imp_success,error_code,error_msg'],
  ])
})

test('the page hears of its payment after the webhook on demand', async (t) => {
  const merchant = await openMerchant(t)
  const client = await openSandbox(t)
  client.sandbox.fault({ name: 'webhook_first' })
  const { address } = await openWindow(client, { ...ORDER, notice_url: `${merchant.url}/hook` })
  await decide(address, { action: 'approve' })
  t.match(merchant.bodies(), [{ merchant_uid: 'order_1', status: 'paid' }])
})

test('the amount is tampered with on demand, as an altered page would', async (t) => {
  const client = await openSandbox(t)
  client.sandbox.fault({ name: 'tampered_amount', amount: 100, times: 1 })
  const { address, markup } = await openWindow(client, ORDER)
  t.match(markup, '100원')
  t.match((await decide(address, { action: 'approve' })).callback, { success: true, paid_amount: 100 })
  await client.call('POST', '/payments/prepare', { merchant_uid: 'order_2', amount: ORDER.amount })
  client.sandbox.fault({ name: 'tampered_amount', amount: 100 })
  t.match(outcomeIn((await openWindow(client, { ...ORDER, merchant_uid: 'order_2' })).markup).callback, {
    success: false,
  })
})
