import diagnostics from 'node:diagnostics_channel'
import { test } from 'tap'
import { COMPLETION_CHANNEL, type CompletionEvent } from '../lib/index.js'
import { openShop } from './support/shop.js'
import { isLookup, payment, refuse } from './support/upstream.js'

test('every notification is published, decided or not', async (t) => {
  const events: unknown[] = []
  const listen = (event: unknown) => { events.push(event) }
  diagnostics.subscribe(COMPLETION_CHANNEL, listen)
  t.teardown(() => diagnostics.unsubscribe(COMPLETION_CHANNEL, listen))
  const shop = await openShop(t, { budgetMs: 300 }, [payment(), payment({ imp_uid: 'imp_2', amount: 1 })])
  await shop.post({ imp_uid: 'imp_1' })
  await shop.notify()
  await shop.notify({ imp_uid: 'imp_2' })
  await shop.notify({ imp_uid: 'imp_9' })
  shop.upstream.script = (seen, response) => isLookup(seen) && refuse(response, 500)
  await shop.redirect()
  t.match(events, [
    { imp_uid: 'imp_1', merchant_uid: 'order_1', source: 'browser', status: 'paid', replayed: false },
    { imp_uid: 'imp_1', source: 'webhook', status: 'paid', replayed: true },
    { imp_uid: 'imp_2', source: 'webhook', status: 'failed', reason: 'amount_mismatch', refunded: true },
    { imp_uid: 'imp_9', source: 'webhook', code: 'IAMPORT_PAYMENT_NOT_FOUND' },
    { imp_uid: 'imp_1', source: 'redirect', code: 'IAMPORT_UNAVAILABLE' },
  ] satisfies Partial<CompletionEvent>[])
  for (const event of events) t.match(event, { lookupMs: Number, hookMs: Number, durationMs: Number })
})

test('the time of a hook is told apart from the time of a lookup', async (t) => {
  const events: unknown[] = []
  const listen = (event: unknown) => { events.push(event) }
  diagnostics.subscribe(COMPLETION_CHANNEL, listen)
  t.teardown(() => diagnostics.unsubscribe(COMPLETION_CHANNEL, listen))
  const shop = await openShop(t, { onPaid: () => new Promise<void>((resolve) => { setTimeout(resolve, 60) }) })
  await shop.notify()
  const [event] = events
  t.ok(typeof event === 'object' && event !== null && 'hookMs' in event && Number(event.hookMs) >= 50)
})

test('a line of the log names the payment, and no secret, token, card or buyer', async (t) => {
  const lines: string[] = []
  const stream = { write: (line: string) => { lines.push(line) } }
  const private_ = { buyer_name: '홍길동', buyer_tel: '010-4242-4242', buyer_email: 'gildong@example.com', card_number: '45184200****4242', buyer_addr: '테헤란로' }
  const shop = await openShop(t, {
    impSecret: 'the-very-secret',
    budgetMs: 300,
    onPaid: () => { throw new Error('no stock') },
  }, [payment(private_), payment({ ...private_, imp_uid: 'imp_2', amount: 1 }), payment({ ...private_, imp_uid: 'imp_3', amount: 1, pay_method: 'vbank' })], { server: { logger: { stream } } })
  const replies = [await shop.notify(), await shop.notify({ imp_uid: 'imp_2' }), await shop.notify({ imp_uid: 'imp_3' }), await shop.post({ imp_uid: 'imp_1', merchant_uid: 'order_2' })]
  shop.upstream.script = (_, response) => refuse(response, 401)
  replies.push(await shop.post({ imp_uid: 'imp_1' }))
  const everything = lines.join('') + replies.map(({ payload }) => payload).join('')
  for (const word of ['the-very-secret', '"token"', 'authorization', ...Object.values(private_)]) t.notMatch(everything, word)
  t.notMatch(replies.map(({ payload }) => payload).join(''), 'no stock')
  const decided = lines.map((line) => JSON.parse(line)).filter(({ source }) => source === 'webhook' || source === 'browser')
  t.match(decided, [
    { level: 50, imp_uid: 'imp_1', code: 'IAMPORT_HOOK_FAILED', msg: 'payment not decided' },
    { level: 40, imp_uid: 'imp_2', merchant_uid: 'order_1', status: 'failed', reason: 'amount_mismatch', refunded: true, durationMs: Number },
    { level: 50, imp_uid: 'imp_3', reason: 'amount_mismatch', refunded: false, msg: /by hand/ },
    { level: 40, code: 'IAMPORT_ORDER_MISMATCH' },
    { level: 50, code: 'IAMPORT_UNAUTHORIZED' },
  ])
})
