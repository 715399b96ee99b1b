import diagnostics from 'node:diagnostics_channel'
import { test } from 'tap'
import { COMPLETION_CHANNEL, type CompletionEvent } from '../../lib/index.js'
import { openShop } from '../support/shop.js'
import { isLookup, payment, refuse } from '../support/upstream.js'

test('every notification is published, decided or not', async (t) => {
  const events: unknown[] = []
  const listen = (event: unknown) => { events.push(event) }
  diagnostics.subscribe(COMPLETION_CHANNEL, listen)
  t.teardown(() => diagnostics.unsubscribe(COMPLETION_CHANNEL, listen))
  const shop = await openShop(t, { budgetMs: 1500 }, [payment(), payment({ imp_uid: 'imp_2', amount: 1 })])
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
  let nowMs = 1000
  const { now } = performance
  t.teardown(() => {
    diagnostics.unsubscribe(COMPLETION_CHANNEL, listen)
    performance.now = now
  })
  const shop = await openShop(t, { onPaid: () => { nowMs += 70 } })
  shop.upstream.script = (seen) => {
    if (isLookup(seen)) nowMs += 40
    return false
  }
  performance.now = () => nowMs // it moves only where the two above say so
  await shop.notify()
  await shop.notify()
  t.match(events, [
    { replayed: false, lookupMs: 40, hookMs: 70, durationMs: 110 },
    { replayed: true, lookupMs: 40, hookMs: 0, durationMs: 40 },
  ])
})

test('a hook that uses up all the time is not logged as a slow provider', async (t) => {
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const { now } = performance
  t.teardown(() => { performance.now = now })
  const shop = await openShop(t, {
    onPaid: () => { performance.now = () => now.call(performance) + 60_000 }
  }, [payment({ status: 'cancelled', cancel_amount: 4000 })], { server: { logger: { stream } } })
  await shop.notify()
  t.match(lines.filter((line) => 'err' in line), [
    { level: 50, code: 'IAMPORT_TIMEOUT', merchant_uid: 'order_1', err: { message: /time was used up/ } },
  ])
  t.equal(shop.upstream.lookups(), 1)
  t.notMatch(JSON.stringify(lines), 'did not answer')
})
